"""A Person in a Room: their part in it, how far they have read, and the last change of it in the room's log."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Membership(models.Model):
    """A person in a room. Unread = the room's `ordinal` − `read_ordinal`.

    `changed` is 0 until something that others see changes (a new name, a role, a removal); then the number of that
    change. `standing` says whether they are in it, left it, or were banned; `silenced_until` when a moderator's mute
    ends. `starred`, `muted` and `level` are the person's own and nobody else sees them.
    """

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        MODERATOR = "moderator", _("moderator")
        MEMBER = "member", _("member")

    class Standing(models.TextChoices):
        IN = "in", _("in")
        LEFT = "left", _("left")
        BANNED = "banned", _("banned")

    class Level(models.TextChoices):
        ALL = "all", _("every message")
        MENTIONS = "mentions", _("mentions")
        NOTHING = "nothing", _("nothing")

    person = models.ForeignKey("hubbub.Person", on_delete=models.CASCADE, related_name="memberships")
    room = models.ForeignKey("hubbub.Room", on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=9, choices=Role.choices, default=Role.MEMBER, db_default="member")
    standing = models.CharField(
        _("standing"), max_length=6, choices=Standing.choices, default=Standing.IN, db_default="in"
    )
    silenced_until = models.DateTimeField(_("may not speak until"), null=True, blank=True)
    said_at = models.DateTimeField(_("last spoke, where posts are slowed down"), null=True, editable=False)
    starred = models.BooleanField(_("starred"), default=False, db_default=False)
    muted = models.BooleanField(_("muted"), default=False, db_default=False)
    level = models.CharField(_("notify of"), max_length=8, choices=Level.choices, default=Level.ALL, db_default="all")
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
