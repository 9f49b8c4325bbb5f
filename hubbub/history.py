"""Pages and "since": the one read path for first paint, catch-up, gap closing and older pages.

Every read takes the room's number first and then the documents up to it: what changes in between has a higher
number and comes live, so no isolation level is asked of the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from sys import intern
from typing import Any
from uuid import UUID

from django.conf import settings as django_settings
from django.db.models import Q
from django.utils import timezone

from hubbub.conf import settings
from hubbub.errors import Refusal
from hubbub.mentions.unread import ordinals, unread_column
from hubbub.models import Alias, Membership, Message, Room
from hubbub.models.room import PRIVATE
from hubbub.protocol import Document, History, Member, RoomChange, RoomView, person_view
from hubbub.protocol import Message as MessageEvent
from hubbub.rows import as_stored, rows
from hubbub.stored import COLUMNS, events, moment

_ROOM, _MEMBERSHIP, _ALIAS = Room._meta.db_table, Membership._meta.db_table, Alias._meta.db_table

_FIRST = "ORDER BY m.starred DESC, COALESCE(r.last_at, r.created_at) DESC"  # which of a person's rooms come first

_MEMBER = ("changed", "person_id", "person__name", "person__user_id", "role", "standing", "silenced_until")


@dataclass(frozen=True, slots=True)
class Head:
    """Where a room's log stands, and the room's own state. `id` is None for a room that nobody has spoken in."""

    id: int | None
    name: str
    key: str
    seq: int = 0
    ordinal: int = 0
    kind: str = "public"
    guarded: bool = False
    topic: str = ""
    archived: bool = False
    slow: int = 0
    changed: int = 0

    @property
    def address(self) -> str:
        """What leads to the room: a private one's key, a public one's name."""
        return self.key if self.key.startswith(PRIVATE) else self.name


@dataclass(frozen=True, slots=True)
class Page:
    """Messages of a room, oldest first, read when the room stood at `head`; `more` says older ones exist, `newer` that
    newer ones do. `focus` is the seq of the message that the page was opened for; 0 for none."""

    head: Head
    messages: list[MessageEvent]
    more: bool
    newer: bool = False
    focus: int = 0


# The columns of a Head, of the room table as r.
HEAD = (
    "r.id, r.name, r.key, r.seq, r.ordinal, r.kind, r.guarded, r.topic, r.archived_at IS NOT NULL, r.slow_seconds,"
    " r.changed"
)


def head_of(row: Sequence[Any]) -> Head:
    """The Head in a row of the columns HEAD."""
    id, name, key, seq, ordinal, kind, guarded, topic, archived, slow, changed = row
    return Head(id, name, key, seq, ordinal, kind, bool(guarded), topic, bool(archived), slow, changed)


def head(key: str, name: str = "") -> Head:
    """Where the room with this key stands now, or the one that has it as another name: then its own key is another. A
    Head without id when there is none. Asks nobody whether they may know: that is access.py's."""
    found = rows(f"SELECT {HEAD} FROM {_ROOM} r WHERE r.key = %s", key)
    if not found and not key.startswith(PRIVATE):
        found = rows(f"SELECT {HEAD} FROM {_ALIAS} a JOIN {_ROOM} r ON r.id = a.room_id WHERE a.key = %s", key)
    return head_of(found[0]) if found else Head(None, name or key, key)


def heads(keys: Iterable[str]) -> list[Head]:
    """Where these rooms stand, in one query; rooms that do not exist are absent."""
    wanted = list(keys)
    marks = ", ".join(["%s"] * len(wanted))
    found = rows(f"SELECT {HEAD} FROM {_ROOM} r WHERE r.key IN ({marks})", *wanted) if wanted else []
    return [head_of(row) for row in found]


def since(head: Head, seq: int, limit: int) -> list[Document] | None:
    """Every document of the room with `seq` < changed ≤ the head's, in order of `changed`; None when over `limit`.

    A message born up to `seq` is a Change: who stands there knew it before."""
    if head.id is None:
        return []
    changed = Q(room_id=head.id, changed__gt=seq, changed__lte=head.seq)
    found = Message.objects.filter(changed).order_by("changed").values_list(*COLUMNS)[: limit + 1]
    documents: list[Document] = [*events(head.key, found, since=seq)]
    members = Membership.objects.filter(changed).order_by("changed")
    documents += [_member(head.key, *row) for row in members.values_list(*_MEMBER)[: limit + 1]]
    if seq < head.changed <= head.seq:
        documents.append(room_change(head))
    if len(documents) > limit:
        return None
    return sorted(documents, key=lambda document: document.changed)


def _member(
    room: str, number: int, id: UUID, name: str, user: Any, role: str, standing: str, silenced: datetime | None
) -> Member:
    return Member(
        room=room, changed=number, person=person_view(id, name, user is None), role=intern(role),
        standing=intern(standing), silenced_until=moment(silenced) if silenced else None,
    )  # fmt: skip


def room_change(head: Head) -> RoomChange:
    """The room's own state as the event that carries it."""
    return RoomChange(
        room=head.key, changed=head.changed, name=head.name, kind=head.kind, topic=head.topic, archived=head.archived,
        slow=head.slow,
    )  # fmt: skip


def asked(head: Head, command: History) -> Page:
    """The page that the command asks for. Refuses what asks for two."""
    places = {"before": command.before, "after": command.after, "around": command.around, "at": command.at}
    named = [name for name, place in places.items() if place is not None]
    if len(named) > 1:
        raise Refusal("bad_frame", "Ask for one page: before, after, around or at.", field=named[1])
    if command.after is not None:
        return after(head, command.after, command.limit)
    if command.around is not None:
        return around(head, command.around, command.limit)
    if command.at is not None:
        return at(head, command.at, command.limit)
    return page(head, command.limit, command.before)


def page(head: Head, limit: int, before: int | None = None) -> Page:
    """The newest `limit` messages of the room, or those born before seq `before`."""
    if head.id is None:
        return Page(head, [], False)
    wanted = Message.objects.filter(room_id=head.id)
    if before is not None:
        wanted = wanted.filter(seq__lt=before)
    found = list(wanted.order_by("-seq").values_list(*COLUMNS)[: limit + 1])
    messages = events(head.key, found[:limit][::-1])
    newer = before is not None and (messages[-1].ordinal if messages else 0) < head.ordinal
    return Page(head, messages, len(found) > limit, newer)


def after(head: Head, seq: int, limit: int) -> Page:
    """The oldest `limit` messages born after `seq`: the way forward."""
    if head.id is None:
        return Page(head, [], False)
    found = list(
        Message.objects.filter(room_id=head.id, seq__gt=seq).order_by("seq").values_list(*COLUMNS)[: limit + 1]
    )
    messages = events(head.key, found[:limit])
    older = messages[0].ordinal > 1 if messages else head.ordinal > 0
    return Page(head, messages, older, len(found) > limit)


def around(head: Head, seq: int, limit: int) -> Page:
    """`limit` messages with the one born at `seq`, or the next after it, in their midst; near the end of the room it
    stands further down, so that the page is full. Its seq is the page's `focus`; of the last one when none follows."""
    following = after(head, seq - 1, limit - limit // 2)
    before = following.messages[0].seq if following.messages else None
    leading = page(head, limit - len(following.messages), before)
    messages = leading.messages + following.messages
    focus = following.messages[:1] or leading.messages[-1:]
    return Page(head, messages, leading.more, following.newer, focus[0].seq if focus else 0)


def at(head: Head, moment: datetime, limit: int) -> Page:
    """The page around the first message that was said at `moment` or later; around the last one when none was."""
    return around(head, _seq_at(head, moment), limit)


def _seq_at(head: Head, moment: datetime) -> int:
    """The seq of the room's first message said at `moment` or later, by halving its numbers: they rise with time. Past
    the head's when there is none."""
    low, high = 1, head.seq + 1
    wanted = Message.objects.filter(room_id=head.id or 0).order_by("seq").values_list("seq", "at")
    while low < high:
        middle = (low + high) // 2
        found = wanted.filter(seq__gte=middle).first()
        if found is None or aware(found[1]) >= moment:
            high = middle
        else:
            low = found[0] + 1
    return low


def messages(ids: Iterable[int]) -> list[MessageEvent]:
    """These messages in their present state, in no order."""
    rooms: dict[str, list[Any]] = {}
    for room, *row in Message.objects.filter(id__in=list(ids)).values_list("room__key", *COLUMNS):
        rooms.setdefault(room, []).append(row)
    return [event for room, found in rooms.items() for event in events(room, found)]


def pins(head: Head) -> list[MessageEvent]:
    """The room's pinned messages, the last one pinned first."""
    if head.id is None:
        return []
    found = Message.objects.filter(room_id=head.id, pinned_at__isnull=False).order_by("-pinned_at", "-seq")
    return events(head.key, found.values_list(*COLUMNS))


def aware(at: datetime) -> datetime:
    """`at` with its time zone, also in a project with USE_TZ = False."""
    return at if timezone.is_aware(at) else timezone.make_aware(at)


def utc(at: datetime) -> datetime:
    """A moment as plain SQL gives it: SQLite's driver makes it naive, in UTC unless the project has no time zones."""
    if timezone.is_aware(at):
        return at
    return at.replace(tzinfo=UTC) if django_settings.USE_TZ else timezone.make_aware(at)


def views(room: str, people: Iterable[str]) -> list[tuple[str, RoomView]]:
    """The room with this key as it is for each of these people, by their ids in hex, who are in it."""
    found = rooms_of(map(UUID, people), 1, room)
    return [(person.hex, view) for person, theirs in found.items() for view in theirs]


def rooms_of(people: Iterable[UUID], limit: int, only: str = "") -> dict[UUID, list[RoomView]]:
    """Each person's rooms, starred ones first, then by the latest activity, at most `limit` each, or the one with the
    key `only`: one query for all of them, another where somebody is in a direct room, which is named after the others
    in it."""
    wanted = {as_stored(id): id for id in people}
    rooms: dict[UUID, list[RoomView]] = {id: [] for id in wanted.values()}
    calls = unread_column("m.person_id", "m.room_id", "m.read_ordinal")
    found = rows(
        "SELECT m.person_id, r.key, r.name, r.seq, r.ordinal, m.read_seq, m.read_ordinal, r.kind,"
        f" m.starred, m.muted, m.level, m.silenced_until, CASE WHEN r.ordinal > m.read_ordinal THEN {calls} END"
        f" FROM {_MEMBERSHIP} m JOIN {_ROOM} r ON r.id = m.room_id"
        f" WHERE m.person_id IN ({', '.join(['%s'] * len(wanted))}) AND m.standing = 'in'"
        f"{' AND r.key = %s' if only else ''} {_FIRST}",
        *wanted,
        *([only] if only else []),
    )
    direct: dict[str, list[tuple[UUID, RoomView]]] = {}
    for person, key, name, seq, ordinal, read, read_ordinal, kind, starred, muted, level, silenced, called in found:
        theirs = rooms[wanted[person]]
        if len(theirs) < limit:
            unread = max(0, ordinal - read_ordinal)
            view = RoomView(  # interned, a value that is a default is left out of the frame
                room=key, name=name, seq=seq, ordinal=ordinal, read=read, unread=unread, kind=intern(kind),
                mentions=ordinals(called), starred=bool(starred), muted=bool(muted), level=intern(level),
                silenced_until=moment(utc(silenced)) if silenced else None,
            )  # fmt: skip
            theirs.append(view)
            if kind == "direct":
                direct.setdefault(key, []).append((wanted[person], view))
    if direct:
        _name_direct(direct)
    return rooms


def listed_rooms(person: UUID) -> list[RoomView]:
    """The rooms of theirs that a person's pages list."""
    return rooms_of([person], settings().rooms_listed)[person]


def stands_of(person: UUID, limit: int) -> dict[str, int]:
    """The keys of a person's rooms, the same as `rooms_of` names, and the number where each stands: one query."""
    found = rows(
        f"SELECT r.key, r.seq FROM {_MEMBERSHIP} m JOIN {_ROOM} r ON r.id = m.room_id"
        " WHERE m.person_id = %s AND m.standing = 'in'"
        f" {_FIRST} LIMIT %s",
        as_stored(person),
        limit,
    )
    return dict(found)


def _name_direct(direct: Mapping[str, Sequence[tuple[UUID, RoomView]]]) -> None:
    """Give each view of a direct room the names of the others in it."""
    people = parties(direct)
    for key, views in direct.items():
        for viewer, view in views:
            view.name = others(people.get(key, []), viewer) or view.name


def parties(keys: Iterable[str]) -> dict[str, list[tuple[UUID, str]]]:
    """Who is in these rooms, by key: (id, name) of each, by name."""
    found = Membership.objects.filter(room__key__in=list(keys), standing="in").order_by("person__name", "person_id")
    people: dict[str, list[tuple[UUID, str]]] = {}
    for key, id, name in found.values_list("room__key", "person_id", "person__name"):
        people.setdefault(key, []).append((id, name))
    return people


def others(people: Iterable[tuple[UUID, str]], viewer: UUID) -> str:
    """The names of all of these people but the viewer: what a direct room is called for them."""
    return ", ".join(name for id, name in people if id != viewer)
