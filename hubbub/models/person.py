"""Who speaks: an account's voice, or a guest's. Knows names; knows nothing of rooms or sockets."""

from __future__ import annotations

import random
import unicodedata
import uuid
import zoneinfo
from functools import cache
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from hubbub.conf import settings
from hubbub.errors import Refusal
from hubbub.models.visible import fault_in, fault_of_marks, is_blank

ABOUT_LENGTH, ABOUT_LINES = 500, 8
_NO_PLACES = ("Etc/", "SystemV/", "US/", "localtime", "posix", "right", "Factory")

_MOODS = (
    "Amber Bold Brave Bright Calm Clever Cosy Curious Eager Gentle Golden Happy Honest Jolly Keen Kind Lively "
    "Lucky Mellow Merry Mild Nimble Noble Patient Plucky Proud Quick Quiet Rosy Silver Smart Snug Sunny Swift "
    "Tidy Velvet Vivid Warm Wise Witty"
).split()
_CREATURES = (
    "Badger Beaver Bison Crane Dolphin Dove Falcon Ferret Finch Fox Gecko Hare Hedgehog Heron Ibis Jay Koala "
    "Lark Lemur Lynx Magpie Marten Mole Moose Newt Otter Owl Panda Pika Puffin Quail Raven Robin Seal Sparrow "
    "Stork Swan Tapir Thrush Toad Wren Yak Zebra"
).split()


class Person(models.Model):
    """Who speaks. Made lazily with the first thing that must be remembered; a guest has no account.

    The id is random and travels in a guest's signed cookie before the row exists, so it never changes.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        django_settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("account"),
    )
    name = models.CharField(_("name"), max_length=190)
    about = models.CharField(_("about"), max_length=ABOUT_LENGTH, blank=True, default="", db_default="")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, default="", db_default="")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints = [models.CheckConstraint(condition=~models.Q(name=""), name="hubbub_person_has_name")]

    def __str__(self) -> str:
        return self.name


def with_account(person: str = "") -> models.Q:
    """Those who can speak for themselves: their account is there, and not switched off. `person` is the way to them
    from what is asked for: `person__` from a membership."""
    there = models.Q((f"{person}user__isnull", False))
    try:
        get_user_model()._meta.get_field("is_active")
    except FieldDoesNotExist:  # a host's accounts may have no such thing
        return there
    return there & models.Q((f"{person}user__is_active", True))


def guest_name() -> str:
    """A friendly generated name, such as "Quiet Otter"."""
    return f"{random.choice(_MOODS)} {random.choice(_CREATURES)}"  # noqa: S311  a name, not a secret


def account_name(user: Any) -> str:
    """The display name of an account: the host's callable, its full name, or its username without a mail domain."""
    if path := settings().person_name:
        name = str(import_string(path)(user))
    else:
        full = user.get_full_name() if hasattr(user, "get_full_name") else ""
        name = full or str(user.get_username()).partition("@")[0]
    return name.strip()[: settings().name_length] or "Somebody"


def clean_name(text: str) -> str:
    """`text` as a display name: NFC, one line, single spaces. Refuses empty, too long and invisible names."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if is_blank(name):
        raise Refusal("bad_name", "A name needs at least one visible character.", field="name")
    if len(name) > settings().name_length:
        raise Refusal("bad_name", f"A name has at most {settings().name_length} characters.", field="name")
    if fault := fault_in(name) or fault_of_marks(name):
        raise Refusal("bad_name", f"A name can't have {fault}.", field="name")
    return name


def clean_about(text: str) -> str:
    """`text` as what a person says of themselves: NFC, its lines without blanks around them. Refuses too much, and what
    can't be seen."""
    lines = [" ".join(line.split()) for line in unicodedata.normalize("NFC", text).strip().splitlines()]
    about = "\n".join(lines)
    if len(about) > ABOUT_LENGTH or len(lines) > ABOUT_LINES:
        sentence = f"That has at most {ABOUT_LENGTH} characters and {ABOUT_LINES} lines."
        raise Refusal("too_long", sentence, field="about")
    for line in lines:
        if fault := fault_in(line):
            raise Refusal("bad_profile", f"That can't have {fault}.", field="about")
    return about


def clean_time_zone(name: str) -> str:
    """A time zone by its name, such as Europe/Athens; empty for none told. Refuses what is no time zone."""
    if name and name not in time_zones():
        raise Refusal("bad_profile", "Choose a time zone from the list.", field="time_zone")
    return name


@cache
def time_zones() -> tuple[str, ...]:
    """The names of all time zones that this machine knows and people use, in order."""
    known = (zone for zone in zoneinfo.available_timezones() if not zone.startswith(_NO_PLACES))
    return tuple(sorted(known))
