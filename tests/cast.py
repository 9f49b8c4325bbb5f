"""The fixed cast of the tests in one process: ana, ben, and eve, who must never see anything."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import User

from hubbub import chat, identity, journal
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.journal import Draft, Outcome, Stored
from hubbub.models import Person
from hubbub.models.room_name import PRIVATE, room_key
from hubbub.render import render

ANA = Identity(uuid.UUID(int=0xA), "Ana")
BEN = Identity(uuid.UUID(int=0xB), "Ben")
EVE = Identity(uuid.UUID(int=0xE), "Eve")


class Cast:
    """Accounts by name, made when they are first named."""

    def __getattr__(self, name: str) -> Identity:
        user = User.objects.filter(username=name).first() or User.objects.create_user(name)
        who = identity.of_user(user)
        Person.objects.get_or_create(id=who.id, defaults={"name": who.name, "user": user})
        return identity.of_user(user)


def draft(
    who: Identity, room: str, text: str, nonce: str = "", *, create_room: bool = True, reply_to: int | None = None
) -> Draft:
    """A post as chat.draft makes it, without asking the settings."""
    key = room if room.startswith(PRIVATE) else room_key(room)
    return Draft(who, room, key, nonce or uuid.uuid4().hex, text, render(text), create_room, reply_to=reply_to)


def say(who: Identity, room: str, *texts: str) -> list[Stored]:
    """Say each of these, one after the other."""
    return [chat.post_now(draft(who, room, text)) for text in texts]


def stored(outcome: Outcome) -> Stored:
    assert isinstance(outcome, Stored), outcome
    return outcome


def refused(outcome: Outcome) -> Refusal:
    assert isinstance(outcome, Refusal), outcome
    return outcome


__all__ = ["ANA", "BEN", "EVE", "Cast", "draft", "journal", "refused", "say", "stored"]
