"""A link into a private room, and how long and for how many it holds."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hubbub.models.person import with_account


class Invitation(models.Model):
    """A link that lets whoever has it into a private room: until `expires_at`, and `most_uses` people in all; null is
    without bound. The journal counts. One that is taken back is gone; one that expired or is used up stays, so that who
    came in by it is still led to the room, and answers anybody else as if it were gone."""

    token = models.CharField(_("token"), max_length=32, unique=True, editable=False)
    room = models.ForeignKey("hubbub.Room", on_delete=models.CASCADE, related_name="invitations")
    by = models.ForeignKey("hubbub.Person", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(_("made"), auto_now_add=True)
    expires_at = models.DateTimeField(_("holds until"), null=True, blank=True)
    most_uses = models.PositiveIntegerField(_("for so many people"), null=True, blank=True)
    uses = models.PositiveIntegerField(_("people who came in by it"), default=0, db_default=0, editable=False)

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return f"to {self.room_id}"

    def get_absolute_url(self) -> str:
        """What to send to whom it is for."""
        return reverse("hubbub:invitation", args=[self.token])

    @property
    def uses_left(self) -> int | None:
        """How many people more it lets in; None without bound."""
        return None if self.most_uses is None else max(0, self.most_uses - self.uses)

    @staticmethod
    def holding(now: datetime) -> models.Q:
        """Those that let somebody in at this moment: the account of who made them is not switched off, however that was
        done, either."""
        return (
            models.Q(models.Q(expires_at=None) | models.Q(expires_at__gt=now))
            & models.Q(models.Q(most_uses=None) | models.Q(uses__lt=models.F("most_uses")))
            & with_account("by__")
        )
