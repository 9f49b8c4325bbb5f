"""What a message said before it was edited, for its author and the room's moderators."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class EarlierText(models.Model):
    """A text that a message had until `until`: until the change with the room's number `until_seq`, or 0 where that was
    not kept yet. Gone with the text when the message is deleted."""

    message = models.ForeignKey("hubbub.Message", on_delete=models.CASCADE, related_name="earlier_texts")
    text = models.TextField(_("text"))
    until = models.DateTimeField(_("until"))
    until_seq = models.BigIntegerField(_("until the number"), default=0, db_default=0, editable=False)

    class Meta:
        verbose_name = _("earlier text")
        verbose_name_plural = _("earlier texts")

    def __str__(self) -> str:
        return f"of {self.message_id}"
