"""Searching as tests do: what is found, rooms to find it in, and changes that the index has to follow."""

from __future__ import annotations

import uuid
from datetime import UTC, date
from typing import Any

from django.db import connection
from django.utils import timezone

from hubbub import journal
from hubbub.identity import Identity
from hubbub.journal.statements import Statements
from hubbub.models import Membership, Message, Person, Room
from hubbub.models.room import new_address
from hubbub.search import index
from hubbub.search.find import Findings, find

TODAY = date(2026, 11, 24)


def search(who: Identity, typed: str, **named: Any) -> Findings:
    return find(who, typed, zone=UTC, today=TODAY, **named)


def found(who: Identity, typed: str, **named: Any) -> list[str]:
    """What is found, as it was said, newest first."""
    ids = [one.id for one in search(who, typed, **named).found]
    texts = dict(Message.objects.filter(pk__in=ids).values_list("pk", "text"))
    return [texts[id] for id in ids]


def change(text: str, to: str) -> None:
    """Edit a message as the journal does, or delete it with an empty text."""
    statements, ids = Statements(connection), list(Message.objects.filter(text=text).values_list("pk", flat=True))
    before = index.stored(statements, ids)
    now = timezone.now()
    Message.objects.filter(pk__in=ids).update(text=to, html=to and f"<p>{to}</p>", deleted_at=None if to else now)
    index.replace(statements, before, index.stored(statements, ids))


def private_room(name: str, *people: Identity) -> Room:
    """A private room with these people in it."""
    room = Room.objects.create(name=name, key=new_address(), kind="private", guarded=True)
    for who in people:
        Person.objects.get_or_create(id=who.id, defaults={"name": who.name})
        Membership.objects.create(room=room, person_id=who.id)
    return room


def whisper(room: Room, who: Identity, *texts: str) -> None:
    journal.write([journal.Draft(who, room.key, room.key, uuid.uuid4().hex, text, text, False) for text in texts])
