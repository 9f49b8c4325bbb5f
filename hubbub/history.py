"""Pages and "since": the one read path for first paint, catch-up, gap closing and older pages.

Every read takes the room's number first and then the documents up to it: what changes in between has a higher
number and comes live, so no isolation level is asked of the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from hubbub.models import Membership, Message, Room
from hubbub.protocol import Document, Member, RoomView, person_view, timestamp
from hubbub.protocol import Message as MessageEvent
from hubbub.rows import as_stored, rows

_ROOM, _MEMBERSHIP = Room._meta.db_table, Membership._meta.db_table

_MESSAGE = (
    "id", "seq", "changed", "ordinal", "text", "html", "at", "nonce", "author_id", "author__name", "author__user_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """Where a room's log stands. `id` is None for a room that nobody has spoken in."""

    id: int | None
    name: str
    key: str
    seq: int = 0
    ordinal: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Messages of a room, oldest first, read when the room stood at `head`; `more` says older ones exist."""

    head: Head
    messages: list[MessageEvent]
    more: bool


def head(key: str, name: str = "") -> Head:
    """Where the room with this key stands now; a Head without id when it does not exist."""
    found = rows(f"SELECT id, name, key, seq, ordinal FROM {_ROOM} WHERE key = %s", key)
    return Head(*found[0]) if found else Head(None, name or key, key)


def heads(keys: Iterable[str]) -> list[Head]:
    """Where these rooms stand, in one query; rooms that do not exist are absent."""
    found = Room.objects.filter(key__in=list(keys)).values_list("id", "name", "key", "seq", "ordinal")
    return [Head(*row) for row in found]


def since(head: Head, seq: int, limit: int) -> list[Document] | None:
    """Every document of the room with `seq` < changed ≤ the head's, in order of `changed`; None when over `limit`."""
    if head.id is None:
        return []
    changed = Q(room_id=head.id, changed__gt=seq, changed__lte=head.seq)
    found = Message.objects.filter(changed).order_by("changed").values_list(*_MESSAGE)[: limit + 1]
    documents: list[Document] = [message_event(head.key, *row) for row in found]
    members = Membership.objects.filter(changed).order_by("changed")
    documents += [
        Member(room=head.key, changed=number, person=person_view(id, name, user is None))
        for number, id, name, user in members.values_list("changed", "person_id", "person__name", "person__user_id")[
            : limit + 1
        ]
    ]
    if len(documents) > limit:
        return None
    return sorted(documents, key=lambda document: document.changed)


def page(head: Head, limit: int, before: int | None = None) -> Page:
    """The newest `limit` messages of the room, or those born before seq `before`."""
    if head.id is None:
        return Page(head, [], False)
    wanted = Message.objects.filter(room_id=head.id)
    if before is not None:
        wanted = wanted.filter(seq__lt=before)
    found = list(wanted.order_by("-seq").values_list(*_MESSAGE)[: limit + 1])
    messages = [message_event(head.key, *row) for row in reversed(found[:limit])]
    return Page(head, messages, len(found) > limit)


def after(head: Head, seq: int, limit: int) -> Page:
    """The oldest `limit` messages born after `seq`: the way forward for pages without JavaScript."""
    if head.id is None:
        return Page(head, [], False)
    found = Message.objects.filter(room_id=head.id, seq__gt=seq).order_by("seq").values_list(*_MESSAGE)[:limit]
    messages = [message_event(head.key, *row) for row in found]
    return Page(head, messages, True)


def messages(ids: Iterable[int]) -> list[MessageEvent]:
    """These messages in their present state, in no order."""
    found = Message.objects.filter(id__in=list(ids)).values_list("room__key", *_MESSAGE)
    return [message_event(*row) for row in found]


def message_event(
    room: str, id: int, seq: int, changed: int, ordinal: int, text: str, html: str, at: datetime, nonce: str,
    author: UUID, name: str, user: Any,
) -> MessageEvent:  # fmt: skip
    """A stored message as the event that carries its present state."""
    return MessageEvent(
        room=room, seq=seq, changed=changed, ordinal=ordinal, id=id, author=person_view(author, name, user is None),
        message=text, html=html, at=timestamp(aware(at)), nonce=nonce,
    )  # fmt: skip


def aware(at: datetime) -> datetime:
    """`at` with its time zone, also in a project with USE_TZ = False."""
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def rooms_of(people: Iterable[UUID], limit: int) -> dict[UUID, list[RoomView]]:
    """Each person's rooms, latest activity first, at most `limit` each: one query for all of them."""
    wanted = {as_stored(id): id for id in people}
    rooms: dict[UUID, list[RoomView]] = {id: [] for id in wanted.values()}
    found = rows(
        "SELECT m.person_id, r.key, r.name, r.seq, r.ordinal, m.read_seq, m.read_ordinal"
        f" FROM {_MEMBERSHIP} m JOIN {_ROOM} r ON r.id = m.room_id"
        f" WHERE m.person_id IN ({', '.join(['%s'] * len(wanted))}) ORDER BY COALESCE(r.last_at, r.created_at) DESC",
        *wanted,
    )
    for person, key, name, seq, ordinal, read, read_ordinal in found:
        theirs = rooms[wanted[person]]
        if len(theirs) < limit:
            unread = max(0, ordinal - read_ordinal)
            theirs.append(RoomView(room=key, name=name, seq=seq, ordinal=ordinal, read=read, unread=unread))
    return rooms
