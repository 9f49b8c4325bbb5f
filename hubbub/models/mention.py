"""Who a Message speaks to by name: what mentions are counted and listed by."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mention(models.Model):
    """A message mentions a person; or, with nobody named, everybody in the room. `ordinal` is the message's, so that
    unread mentions are those after the read position."""

    room = models.ForeignKey("hubbub.Room", on_delete=models.CASCADE, related_name="+", db_index=False)
    person = models.ForeignKey("hubbub.Person", on_delete=models.CASCADE, null=True, related_name="+", db_index=False)
    message = models.ForeignKey("hubbub.Message", on_delete=models.CASCADE, related_name="+")
    ordinal = models.BigIntegerField(_("place of the message"))

    class Meta:
        verbose_name = _("mention")
        verbose_name_plural = _("mentions")
        indexes = [models.Index(fields=["person", "room", "ordinal"], name="hubbub_mention_of")]

    def __str__(self) -> str:
        return f"in {self.message_id}"
