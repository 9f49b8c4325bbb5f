"""Rooms made on purpose, and what people do to them and to each other in them."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from hubbub import errors, outside
from hubbub.access import MEMBER, MODERATOR, OWNER
from hubbub.chat.at_once import store_now
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.journal import Erasure, MakeRoom, RoomAct, Stored
from hubbub.journal.batch import database
from hubbub.models import Person
from hubbub.models.room import PRIVATE, new_address
from hubbub.models.room_name import LONGEST, clean_room_name, room_key
from hubbub.models.visible import fault_in
from hubbub.protocol import Told

TOPIC_LENGTH = 250
MOST_PARTIES = 9


def make_room_now(
    who: Identity, name: str, *, kind: str = "public", topic: str = "", people: Iterable[UUID] = ()
) -> str:
    """Make a public or private room that `who`, an account, owns, with `people` in it. Its address: a public room's
    name, a private one's key. Refuses a name that can't be or is taken."""
    if kind not in ("public", "private"):
        raise Refusal("not_allowed", "A room is public or private.", field="kind")
    name, topic = clean_room_name(name), clean_topic(topic)
    key = room_key(name) if kind == "public" else new_address()
    store_now(MakeRoom(who, name, key, kind, topic, tuple(people) if kind == "private" else ()))
    return key if kind == "private" else name


def meet_now(who: Identity, people: Iterable[UUID]) -> str:
    """The address of the direct room between `who`, an account, and these people: the same room for the same people,
    made when they first meet. Refuses nobody at all and more than eight others."""
    others = sorted(set(people) - {who.id})
    if not others or len(others) >= MOST_PARTIES:
        raise Refusal("bad_people", f"A direct room is between you and 1 to {MOST_PARTIES - 1} others.", field="person")
    names = dict(Person.objects.filter(pk__in=others).values_list("pk", "name"))
    if len(names) < len(others):
        raise errors.no_such_person()
    name = ", ".join([who.name, *(names[id] for id in others)])[:LONGEST]
    digest = hashlib.sha256("".join(sorted(id.hex for id in {*others, who.id})).encode()).hexdigest()
    return store_now(MakeRoom(who, name, new_address(), "direct", "", tuple(others), digest)).room


def act_now(
    who: Identity, key: str, verb: str, *, whom: UUID | None = None, text: str = "", seconds: int = 0
) -> Stored:
    """Do something to the room with this key, or to `whom` in it: the verbs are the rules of journal/acts.py. `text` is
    the name, topic, role or invitation; `seconds` how long or how slow. Raises Refusal."""
    if verb == "rename":
        text = clean_room_name(text)
    elif verb == "topic":
        text = clean_topic(text)
    stored = store_now(RoomAct(who, key, verb, whom, text.replace("\0", ""), seconds))
    if whom is not None and whom != who.id and stored.announcements:
        _tell_whom(stored.room, verb, whom, text, seconds)
    tell_heirs(stored)
    return stored


def tell_heirs(stored: Stored) -> None:
    """Say to those who own a room from now on that they do."""
    for room, person in stored.heirs:
        _tell(room, person, "You own this room now: it has no other owner any more.")


def _tell_whom(room: str, verb: str, whom: UUID, text: str, seconds: int) -> None:
    """Say to somebody what was done to them where they go on to see the room."""
    if verb == "silence":
        words = errors.silenced(timezone.now() + timedelta(seconds=seconds)).message
    elif verb == "unsilence":
        words = "You can speak here again."
    elif verb == "role":
        words = f"You are {_ROLES[text]} of this room now."
    elif verb == "remove" and not room.startswith(PRIVATE):
        words = "A moderator has put you out of this room. It is open to all: you can come back."
    else:
        return
    _tell(room, whom.hex, words)


_ROLES = {OWNER: "an owner", MODERATOR: "a moderator", MEMBER: "a member"}


def _tell(room: str, person: str, words: str) -> None:
    told = Told(room=room, message=words, html=f"<p>{words}</p>", nonce="")
    transaction.on_commit(lambda: outside.tell_person(person, told), using=database())


def ban_now(who: Identity, key: str, whom: UUID, *, erase: bool = False) -> None:
    """Put somebody out of a room for good, and with `erase` take away what they said there. Raises Refusal."""
    act_now(who, key, "ban", whom=whom, text="erased" if erase else "")
    while erase and store_now(Erasure(who, key, whom)).announcements:
        pass  # a transaction for each hundred: nobody else waits long for the room


def clean_topic(text: str) -> str:
    """`text` as a topic: one line of at most 250 characters, or none."""
    topic = " ".join(unicodedata.normalize("NFC", text).split())
    if len(topic) > TOPIC_LENGTH:
        raise Refusal("too_long", f"A topic has at most {TOPIC_LENGTH} characters.", field="topic")
    if fault := fault_in(topic):
        raise Refusal("bad_topic", f"A topic can't have {fault}.", field="topic")
    return topic
