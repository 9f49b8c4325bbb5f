"""Being somebody: a name, and the account that a guest becomes."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.db import IntegrityError, connections, transaction

from hubbub import identity, node, outside, sessions
from hubbub.chat.at_once import store_now
from hubbub.chat.rooms import tell_heirs
from hubbub.identity import Identity
from hubbub.journal import Departure, Profile, Rename
from hubbub.journal.batch import database
from hubbub.models import Membership, Person, Room
from hubbub.models.person import account_name, clean_about, clean_name, clean_time_zone


def rename_now(who: Identity, name: str) -> Identity:
    """The same person under a new name, told to each of their rooms. Refuses a name nobody can have."""
    name = clean_name(name)
    _store(Rename(who, name))
    return _known_as(who, name)


def describe_now(who: Identity, name: str, about: str, time_zone: str) -> Identity:
    """The same with a few words about themselves and a time zone. Refuses what can't be either."""
    profile = Profile(who, clean_name(name), clean_about(about), clean_time_zone(time_zone))
    _store(profile)
    return _known_as(who, profile.name)


def _known_as(who: Identity, name: str) -> Identity:
    renamed = identity.renamed(who, name)
    if here := node.running():
        here.loop.call_soon_threadsafe(here.presence.rename, renamed.view)
    return renamed


def tell_name(who: Identity) -> None:
    """Number and tell what others see of a person, under the name of `who`, in each of their rooms."""
    _store(Rename(who, who.name))


def _store(change: Rename | Profile) -> None:
    store_now(change)
    transaction.on_commit(outside.people_changed, using=database())


def depart_now(who: Identity, *, deleted: bool) -> None:
    """The account of this person is switched off, or deleted: then they are a guest, and all who show them are told.
    What they owned alone is another's."""
    tell_heirs(store_now(Departure(who, deleted)))


def adopt_guest(guest: Identity, user: Any) -> None:
    """Make a guest the voice of the account `user`, unless it has one: who signs up keeps what they said, now under
    the account's name. Open sockets of the guest, and of the account under the id that it had until now, come back."""
    if Person.objects.filter(user_id=user.pk).exists():
        return
    with suppress(IntegrityError), transaction.atomic(using=database()):  # it got a voice of its own just now
        _lock_rooms_of(guest)
        if Person.objects.filter(id=guest.id, user=None).update(user=user):
            tell_name(identity.renamed(identity.of_user(user), account_name(user)))
            sessions.end_everywhere(person=guest.id.hex, met=str(user.pk))


def _lock_rooms_of(guest: Identity) -> None:
    """Before the person, as whatever they say there does: or each would wait for the other. SQLite has one writer."""
    if connections[database()].features.has_select_for_update:
        theirs = Membership.objects.filter(person_id=guest.id).values("room_id")
        list(Room.objects.using(database()).select_for_update().filter(pk__in=theirs).order_by("pk"))
