"""Where somebody was called, newest first. Which messages call whom, and which do not: see unread.py."""

from __future__ import annotations

from dataclasses import dataclass

from hubbub import access
from hubbub.identity import Identity
from hubbub.models import Block, Membership, Mention, Message, Room
from hubbub.rows import as_stored, rows

_MENTION, _MESSAGE, _BLOCK = Mention._meta.db_table, Message._meta.db_table, Block._meta.db_table
_MEMBERSHIP, _ROOM = Membership._meta.db_table, Room._meta.db_table
_THEIRS = f"SELECT 1 FROM {_MEMBERSHIP} m WHERE m.room_id = r.id AND m.person_id = %s AND m.standing = 'in'"


@dataclass(frozen=True, slots=True)
class Page:
    """Ids of messages that call somebody, newest first; `more` says whether there are older ones."""

    ids: list[int]
    more: bool


def page(who: Identity, limit: int, before: int | None = None) -> Page:
    """Where somebody was called, newest first, before the message with the id `before`; in rooms that they may read."""
    person = as_stored(who.id)
    readable, parameters = access.readable(who)
    found = rows(
        f"SELECT x.message_id FROM {_MENTION} x JOIN {_MESSAGE} said ON said.id = x.message_id"
        f" JOIN {_ROOM} r ON r.id = x.room_id WHERE said.author_id <> %s AND {readable}"
        f" AND (x.person_id = %s OR (x.person_id IS NULL AND EXISTS ({_THEIRS})))"
        f" AND NOT EXISTS (SELECT 1 FROM {_BLOCK} b WHERE b.person_id = %s AND b.blocked_id = said.author_id)"
        f" {'AND x.message_id < %s' if before is not None else ''} ORDER BY x.message_id DESC LIMIT %s",
        person,
        *parameters,
        *(person, person, person),
        *([before] if before is not None else []),
        limit + 1,
    )
    return Page([id for (id,) in found[:limit]], len(found) > limit)
