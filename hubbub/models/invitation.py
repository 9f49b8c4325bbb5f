"""A link into a private room."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Invitation(models.Model):
    """A link that lets whoever has it into a private room, until somebody takes it back."""

    token = models.CharField(_("token"), max_length=32, unique=True, editable=False)
    room = models.ForeignKey("hubbub.Room", on_delete=models.CASCADE, related_name="invitations")
    by = models.ForeignKey("hubbub.Person", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(_("made"), auto_now_add=True)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"to {self.room_id}"
