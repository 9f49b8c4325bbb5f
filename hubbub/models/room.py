"""A place with a name and a numbered log of changes."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class Room(models.Model):
    """A room. `seq` is the number of its last change, `ordinal` of its last message; the journal moves both."""

    name = models.CharField(_("name"), max_length=64)
    key = models.CharField(_("key"), max_length=1200, unique=True, editable=False)
    seq = models.BigIntegerField(_("last change"), default=0, editable=False)
    ordinal = models.BigIntegerField(_("messages"), default=0, editable=False)
    last_at = models.DateTimeField(_("last activity"), null=True, editable=False, db_index=True)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        constraints = [
            models.CheckConstraint(condition=~models.Q(name="") & ~models.Q(key=""), name="hubbub_room_has_name"),
            models.CheckConstraint(
                condition=models.Q(seq__gte=models.F("ordinal"), ordinal__gte=0), name="hubbub_room_numbers"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The room's page."""
        return reverse("hubbub:room", args=[self.name])
