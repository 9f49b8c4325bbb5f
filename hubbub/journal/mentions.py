"""Whom messages call, stored with them: a row for each person, or one without a person for everybody in the room."""

from __future__ import annotations

from collections.abc import Sequence

from hubbub.journal.statements import MENTION, PERSON, Statements
from hubbub.protocol import Message

TYPES = ("bigint", "uuid", "bigint", "bigint")
AT_ONCE = 2_000  # rows of a statement


def store(statements: Statements, said: Sequence[tuple[int, Message]]) -> None:
    """Store whom each message, given with its room's id, calls. Who is not stored, is not called."""
    rows = [row for room, message in said if message.mentions for row in _rows(statements, room, message)]
    for start in range(0, len(rows), AT_ONCE):
        source, parameters = statements.given(TYPES, rows[start : start + AT_ONCE])
        statements.run(
            f"INSERT INTO {MENTION} (room_id, person_id, message_id, ordinal)"
            f" SELECT column1, column2, column3, column4 FROM {source}"
            f" WHERE column2 IS NULL OR EXISTS (SELECT 1 FROM {PERSON} p WHERE p.id = given.column2)",
            parameters,
        )


def replace(statements: Statements, room: int, message: Message) -> None:
    """The same for a message that says something else now."""
    statements.run(f"DELETE FROM {MENTION} WHERE message_id = %s", [message.id])
    store(statements, [(room, message)])


def _rows(statements: Statements, room: int, message: Message) -> list[tuple[object, ...]]:
    if "@room" in message.mentions:
        return [(room, None, message.id, message.ordinal)]
    people = [id for id in message.mentions if not id.startswith("@")]
    return [(room, statements.uuid(id), message.id, message.ordinal) for id in people]
