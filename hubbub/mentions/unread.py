"""How much of what is unread calls somebody, as ordinals of the messages that do.

A message calls a person by a row of their own, or everybody in the room by one without a person. What one says oneself
does not call one, nor what somebody says whom one has blocked.
"""

from __future__ import annotations

from uuid import UUID

from django.db import connections, router

from hubbub.models import Block, Mention, Message
from hubbub.rows import as_stored, rows

_MENTION, _MESSAGE, _BLOCK = Mention._meta.db_table, Message._meta.db_table, Block._meta.db_table

KEPT = 100  # ordinals that are told of a room: the newest


def unread_column(person: str, room: str, read: str) -> str:
    """SQL for a column: the ordinals of the messages after the ordinal `read` that call `person` in `room`, with
    commas between; the three are expressions of the query around it. None where nothing does."""
    joined = (
        "STRING_AGG(x.ordinal::text, ',')"
        if connections[router.db_for_read(Message)].vendor == "postgresql"
        else "GROUP_CONCAT(x.ordinal)"
    )
    return (
        f"(SELECT {joined} FROM {_MENTION} x JOIN {_MESSAGE} said ON said.id = x.message_id WHERE x.room_id = {room}"
        f" AND (x.person_id = {person} OR x.person_id IS NULL) AND x.ordinal > {read} AND said.author_id <> {person}"
        f" AND NOT EXISTS (SELECT 1 FROM {_BLOCK} b WHERE b.person_id = {person} AND b.blocked_id = said.author_id))"
    )


def ordinals(joined: str | None) -> list[int]:
    """Such a column's ordinals: the newest 100, in order."""
    return sorted(map(int, joined.split(",")))[-KEPT:] if joined else []


def unread(person: UUID, room: int, read: int) -> list[int]:
    """The ordinals of the messages after the ordinal `read` that call a person in the room with this id."""
    who = as_stored(person)
    column = unread_column("who.id", "who.room", "who.read")
    typed = "CAST(%s AS uuid)" if isinstance(who, UUID) else "%s"
    found = rows(f"SELECT {column} FROM (SELECT {typed} AS id, %s AS room, %s AS read) who", who, room, read)
    return ordinals(found[0][0])
