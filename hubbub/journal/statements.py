"""What a batch says to the database: plain SQL on one cursor, values as this database stores them.

SQLite and PostgreSQL agree on the statements but for how rows are handed over. SQLite prepares a statement once and
runs it for each row, which is the quickest there. PostgreSQL gets each column of all rows as one array: one trip, and
a statement that is short whatever the batch (psycopg takes one with a thousand marks apart at each turn).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.backends.base.base import BaseDatabaseWrapper

from hubbub.models import (
    Act,
    Alias,
    Block,
    EarlierText,
    Invitation,
    Membership,
    Mention,
    Message,
    Person,
    Reaction,
    Room,
)
from hubbub.rows import account_as_stored

PERSON, ROOM = Person._meta.db_table, Room._meta.db_table
MEMBERSHIP, MESSAGE = Membership._meta.db_table, Message._meta.db_table
ACT, ALIAS, INVITATION = Act._meta.db_table, Alias._meta.db_table, Invitation._meta.db_table
EARLIER_TEXT, REACTION, MENTION = EarlierText._meta.db_table, Reaction._meta.db_table, Mention._meta.db_table
BLOCK = Block._meta.db_table

Rows = Sequence[Sequence[Any]]


class Statements:
    """One connection's cursor. Table names and marks are put into statements, values never."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.connection = connection
        self.cursor = connection.cursor()
        self.native_uuid = connection.features.has_native_uuid_field
        self.sqlite = connection.vendor == "sqlite"
        self.locks = connection.features.has_select_for_update

    def run(self, statement: str, parameters: Sequence[Any]) -> None:
        """Run a statement that answers nothing."""
        self.cursor.execute(statement, parameters)

    def rows(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows that a statement answers."""
        self.cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = self.cursor.fetchall()
        return found

    def insert(
        self, into: str, types: Sequence[str], rows: Rows, conflict: str, returning: str = ""
    ) -> list[tuple[Any, ...]]:
        """INSERT INTO `into` these rows, with `conflict` after them. No two rows may conflict with each other. What is
        RETURNING of them comes back, on PostgreSQL alone."""
        if self.sqlite:
            self.cursor.executemany(f"INSERT INTO {into} VALUES {grid(len(types), 1)} {conflict}", rows)
        else:
            source, parameters = self.given(types, rows)
            asked = f" RETURNING {returning}" if returning else ""
            self.cursor.execute(f"INSERT INTO {into} SELECT * FROM {source} {conflict}{asked}", parameters)
            if returning:
                return list(self.cursor.fetchall())
        return []

    def insert_each(self, table: str, columns: str, rows: Rows) -> list[int]:
        """INSERT INTO `table` these rows of `columns`, on SQLite; their ids, in the same order.

        Whoever writes there is the only writer and knows the next id, so each row is a run of one short statement: half
        of what one statement for all of them costs, with a mark to take apart for every value.
        """
        given = f"SELECT seq FROM sqlite_sequence WHERE name = %s UNION ALL SELECT MAX(id) FROM {table}"
        last: int = self.rows(f"SELECT MAX(seq) FROM ({given})", [table])[0][0] or 0
        numbered = [(id, *row) for id, row in enumerate(rows, last + 1)]
        self.cursor.executemany(f"INSERT INTO {table} (id, {columns}) VALUES {grid(len(rows[0]) + 1, 1)}", numbered)
        return [row[0] for row in numbered]

    def move_rooms(self, rows: Rows) -> None:
        """Store (seq, ordinal, last_at or None, id) of rooms that are locked."""
        if self.sqlite:
            self.cursor.executemany(
                f"UPDATE {ROOM} SET seq = %s, ordinal = %s, last_at = COALESCE(%s, last_at) WHERE id = %s", rows
            )
        else:
            source, parameters = self.given(("bigint", "bigint", "timestamptz", "bigint"), rows)
            self.cursor.execute(
                f"UPDATE {ROOM} SET seq = given.column1, ordinal = given.column2,"
                f" last_at = COALESCE(given.column3, last_at) FROM {source} WHERE {ROOM}.id = given.column4",
                parameters,
            )

    def given(self, types: Sequence[str], rows: Rows) -> tuple[str, list[Any]]:
        """What stands after FROM to read these rows, as `given` with column1, column2 …; and its parameters."""
        if self.sqlite:
            return f"(VALUES {grid(len(types), len(rows))}) AS given", [value for row in rows for value in row]
        names = ", ".join(f"column{number}" for number in range(1, len(types) + 1))
        arrays = ", ".join(f"%s::{type}[]" for type in types)
        return f"UNNEST({arrays}) AS given ({names})", [array(column) for column in zip(*rows, strict=True)]

    # ── values as the database takes them ──

    def uuid(self, id: UUID | str) -> Any:
        """A person's id, given as such or in hex."""
        if self.native_uuid:
            return id if isinstance(id, UUID) else UUID(id)
        return id.hex if isinstance(id, UUID) else id

    def hex(self, id: Any) -> str:
        """A person's id as the database gave it, in hex."""
        return id.hex if isinstance(id, UUID) else str(id)

    def account(self, pk: Any) -> Any:
        """An account's key; None for none."""
        return None if pk is None else account_as_stored(pk)

    def account_type(self) -> str:
        """The type of an account's key: the host's affair."""
        return Person._meta.get_field("user").db_type(self.connection) or "bigint"

    def time(self, at: datetime) -> Any:
        """A moment."""
        return self.connection.ops.adapt_datetimefield_value(at)


def marks(values: Sequence[Any]) -> str:
    """A mark for each value: `%s, %s`."""
    return ", ".join(["%s"] * len(values))


def grid(width: int, height: int) -> str:
    """Marks for so many rows: `(%s, %s), (%s, %s)`."""
    return ", ".join(["(" + ", ".join(["%s"] * width) + ")"] * height)


def array(values: Iterable[Any]) -> str:
    """PostgreSQL's literal of an array (manual, 8.15.6): text in quotes, quotes and backslashes in it escaped."""
    return "{" + ",".join(map(_element, values)) + "}"


def _element(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
