"""An act in the making: the room, who acts, on whom, what parts they have in it, and what is to be stored and told."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from hubbub import access, errors, history
from hubbub.errors import Refusal
from hubbub.history import Head
from hubbub.journal.changes import RoomAct
from hubbub.journal.gate import Part
from hubbub.journal.ledger import Ledger
from hubbub.journal.people import told_of
from hubbub.journal.rooms import LockedRoom
from hubbub.journal.statements import MEMBERSHIP, PERSON, ROOM
from hubbub.protocol import Frame, PersonView, encode, person_view

_RANKS = {"": 0, "member": 1, "moderator": 2, "owner": 3}
_SITE = 4  # who moderates the whole site stands over the owner


class Scene:
    """Lives for one act. The room is locked; the people's parts were read under the lock."""

    def __init__(self, ledger: Ledger, change: RoomAct, room: LockedRoom, head: Head, by: PersonView) -> None:
        self.ledger, self.change, self.room, self.head, self.by = ledger, change, room, head, by
        self.whom: PersonView | None = None
        self.concerns: str | None = None  # whom the log of acts names: to whom it is done, or whose link it was
        self.detail = ""
        self.idle = False  # nothing has to be changed
        self.announcements: list[tuple[str, Frame]] = []
        self.entered: list[str] = []
        self.heirs: list[str] = []  # who own the room from now on since its last owner is none any more
        self.former_owner: PersonView | None = None
        self._site: bool | None = None

    @classmethod
    def of(cls, ledger: Ledger, change: RoomAct) -> Scene | Refusal:
        """The scene of this act. Refuses `no_such_room`."""
        if (room := ledger.rooms.get(change.key)) is None:
            return errors.no_such_room()
        ledger.people.find([change.by])
        by = ledger.people.get(change.by) or change.by.view
        ledger.gate.look_up([(room, by)], always=True)
        # The numbers may have moved on within the batch.
        return cls(ledger, change, room, replace(history.head(room.key), seq=room.seq, ordinal=room.ordinal), by)

    def find_whom(self) -> Refusal | None:
        """Find whom it is done to, if it is done to somebody. Refuses `no_such_person`."""
        if self.change.whom is not None:
            self.whom = find_person(self.ledger, self.change.whom)
            if self.whom is None:
                return errors.no_such_person()
            self.concerns = self.whom.id
            self.ledger.gate.look_up([(self.room, self.whom)], always=True)
        return None

    def meet(self) -> Refusal | None:
        """Make a stored person of who acts. Refuses `signed_out`."""
        self.ledger.people.meet([self.change.by])
        known = self.ledger.people.get(self.change.by)
        self.by = known or self.by
        return None if known else errors.signed_out()

    # ── who they are here ──

    def part(self, person: PersonView) -> Part:
        """A person's part in the room."""
        return self.ledger.gate.part(self.room, person)

    @property
    def may_enter(self) -> bool:
        """Whether the room is there for who acts."""
        return not self.ledger.gate.shut(self.room, self.by)

    def ranks(self, role: str) -> bool:
        """Whether who acts may do what this role may."""
        return self.rank(self.by) >= _RANKS[role] or self.site

    @property
    def site(self) -> bool:
        """Whether who acts moderates the whole site."""
        if self._site is None:
            self._site = access.moderates_all(self.change.by)
        return self._site

    def rank(self, person: PersonView) -> int:
        """How high somebody stands in the room: 0 for who has no part in it, 3 for an owner."""
        part = self.part(person)
        return _RANKS[part.role] if part.standing == "in" else 0

    def over(self, person: PersonView) -> bool:
        """Whether who acts stands over this person, who is somebody else."""
        mine = _SITE if self.site else self.rank(self.by)
        return person.id != self.by.id and mine > self.rank(person)

    def others_in(self) -> int:
        """How many people besides who acts are in the room."""
        select = f"SELECT COUNT(*) FROM {MEMBERSHIP} WHERE room_id = %s AND standing = 'in' AND person_id <> %s"
        parameters = [self.room.id, self.ledger.statements.uuid(self.by.id)]
        return int(self.ledger.statements.rows(select, parameters)[0][0])

    # ── what becomes of it ──

    def tell_room(self, **state: Any) -> None:
        """The room's own state is another from now on: stored, numbered and announced."""
        self.head = replace(self.head, **state, changed=(number := self.room.next()), seq=number)
        self.announcements.append((self.room.key, encode(history.room_change(self.head))))

    def tell_member(self, person: PersonView, *, role: str, standing: str) -> None:
        """A person has another part in the room from now on: stored, numbered, announced. Who enters has read all."""
        number = self.room.next()
        if self.rank(person) == _RANKS["owner"] and (role, standing) != ("owner", "in"):
            self.former_owner = person
        entering = standing == "in" and self.part(person).standing != "in"
        seq, ordinal = (number, self.room.ordinal) if entering else (0, 0)
        statements = self.ledger.statements
        read = ", read_seq = excluded.read_seq, read_ordinal = excluded.read_ordinal" if entering else ""
        statements.run(
            f"INSERT INTO {MEMBERSHIP} (person_id, room_id, role, standing, changed, read_seq, read_ordinal)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (person_id, room_id) DO UPDATE SET"
            f" role = excluded.role, standing = excluded.standing, changed = excluded.changed{read}",
            [statements.uuid(person.id), self.room.id, role, standing, number, seq, ordinal],
        )
        silenced = self.part(person).silenced_until
        self.announcements.append(told_of(self.room.key, number, person, role, standing, silenced))
        if entering:
            self.entered.append(person.id)

    def store(self) -> None:
        """Store the room's own state, and whether it has to be guarded now."""
        self.room.guarded = guarded = self._must_be_guarded()
        statements, head = self.ledger.statements, self.head
        statements.run(
            f"UPDATE {ROOM} SET name = %s, topic = %s, slow_seconds = %s, changed = %s, guarded = %s,"
            " archived_at = CASE WHEN %s THEN COALESCE(archived_at, %s) ELSE NULL END WHERE id = %s",
            [
                head.name, head.topic, head.slow, head.changed, guarded, head.archived,
                statements.time(self.ledger.now), self.room.id,
            ],
        )  # fmt: skip
        self.room.archived, self.room.slow = head.archived, head.slow

    def _must_be_guarded(self) -> bool:
        if self.head.kind != "public" or self.head.archived or self.head.slow:
            return True
        statements = self.ledger.statements
        shut = f"SELECT 1 FROM {MEMBERSHIP} WHERE room_id = %s AND (standing = 'banned' OR silenced_until > %s) LIMIT 1"
        return bool(statements.rows(shut, [self.room.id, statements.time(self.ledger.now)]))

    def silence(self, person: PersonView, until: datetime | None) -> None:
        """Take the word from a person until then; None gives it back: stored, numbered, announced."""
        part, number, statements = self.part(person), self.room.next(), self.ledger.statements
        update = f"UPDATE {MEMBERSHIP} SET silenced_until = %s, changed = %s WHERE room_id = %s AND person_id = %s"
        at = until and statements.time(until)
        statements.run(update, [at, number, self.room.id, statements.uuid(person.id)])
        self.announcements.append(told_of(self.room.key, number, person, part.role, part.standing, until))


def find_person(ledger: Ledger, id: UUID) -> PersonView | None:
    """The stored person with this id."""
    select = f"SELECT name, user_id FROM {PERSON} WHERE id = %s"
    found = ledger.statements.rows(select, [ledger.statements.uuid(id)])
    return person_view(id, found[0][0], found[0][1] is None) if found else None
