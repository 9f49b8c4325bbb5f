"""A Person in a Room: how far they have read, and the last change of the membership in the room's log."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Membership(models.Model):
    """A person in a room. Unread = the room's `ordinal` − `read_ordinal`.

    `changed` is 0 until something that others see changes (a new name); then the number of that change.
    """

    person = models.ForeignKey("hubbub.Person", on_delete=models.CASCADE, related_name="memberships")
    room = models.ForeignKey("hubbub.Room", on_delete=models.CASCADE, related_name="memberships")
    changed = models.BigIntegerField(_("last change"), default=0, editable=False)
    read_seq = models.BigIntegerField(_("read up to"), default=0)
    read_ordinal = models.BigIntegerField(_("messages read"), default=0)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.UniqueConstraint(fields=["person", "room"], name="hubbub_one_membership"),
            models.CheckConstraint(
                condition=models.Q(read_seq__gte=models.F("read_ordinal"), read_ordinal__gte=0, changed__gte=0),
                name="hubbub_membership_numbers",
            ),
        ]
        indexes = [models.Index(fields=["room", "changed"], name="hubbub_membership_log")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.room_id}"
