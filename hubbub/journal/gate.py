"""Who may speak in the guarded rooms of a batch. Rooms open to all never come here.

In the direct room of two, neither speaks while one of them blocks the other; among more it goes on, covered.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from hubbub import access, errors, history
from hubbub.errors import Refusal
from hubbub.journal.between import between_two
from hubbub.journal.rooms import LockedRoom
from hubbub.journal.statements import MEMBERSHIP, Statements, marks
from hubbub.protocol import PersonView

Place = tuple[int, str]  # a room's id and a person's


class Part:
    """A person's membership in a locked room, as far as speaking there goes. `is_blocked` and `blocks` say how it is
    between the two of a direct room."""

    __slots__ = ("blocks", "is_blocked", "role", "said_at", "silenced_until", "standing")

    def __init__(
        self,
        role: str = "",
        standing: str = "",
        silenced_until: Any = None,
        said_at: Any = None,
        is_blocked: Any = False,
        blocks: Any = False,
    ) -> None:
        self.role, self.standing = role, standing
        self.is_blocked, self.blocks = bool(is_blocked), bool(blocks)
        self.silenced_until: datetime | None = silenced_until and history.utc(silenced_until)
        self.said_at: datetime | None = said_at and history.utc(said_at)


class Gate:
    """Lives as long as the batch's transaction."""

    def __init__(self, statements: Statements, now: datetime) -> None:
        self.statements, self.now = statements, now
        self._parts: dict[Place, Part] = {}
        self._said: set[Place] = set()

    def look_up(self, wanted: Iterable[tuple[LockedRoom, PersonView]], *, always: bool = False) -> None:
        """Read the parts of these people in these rooms, if they are guarded or `always`: one query for all, none for
        none."""
        asked = [(room, person) for room, person in wanted if room.guarded or always]
        if not asked:
            return
        pairs = {(room.id, person.id) for room, person in asked}
        direct = between_two("m") if any(room.kind == "direct" for room, _ in asked) else ""
        rooms, people = sorted({room for room, _ in pairs}), sorted({person for _, person in pairs})
        found = self.statements.rows(
            f"SELECT m.room_id, m.person_id, m.role, m.standing, m.silenced_until, m.said_at{direct}"
            f" FROM {MEMBERSHIP} m WHERE m.room_id IN ({marks(rooms)}) AND m.person_id IN ({marks(people)})",
            [*rooms, *map(self.statements.uuid, people)],
        )
        for room, person, *part in found:
            self._parts[room, getattr(person, "hex", person)] = Part(*part)

    def part(self, room: LockedRoom, person: PersonView) -> Part:
        """Their part in a room that was looked up."""
        return self._parts.get((room.id, person.id)) or Part()

    def shut(self, room: LockedRoom, person: PersonView) -> bool:
        """Whether the room is not there for this person."""
        return not access.may_enter(room.kind, room.guarded, self.part(room, person).standing)

    def closed(self, room: LockedRoom, person: PersonView) -> Refusal | None:
        """Why this person, who may read the room, may do nothing in it now; None if they may."""
        part = self.part(room, person)
        if room.archived:
            return errors.archived()
        if part.silenced_until and part.silenced_until > self.now:
            return errors.silenced(part.silenced_until)
        if part.blocks:
            return errors.blocked_by_you()
        return errors.undeliverable() if part.is_blocked else None

    def refusal(self, room: LockedRoom, person: PersonView) -> Refusal | None:
        """Why this person, who may read the room, may not speak in it now; None if they may. Whoever may has spoken."""
        if refusal := self.closed(room, person):
            return refusal
        part = self.part(room, person)
        if room.slow and part.role not in (access.MODERATOR, access.OWNER):
            if wait := self._wait(room, part):
                return errors.slowed_down(room.slow, wait)
            part.said_at = self.now
            self._parts[room.id, person.id] = part
            self._said.add((room.id, person.id))
        return None

    def store(self) -> None:
        """Store when those spoke who must wait before they speak again."""
        update = f"UPDATE {MEMBERSHIP} SET said_at = %s WHERE room_id = %s AND person_id = %s"
        for room, person in self._said:
            self.statements.run(update, [self.statements.time(self.now), room, self.statements.uuid(person)])
        self._said.clear()

    def _wait(self, room: LockedRoom, part: Part) -> int:
        """Seconds until this person may speak again; 0 for none."""
        if part.said_at is None:
            return 0
        wait = ceil((part.said_at + timedelta(seconds=room.slow) - self.now).total_seconds())
        # Who spoke further ahead than that spoke before a clock was set back: nobody waits until it is there again.
        return wait if 0 < wait <= 2 * room.slow else 0
