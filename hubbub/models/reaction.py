"""A Person's emoji under a Message."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reaction(models.Model):
    """One person's one emoji under one message. The first of an emoji stands first under the message."""

    message = models.ForeignKey("hubbub.Message", on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("hubbub.Person", on_delete=models.CASCADE, related_name="+")
    emoji = models.CharField(_("emoji"), max_length=64)

    class Meta:
        verbose_name = _("reaction")
        verbose_name_plural = _("reactions")
        constraints = [
            models.UniqueConstraint(fields=["message", "emoji", "person"], name="hubbub_one_reaction"),
            models.CheckConstraint(condition=~models.Q(emoji=""), name="hubbub_reaction_has_emoji"),
        ]

    def __str__(self) -> str:
        return f"{self.emoji} under {self.message_id}"
