"""The rooms of a batch: locked in id order, numbered, stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from hubbub.journal.changes import NOTHING, Change, Draft, Touched
from hubbub.journal.statements import ALIAS, MEMBERSHIP, MESSAGE, ROOM, Statements, marks
from hubbub.models.room_name import PRIVATE

NAMING = 0x68756272  # the number of an advisory lock: "hubr"
_LOCKED = "id, key, seq, ordinal, guarded, kind, archived_at IS NOT NULL, slow_seconds"


class LockedRoom:
    """A locked room with the numbers it will have."""

    __slots__ = ("archived", "guarded", "id", "key", "kind", "last_at", "ordinal", "seq", "slow", "touched")

    def __init__(
        self, id: int, key: str, seq: int, ordinal: int, guarded: bool, kind: str, archived: bool, slow: int
    ) -> None:
        self.id, self.key, self.seq, self.ordinal = id, key, seq, ordinal
        self.guarded, self.kind, self.archived, self.slow = guarded, kind, bool(archived), slow
        self.last_at: datetime | None = None
        self.touched = False

    def next(self) -> int:
        """Take the room's next number."""
        self.touched = True
        self.seq += 1
        return self.seq


class Rooms:
    """The locked rooms by key. Lives as long as the batch's transaction."""

    def __init__(self, statements: Statements, now: datetime) -> None:
        self.statements, self.now = statements, now
        self.locked: dict[str, LockedRoom] = {}
        self._aliases: dict[str, str] = {}

    def get(self, key: str) -> LockedRoom | None:
        """The locked room with this key, or that has it as another name."""
        return self.locked.get(key) or self.locked.get(self._aliases.get(key, ""))

    def lock(self, changes: Sequence[Change]) -> None:
        """Lock every room that takes a number, in id order (no two batches can deadlock), and read its numbers."""
        wanted: dict[str, Draft] = {}
        others: list[Touched] = []
        for change in changes:
            if isinstance(change, Draft):
                wanted.setdefault(change.key, change)  # who spoke first gives a new room its spelling
            elif (touched := change.touched()) is not NOTHING:
                others.append(touched)
        if not wanted and not others:
            return
        self._touch()
        self._load(list(wanted), others)
        self._find(self._missing([*wanted, *(key for touched in others for key in touched.keys)]))
        if fresh := [key for key in self._missing(wanted) if key not in self._aliases]:
            self._find_or_make([wanted[key] for key in fresh])

    def lock_key(self, key: str) -> None:
        """The room with this key, which was made just now."""
        self._lock("key = %s", [key])

    def lock_more(self, ids: set[int]) -> None:
        """Rooms that the person came to speak in since the locks were taken. Out of order: a deadlock is retried."""
        if ids:
            self._lock(f"id IN ({marks(sorted(ids))})", sorted(ids))

    def store(self) -> None:
        """Store the numbers that the batch used."""
        rows = [
            (room.seq, room.ordinal, room.last_at and self.statements.time(room.last_at), room.id)
            for room in self.locked.values()
            if room.touched
        ]
        if rows:
            self.statements.move_rooms(rows)

    def _touch(self) -> None:
        """Take SQLite's write lock before the first read, or a reader that turns writer may be refused at once.

        With immediate transactions it is ours already.
        """
        connection = self.statements.connection
        mode = getattr(connection, "transaction_mode", None) or "DEFERRED"
        if connection.vendor == "sqlite" and mode.upper() == "DEFERRED":
            self.statements.run(f"UPDATE {ROOM} SET seq = seq WHERE id = 0", [])

    def _load(self, keys: list[str], others: Sequence[Touched]) -> None:
        keys = [*keys, *(key for touched in others for key in touched.keys)]
        messages = [id for touched in others for id in touched.messages]
        people = [self.statements.uuid(person.id) for touched in others for person in touched.people]
        which = " OR ".join(
            [f"key IN ({marks(keys)})"] * bool(keys)
            + [f"id IN (SELECT room_id FROM {MESSAGE} WHERE id IN ({marks(messages)}))"] * bool(messages)
            + [f"id IN (SELECT room_id FROM {MEMBERSHIP} WHERE person_id IN ({marks(people)}))"] * bool(people)
        )
        self._lock(which, [*keys, *messages, *people])

    def _lock(self, which: str, parameters: list[Any]) -> None:
        lock = " FOR UPDATE" if self.statements.locks else ""
        select = f"SELECT {_LOCKED} FROM {ROOM} WHERE {which} ORDER BY id{lock}"
        for id, key, *state in self.statements.rows(select, parameters):
            self.locked[key] = LockedRoom(id, key, *state)

    def _missing(self, keys: Iterable[str]) -> list[str]:
        """Those of these keys that are no locked room's, and may be other names of one."""
        return [key for key in keys if key not in self.locked and not key.startswith(PRIVATE)]

    def _find_or_make(self, drafts: Sequence[Draft]) -> None:
        """The rooms that have these names besides their first one; else rooms of these names are made."""
        self.take_name_turns()
        self._find([draft.key for draft in drafts])
        fresh = [draft for draft in drafts if draft.create_room and draft.key not in self._aliases]
        if fresh:
            self._make(fresh)
            self._load([draft.key for draft in fresh], [])

    def _find(self, keys: Sequence[str]) -> None:
        """Lock the rooms that have these names besides their first one."""
        if not keys:
            return
        named = f"SELECT a.key, r.key, r.id FROM {ALIAS} a JOIN {ROOM} r ON r.id = a.room_id"
        found = self.statements.rows(f"{named} WHERE a.key IN ({marks(keys)})", keys)
        self._aliases.update({alias: key for alias, key, _ in found})
        self.lock_more({id for _, key, id in found if key not in self.locked})

    def take_name_turns(self) -> None:
        """From here to the commit nobody else gives a name to a room: two rooms never have the same one. SQLite has one
        writer anyway."""
        if self.statements.locks:
            self.statements.run("SELECT pg_advisory_xact_lock(%s)", [NAMING])

    def _make(self, drafts: Sequence[Draft]) -> None:
        rows = [(draft.room, draft.key, 0, 0, self.statements.time(self.now)) for draft in drafts]
        types = ("text", "text", "bigint", "bigint", "timestamptz")
        self.statements.insert(f"{ROOM} (name, key, seq, ordinal, created_at)", types, rows, "ON CONFLICT DO NOTHING")
