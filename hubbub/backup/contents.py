"""What a database of Hubbub's holds, and whether it is numbered as the journal promises.

Plain SELECTs that SQLite and PostgreSQL agree on, over columns that every version has, so that an older backup can
be looked at before it is brought up to date.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from hubbub.models import Epoch, Membership, Message, Person, Room

TABLES = tuple(model._meta.db_table for model in (Epoch, Person, Room, Membership, Message))
_EPOCH, _PERSON, _ROOM, _MEMBERSHIP, _MESSAGE = TABLES
_WORDS = {_ROOM: ("room", "rooms"), _PERSON: ("person", "people"), _MESSAGE: ("message", "messages")}
_TOLD = 5

# What must not be, and a query that finds it: each row is the key of a room, or the id of a person.
PROMISES = (
    (
        "messages are not numbered 1, 2, 3 … in the order of their changes",
        "SELECT DISTINCT r.key FROM (SELECT room_id, ordinal, ROW_NUMBER() OVER (PARTITION BY room_id ORDER BY seq)"
        f" AS place FROM {_MESSAGE}) m JOIN {_ROOM} r ON r.id = m.room_id WHERE m.ordinal <> m.place",
    ),
    (
        "the room counts other messages than it has",
        f"SELECT r.key FROM {_ROOM} r"
        f" WHERE r.ordinal <> (SELECT COUNT(*) FROM {_MESSAGE} m WHERE m.room_id = r.id)",
    ),
    (
        "a message has a number that the room has not reached",
        f"SELECT r.key FROM {_ROOM} r"
        f" WHERE r.seq < (SELECT MAX(m.changed) FROM {_MESSAGE} m WHERE m.room_id = r.id)",
    ),
    (
        "a member has a number that the room has not reached",
        f"SELECT DISTINCT r.key FROM {_ROOM} r JOIN {_MEMBERSHIP} m ON m.room_id = r.id"
        " WHERE m.changed > r.seq OR m.read_seq > r.seq OR m.read_ordinal > r.ordinal",
    ),
    (
        "a nonce is stored twice",
        f"SELECT CAST(author_id AS text) FROM {_MESSAGE} GROUP BY author_id, nonce HAVING COUNT(*) > 1",
    ),
)  # fmt: skip


class RoomCount(msgspec.Struct, frozen=True):
    """Where a room stands."""

    key: str
    seq: int
    messages: int


class Contents(msgspec.Struct, frozen=True):
    """What a database holds. `rows` counts each of Hubbub's tables; `migrations` are those applied, as (app, name)."""

    epoch: str
    newest: str
    rooms: list[RoomCount]
    rows: dict[str, int]
    migrations: list[tuple[str, str]]

    @property
    def said(self) -> str:
        """The sum of it, for people."""
        newest = f", the newest of {self.newest}" if self.newest else ""
        return ", ".join(_counted(self.rows[table], table) for table in (_ROOM, _PERSON, _MESSAGE)) + newest

    def same_talk(self, other: Contents) -> bool:
        """Whether both hold the same rooms, messages and people; epoch and migrations may differ."""
        talk = {table: number for table, number in self.rows.items() if table != _EPOCH}
        return (self.rooms, self.newest) == (other.rooms, other.newest) and all(
            other.rows.get(table) == number for table, number in talk.items()
        )


def _counted(number: int, table: str) -> str:
    one, many = _WORDS[table]
    return f"{number:,} {one if number == 1 else many}"


def read(cursor: Any) -> Contents:
    """What the database behind a DB-API `cursor` holds. Raises what the database raises when tables are missing."""
    counts = {table: _all(cursor, f"SELECT COUNT(*) FROM {table}")[0][0] for table in TABLES}
    epochs = _all(cursor, f"SELECT name FROM {_EPOCH}")
    rooms = _all(cursor, f"SELECT key, seq, ordinal FROM {_ROOM} ORDER BY id")
    return Contents(
        epoch=epochs[0][0] if epochs else "",
        newest=_shown(_all(cursor, f"SELECT MAX(at) FROM {_MESSAGE}")[0][0]),
        rooms=[RoomCount(*row) for row in rooms],
        rows=counts,
        migrations=_all(cursor, "SELECT app, name FROM django_migrations ORDER BY id"),
    )


def faults(cursor: Any) -> list[str]:
    """The promises that this database breaks, a sentence each; empty when all hold."""
    found = []
    for sentence, query in PROMISES:
        if rows := _all(cursor, query):
            where = ", ".join(repr(row[0]) for row in rows[:_TOLD])
            found.append(f"{sentence} ({where}{' …' if len(rows) > _TOLD else ''})")
    return found


def new_epoch_statement(name: str) -> str:
    """The statement that begins another life of the database; `name` is 16 hex digits of our own."""
    return f"INSERT INTO {_EPOCH} (id, name) VALUES (1, '{name}') ON CONFLICT (id) DO UPDATE SET name = excluded.name"


def _all(cursor: Any, statement: str) -> list[Any]:
    cursor.execute(statement)
    return [tuple(row) for row in cursor.fetchall()]


def _shown(at: datetime | str | None) -> str:
    """A stored time to the second: SQLite gives text, PostgreSQL a datetime, both in UTC."""
    if at is None:
        return ""
    time = datetime.fromisoformat(at) if isinstance(at, str) else at
    return (time.astimezone(UTC) if time.tzinfo else time).strftime("%Y-%m-%d %H:%M:%S UTC")
