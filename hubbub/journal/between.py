"""What blocking keeps from happening between people: writing to each other alone, and being brought into a room."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from hubbub.errors import Refusal, blocked_by_you, undeliverable
from hubbub.journal.statements import BLOCK, MEMBERSHIP, Statements
from hubbub.protocol import PersonView
from hubbub.rows import as_stored, rows


def in_the_way(statements: Statements, by: PersonView, people: Iterable[PersonView]) -> Refusal | None:
    """Why `by` can't bring these people into a room: one of them blocks `by`, or is blocked by them."""
    own = statements.uuid(by.id)
    select = (
        f"SELECT EXISTS (SELECT 1 FROM {BLOCK} WHERE person_id = %s AND blocked_id = %s),"
        f" EXISTS (SELECT 1 FROM {BLOCK} WHERE person_id = %s AND blocked_id = %s)"
    )
    for person in people:
        theirs = statements.uuid(person.id)
        ((blocks, is_blocked),) = statements.rows(select, [own, theirs, theirs, own])
        if blocks or is_blocked:
            return blocked_by_you() if blocks else undeliverable()
    return None


def between_two(member: str) -> str:
    """SQL for two more columns of the membership table's alias `member`: whether it stands in a room of two whose other
    one blocks this person, and whether this person blocks that other one."""
    other = f"SELECT 1 FROM {MEMBERSHIP} o JOIN {BLOCK} b ON"
    where = (
        f" WHERE o.room_id = {member}.room_id AND o.person_id <> {member}.person_id"
        f" AND (SELECT COUNT(*) FROM {MEMBERSHIP} c WHERE c.room_id = {member}.room_id) = 2)"
    )
    return (
        f", EXISTS ({other} b.person_id = o.person_id AND b.blocked_id = {member}.person_id{where}"
        f", EXISTS ({other} b.person_id = {member}.person_id AND b.blocked_id = o.person_id{where}"
    )


def between(person: UUID, room: int) -> Refusal | None:
    """Why this person can't write in the direct room with this id; None if they can. For who only looks."""
    select = f"SELECT 1{between_two('m')} FROM {MEMBERSHIP} m WHERE m.room_id = %s AND m.person_id = %s"
    for _, is_blocked, blocks in rows(select, room, as_stored(person)):
        if blocks or is_blocked:
            return blocked_by_you() if blocks else undeliverable()
    return None
