"""A place with a name and a numbered log of changes."""

from __future__ import annotations

import secrets

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from hubbub.models.room_name import PRIVATE

__all__ = ["PRIVATE", "Room", "new_address"]


class Room(models.Model):
    """A room. `seq` is the number of its last change, `ordinal` of its last message; the journal moves both.

    Its own state (name, topic, archived, slow) is a document of its log: `changed` is the last number that touched it.
    A public room's key is its first name's; a private or direct room's is an address of its own. `guarded` says that
    who reads or speaks there must be looked up; in an unguarded room everybody may do both.
    """

    class Kind(models.TextChoices):
        PUBLIC = "public", _("public")
        PRIVATE = "private", _("private")
        DIRECT = "direct", _("direct")

    name = models.CharField(_("name"), max_length=64)
    key = models.CharField(_("key"), max_length=1200, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices, default=Kind.PUBLIC, db_default="public")
    parties = models.CharField(
        _("between"),
        max_length=64,
        null=True,
        unique=True,
        editable=False,
        help_text=_("digest of a direct room's people"),
    )
    topic = models.CharField(_("topic"), max_length=250, blank=True, default="", db_default="")
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)
    slow_seconds = models.PositiveIntegerField(_("seconds between two posts of a person"), default=0, db_default=0)
    guarded = models.BooleanField(_("guarded"), default=False, db_default=False, editable=False)
    changed = models.BigIntegerField(_("last change of its own state"), default=0, db_default=0, editable=False)
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
            models.CheckConstraint(
                condition=models.Q(kind="public") | models.Q(guarded=True), name="hubbub_room_private_is_guarded"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The room's page."""
        if self.key.startswith(PRIVATE):
            return reverse("hubbub:address", args=[self.key.removeprefix(PRIVATE)])
        return reverse("hubbub:room", args=[self.name])


def new_address() -> str:
    """A key for a private or direct room: 128 random bits in 22 characters that need no quoting in an address."""
    return PRIVATE + secrets.token_urlsafe(16)
