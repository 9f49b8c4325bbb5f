"""What a batch says to the database: plain SQL on one cursor, values as this database stores them.

SQLite and PostgreSQL agree on every statement but two; those have both forms here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper

from hubbub.models import Membership, Message, Person, Room
from hubbub.rows import account_as_stored

PERSON, ROOM = Person._meta.db_table, Room._meta.db_table
MEMBERSHIP, MESSAGE = Membership._meta.db_table, Message._meta.db_table

Rows = Sequence[Sequence[Any]]


class Statements:
    """One connection's cursor. Table names and marks are put into statements, values never."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.cursor = connection.cursor()
        self.native_uuid = connection.features.has_native_uuid_field
        self.locks = connection.features.has_select_for_update

    def run(self, statement: str, parameters: Sequence[Any]) -> None:
        """Run a statement that answers nothing."""
        self.cursor.execute(statement, parameters)

    def rows(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows that a statement answers."""
        self.cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = self.cursor.fetchall()
        return found

    def insert(self, into: str, rows: Rows, conflict: str) -> None:
        """INSERT INTO `into` these rows, with `conflict` after them.

        SQLite prepares a statement once and runs it for each row, which is the quickest there. PostgreSQL gets all rows
        in one statement: a trip and a plan for all of them. No two rows may conflict with each other.
        """
        if self.connection.vendor == "sqlite":
            self.cursor.executemany(f"INSERT INTO {into} VALUES {grid(len(rows[0]), 1)} {conflict}", rows)
        else:
            self.cursor.execute(f"INSERT INTO {into} VALUES {grid(len(rows[0]), len(rows))} {conflict}", flat(rows))

    def move_rooms(self, rows: Rows) -> None:
        """Store (seq, ordinal, last_at or None, id) of rooms that are locked: one statement, as above."""
        if self.connection.vendor == "sqlite":
            self.cursor.executemany(
                f"UPDATE {ROOM} SET seq = %s, ordinal = %s, last_at = COALESCE(%s, last_at) WHERE id = %s", rows
            )
        else:
            values = ", ".join(["(%s, %s, %s::timestamptz, %s)"] * len(rows))
            self.cursor.execute(
                f"UPDATE {ROOM} SET seq = v.seq, ordinal = v.ordinal, last_at = COALESCE(v.last_at, {ROOM}.last_at)"
                f" FROM (VALUES {values}) AS v (seq, ordinal, last_at, id) WHERE {ROOM}.id = v.id",
                flat(rows),
            )

    # ── values as the database takes them ──

    def uuid(self, id: UUID | str) -> Any:
        """A person's id, given as such or in hex."""
        if self.native_uuid:
            return id if isinstance(id, UUID) else UUID(id)
        return id.hex if isinstance(id, UUID) else id

    def account(self, pk: Any) -> Any:
        """An account's key; None for none."""
        return None if pk is None else account_as_stored(pk)

    def time(self, at: datetime) -> Any:
        """A moment."""
        return self.connection.ops.adapt_datetimefield_value(at)


def marks(values: Sequence[Any]) -> str:
    """A mark for each value: `%s, %s`."""
    return ", ".join(["%s"] * len(values))


def grid(width: int, height: int) -> str:
    """Marks for so many rows: `(%s, %s), (%s, %s)`."""
    return ", ".join(["(" + ", ".join(["%s"] * width) + ")"] * height)


def flat(rows: Rows) -> list[Any]:
    """The values of all rows, one after the other."""
    return [value for row in rows for value in row]
