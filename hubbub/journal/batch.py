"""The one transaction that writes: locks the rooms in id order, numbers the changes, stores them.

Plain SQL through Django's connection: this is the hottest write of the product, and SQLite and PostgreSQL agree on
every statement here. Must run inside `transaction.atomic()`; the caller commits, then announces.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from hubbub import errors, history
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.journal.changes import Change, Draft, Outcome, ReadMark, Rename, Stored
from hubbub.models import Membership, Message, Person, Room
from hubbub.protocol import Member, PersonView, encode, person_view, timestamp
from hubbub.protocol import Message as MessageEvent
from hubbub.rows import account_as_stored

_PERSON, _ROOM = Person._meta.db_table, Room._meta.db_table
_MEMBERSHIP, _MESSAGE = Membership._meta.db_table, Message._meta.db_table


def write(changes: Sequence[Change]) -> list[Outcome]:
    """Write `changes` in one transaction; an outcome for each, in the same order.

    Joins the caller's transaction if there is one. Raises what the database raises; then nothing was stored.
    """
    using = database()
    with transaction.atomic(using=using):
        return _Batch(connections[using]).write(changes)


def database() -> str:
    """The alias of the database that Hubbub writes to."""
    return router.db_for_write(Message)


class _Room:
    """A locked room with the numbers it will have."""

    __slots__ = ("id", "key", "last_at", "ordinal", "seq", "touched")

    def __init__(self, id: int, key: str, seq: int, ordinal: int) -> None:
        self.id, self.key, self.seq, self.ordinal = id, key, seq, ordinal
        self.last_at: datetime | None = None
        self.touched = False

    def next(self) -> int:
        self.touched = True
        self.seq += 1
        return self.seq


class _Batch:
    """One run of `write`. Lives as long as its transaction."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.cursor = connection.cursor()
        self.now = timezone.now()
        self.at = timestamp(self.now)
        self.native_uuid = connection.features.has_native_uuid_field
        self.rooms: dict[str, _Room] = {}
        self.people: dict[Identity, PersonView] = {}

    def write(self, changes: Sequence[Change]) -> list[Outcome]:
        self._lock_rooms(changes)
        outcomes: dict[int, Outcome] = {}
        drafts = [(place, change) for place, change in enumerate(changes) if isinstance(change, Draft)]
        if drafts:
            self._meet([draft.author for _, draft in drafts])
            outcomes.update(self._say(drafts))
        for place, change in enumerate(changes):
            if isinstance(change, Rename):
                outcomes[place] = self._rename(change)
        self._move_rooms()
        for place, change in enumerate(changes):
            if isinstance(change, ReadMark):
                outcomes[place] = self._mark_read(change)
        return [outcomes[place] for place in range(len(changes))]

    # ── rooms ──

    def _lock_rooms(self, changes: Sequence[Change]) -> None:
        """Lock every room that takes a number, in id order (no two batches can deadlock), and read its numbers."""
        wanted: dict[str, Draft] = {}
        for change in changes:
            if isinstance(change, Draft):
                wanted.setdefault(change.key, change)  # who spoke first gives a new room its spelling
        renamed = [self._uuid(change.person.id) for change in changes if isinstance(change, Rename)]
        if not wanted and not renamed:
            return
        self._touch()
        self._load_rooms(list(wanted), renamed)
        missing = [draft for key, draft in wanted.items() if key not in self.rooms and draft.create_room]
        if missing:
            self._make_rooms(missing)
            self._load_rooms([draft.key for draft in missing], [])

    def _touch(self) -> None:
        """Take SQLite's write lock before the first read, or a reader that turns writer may be refused at once.

        With immediate transactions it is ours already.
        """
        mode = getattr(self.connection, "transaction_mode", None) or "DEFERRED"
        if self.connection.vendor == "sqlite" and mode.upper() == "DEFERRED":
            self.cursor.execute(f"UPDATE {_ROOM} SET seq = seq WHERE id = 0")

    def _load_rooms(self, keys: list[str], people: list[Any]) -> None:
        which = " OR ".join(
            [f"key IN ({_marks(keys)})"] * bool(keys)
            + [f"id IN (SELECT room_id FROM {_MEMBERSHIP} WHERE person_id IN ({_marks(people)}))"] * bool(people)
        )
        self._lock(which, [*keys, *people])

    def _lock(self, which: str, parameters: list[Any]) -> None:
        lock = " FOR UPDATE" if self.connection.features.has_select_for_update else ""
        self.cursor.execute(f"SELECT id, key, seq, ordinal FROM {_ROOM} WHERE {which} ORDER BY id{lock}", parameters)
        for id, key, seq, ordinal in self.cursor.fetchall():
            self.rooms[key] = _Room(id, key, seq, ordinal)

    def _lock_more(self, ids: set[int]) -> None:
        """Rooms that the person came to speak in since the locks were taken. Out of order: a deadlock is retried."""
        if ids:
            self._lock(f"id IN ({_marks(sorted(ids))})", sorted(ids))

    def _make_rooms(self, drafts: Sequence[Draft]) -> None:
        rows = [(draft.room, draft.key, self._time(self.now)) for draft in drafts]
        self.cursor.executemany(
            f"INSERT INTO {_ROOM} (name, key, seq, ordinal, created_at) VALUES (%s, %s, 0, 0, %s)"
            " ON CONFLICT DO NOTHING",
            rows,
        )

    def _move_rooms(self) -> None:
        """Store the numbers that the batch used."""
        rows = [
            (room.seq, room.ordinal, room.last_at and self._time(room.last_at), room.id)
            for room in self.rooms.values()
            if room.touched
        ]
        if rows:
            self.cursor.executemany(
                f"UPDATE {_ROOM} SET seq = %s, ordinal = %s, last_at = COALESCE(%s, last_at) WHERE id = %s",
                rows,
            )

    # ── people ──

    def _meet(self, authors: Sequence[Identity]) -> None:
        """Fill `people`: the stored Person of each author, made now if this is the first thing they say."""
        wanted = dict.fromkeys(authors)
        self._load_people(wanted)
        strangers = [author for author in wanted if author not in self.people]
        if strangers:
            rows = [(self._uuid(a.id), self._user(a.user), a.name, self._time(self.now)) for a in strangers]
            self.cursor.executemany(
                f"INSERT INTO {_PERSON} (id, user_id, name, created_at) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                rows,
            )
            self._load_people(dict.fromkeys(strangers))

    def _load_people(self, authors: dict[Identity, None]) -> None:
        """An account is found by its account, a guest by its id, and only while no account has taken it over."""
        ids = [self._uuid(author.id) for author in authors if author.guest]
        users = [self._user(author.user) for author in authors if not author.guest]
        which = " OR ".join([f"id IN ({_marks(ids)})"] * bool(ids) + [f"user_id IN ({_marks(users)})"] * bool(users))
        # Shared: a new name waits for what is said under the old one, or the other way round.
        lock = " FOR SHARE" if self.connection.features.has_select_for_update else ""
        self.cursor.execute(f"SELECT id, name, user_id FROM {_PERSON} WHERE {which}{lock}", [*ids, *users])
        guests: dict[Any, PersonView] = {}
        members: dict[Any, PersonView] = {}
        for id, name, user in self.cursor.fetchall():
            known = person_view(id if isinstance(id, UUID) else UUID(id), name, user is None)
            (guests if user is None else members)[id if user is None else user] = known
        for author in authors:
            key = self._uuid(author.id) if author.guest else self._user(author.user)
            if view := (guests if author.guest else members).get(key):
                self.people[author] = view

    # ── messages ──

    def _say(self, drafts: Sequence[tuple[int, Draft]]) -> dict[int, Outcome]:
        known = self._known(drafts)
        outcomes: dict[int, Outcome] = {}
        fresh: dict[tuple[str, str], MessageEvent] = {}
        born: list[tuple[int, MessageEvent]] = []
        again: list[tuple[int, tuple[str, str]]] = []
        for place, draft in drafts:
            if (view := self.people.get(draft.author)) is None:
                outcomes[place] = errors.signed_out()
            elif (original := known.get((view.id, draft.nonce))) is not None:
                outcomes[place] = Stored(message=original)
            elif (view.id, draft.nonce) in fresh:
                again.append((place, (view.id, draft.nonce)))
            elif (room := self.rooms.get(draft.key)) is None:
                outcomes[place] = Refusal("no_such_room", "There is no such room.", field="room")
            else:
                event = fresh[view.id, draft.nonce] = self._number(draft, view, room)
                born.append((place, event))
        self._insert(list(fresh.values()))
        self._join(list(fresh.values()))
        for place, event in born:
            outcomes[place] = Stored(((event.room, encode(event)),), event)
        for place, key in again:
            outcomes[place] = Stored(message=fresh[key])
        return outcomes

    def _known(self, drafts: Sequence[tuple[int, Draft]]) -> dict[tuple[str, str], MessageEvent]:
        """The stored messages whose (author, nonce) is asked for again. Read under the rooms' locks."""
        pairs = [
            (view.id, draft.nonce)
            for _, draft in drafts
            if draft.retried and (view := self.people.get(draft.author)) is not None
        ]
        if not pairs:
            return {}
        params = [part for id, nonce in pairs for part in (self._hex(id), nonce)]
        # CROSS JOIN keeps SQLite to this order of tables: one look into the index for each pair.
        self.cursor.execute(
            f"SELECT m.id FROM (VALUES {_rows(2, len(pairs))}) AS asked CROSS JOIN {_MESSAGE} m"
            " WHERE m.author_id = asked.column1 AND m.nonce = asked.column2",
            params,
        )
        if not (ids := [row[0] for row in self.cursor.fetchall()]):
            return {}
        events = history.messages(ids)
        return {(event.author.id, event.nonce): event for event in events}

    def _number(self, draft: Draft, author: PersonView, room: _Room) -> MessageEvent:
        seq = room.next()
        room.ordinal += 1
        room.last_at = self.now
        return MessageEvent(
            room=room.key, seq=seq, changed=seq, ordinal=room.ordinal, id=0, author=author,
            message=draft.text, html=draft.html, at=self.at, nonce=draft.nonce,
        )  # fmt: skip

    def _insert(self, events: Sequence[MessageEvent]) -> None:
        """Store the messages, a statement for all, and give each event its id."""
        if not events:
            return
        at = self._time(self.now)
        params: list[Any] = []
        for e in events:
            params += (
                self.rooms[e.room].id, self._hex(e.author.id), e.seq, e.changed, e.ordinal, e.nonce,
                e.message, e.html, at,
            )  # fmt: skip
        self.cursor.execute(
            f"INSERT INTO {_MESSAGE} (room_id, author_id, seq, changed, ordinal, nonce, text, html, at)"
            f" VALUES {_rows(9, len(events))} RETURNING id, room_id, seq",
            params,
        )
        ids = {(room, seq): id for id, room, seq in self.cursor.fetchall()}
        for e in events:
            e.id = ids[self.rooms[e.room].id, e.seq]

    def _join(self, events: Sequence[MessageEvent]) -> None:
        """Who speaks in a room is in it, and has read as far as their own last word."""
        last = {(event.author.id, event.room): event for event in events}
        rows = [
            (self._hex(author), self.rooms[room].id, event.seq, event.ordinal) for (author, room), event in last.items()
        ]
        if rows:
            self._upsert_memberships(rows)

    def _upsert_memberships(self, rows: Sequence[tuple[Any, int, int, int]]) -> None:
        newer = f"excluded.read_seq > {_MEMBERSHIP}.read_seq"
        self.cursor.executemany(
            f"INSERT INTO {_MEMBERSHIP} (person_id, room_id, changed, read_seq, read_ordinal)"
            " VALUES (%s, %s, 0, %s, %s) ON CONFLICT (person_id, room_id) DO UPDATE SET"
            f" read_seq = CASE WHEN {newer} THEN excluded.read_seq ELSE {_MEMBERSHIP}.read_seq END,"
            f" read_ordinal = CASE WHEN {newer} THEN excluded.read_ordinal ELSE {_MEMBERSHIP}.read_ordinal END",
            rows,
        )

    # ── names and reading ──

    def _rename(self, change: Rename) -> Outcome:
        """Store the name and number the change in each of the person's rooms."""
        self.people.pop(change.person, None)
        if change.person.guest:
            self._load_people({change.person: None})
        else:
            self._meet([change.person])
        known = self.people.get(change.person)
        if known is None:  # a guest who has not said anything: the name lives in the browser's cookie
            return Stored()
        person = self._hex(known.id)
        self.cursor.execute(f"UPDATE {_PERSON} SET name = %s WHERE id = %s", [change.name, person])
        view = self.people[change.person] = PersonView(known.id, change.name, known.guest)
        self.cursor.execute(f"SELECT room_id FROM {_MEMBERSHIP} WHERE person_id = %s ORDER BY room_id", [person])
        theirs = {row[0] for row in self.cursor.fetchall()}
        self._lock_more(theirs - {room.id for room in self.rooms.values()})
        rooms = [room for room in self.rooms.values() if room.id in theirs]
        numbers = [(room.next(), person, room.id) for room in rooms]
        if numbers:
            self.cursor.executemany(
                f"UPDATE {_MEMBERSHIP} SET changed = %s WHERE person_id = %s AND room_id = %s", numbers
            )
        events = [Member(room=room.key, changed=room.seq, person=view) for room in rooms]
        return Stored(announcements=[(event.room, encode(event)) for event in events])

    def _mark_read(self, change: ReadMark) -> Outcome:
        """Move the read position forward, never back, and never past the room's last number."""
        head = history.head(change.key)
        if head.id is None:
            return Stored()
        seq = min(change.seq, head.seq)
        self.cursor.execute(
            f"SELECT ordinal FROM {_MESSAGE} WHERE room_id = %s AND seq <= %s ORDER BY seq DESC LIMIT 1",
            [head.id, seq],
        )
        row = self.cursor.fetchone()
        ordinal = row[0] if row else 0
        self._load_people({change.person: None})
        if (view := self.people.get(change.person)) is not None or not change.person.guest:
            if view is None:
                self._meet([change.person])
                view = self.people[change.person]
            person = self._hex(view.id)
            self._upsert_memberships([(person, head.id, seq, ordinal)])
            self.cursor.execute(
                f"SELECT read_seq, read_ordinal FROM {_MEMBERSHIP} WHERE person_id = %s AND room_id = %s",
                [person, head.id],
            )
            seq, ordinal = self.cursor.fetchone()
        return Stored(read_seq=seq, unread=max(0, head.ordinal - ordinal))

    # ── values as the database takes them ──

    def _uuid(self, id: UUID) -> Any:
        return id if self.native_uuid else id.hex

    def _hex(self, id: str) -> Any:
        return UUID(id) if self.native_uuid else id

    def _user(self, pk: Any) -> Any:
        return None if pk is None else account_as_stored(pk)

    def _time(self, at: datetime) -> Any:
        return self.connection.ops.adapt_datetimefield_value(at)


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _rows(width: int, height: int) -> str:
    row = "(" + ", ".join(["%s"] * width) + ")"
    return ", ".join([row] * height)
