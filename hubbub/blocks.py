"""Whom somebody does not want to read. What they say is kept from that reader's eyes, not from their socket: the reader
may look behind, counts stay what they are, and nobody else can tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from hubbub.models import Block
from hubbub.rows import as_stored, rows

BLOCK = Block._meta.db_table


def of(person: UUID) -> frozenset[str]:
    """Whom this person blocks: ids of people as 32 hex digits."""
    return frozenset(of_many([person])[person])


def of_many(people: Iterable[UUID]) -> dict[UUID, list[str]]:
    """The same for several, in one query."""
    wanted = {as_stored(id): id for id in people}
    blocked: dict[UUID, list[str]] = {id: [] for id in wanted.values()}
    marks = ", ".join(["%s"] * len(wanted))
    for person, whom in rows(f"SELECT person_id, blocked_id FROM {BLOCK} WHERE person_id IN ({marks})", *wanted):
        blocked[wanted[person]].append(whom.hex if isinstance(whom, UUID) else whom)
    return blocked
