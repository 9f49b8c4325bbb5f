"""The people of a batch: met, named, and members of the rooms that they speak in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from hubbub.history import Head, utc
from hubbub.identity import Identity
from hubbub.journal.statements import MEMBERSHIP, PERSON, ROOM, Statements, marks
from hubbub.protocol import Frame, Member, PersonView, encode, person_view, timestamp


class People:
    """The stored Person of each identity in the batch, as far as they were asked for."""

    def __init__(self, statements: Statements, now: datetime) -> None:
        self.statements, self.now = statements, now
        self._known: dict[Identity, PersonView] = {}

    def get(self, person: Identity) -> PersonView | None:
        """Who this is, if they were met or found."""
        return self._known.get(person)

    def meet(self, people: Iterable[Identity], *, change: bool = False) -> None:
        """Find the stored Person of each, made now if this is the first thing they do."""
        wanted = dict.fromkeys(people)
        self.find(wanted, change=change)
        strangers = [person for person in wanted if person not in self._known]
        if strangers:
            at = self.statements.time(self.now)
            rows = [(self.statements.uuid(p.id), self.statements.account(p.user), p.name, at) for p in strangers]
            types = ("uuid", self.statements.account_type(), "text", "timestamptz")
            self.statements.insert(f"{PERSON} (id, user_id, name, created_at)", types, rows, "ON CONFLICT DO NOTHING")
            self.find(strangers, change=change)

    def find(self, people: Iterable[Identity], *, change: bool = False) -> None:
        """Find those who are stored, perhaps to change them. An account is found by its account, a guest by its id, and
        only while no account has taken it over."""
        people = list(people)
        ids = [self.statements.uuid(person.id) for person in people if person.guest]
        users = [self.statements.account(person.user) for person in people if not person.guest]
        which = " OR ".join([f"id IN ({marks(ids)})"] * bool(ids) + [f"user_id IN ({marks(users)})"] * bool(users))
        # Shared: a new name waits for what is said under the old one, or the other way round. Of two new names at once
        # the second waits at once, or each would wait for the other.
        lock = (" FOR NO KEY UPDATE" if change else " FOR SHARE") if self.statements.locks else ""
        guests: dict[Any, PersonView] = {}
        members: dict[Any, PersonView] = {}
        select = f"SELECT id, name, user_id FROM {PERSON} WHERE {which}{lock}"
        for id, name, user in self.statements.rows(select, [*ids, *users]):
            known = person_view(id if isinstance(id, UUID) else UUID(id), name, user is None)
            (guests if user is None else members)[id if user is None else user] = known
        for person in people:
            key = self.statements.uuid(person.id) if person.guest else self.statements.account(person.user)
            if view := (guests if person.guest else members).get(key):
                self._known[person] = view

    def rename(self, person: Identity, name: str) -> PersonView | None:
        """Store a new name; None for a guest who has not said anything: that name lives in the browser's cookie."""
        self._known.pop(person, None)
        if person.guest:
            self.find([person], change=True)
        else:
            self.meet([person], change=True)
        if (known := self._known.get(person)) is None:
            return None
        self.statements.run(f"UPDATE {PERSON} SET name = %s WHERE id = %s", [name, self.statements.uuid(known.id)])
        view = self._known[person] = PersonView(known.id, name, known.guest)
        return view

    # ── memberships ──

    def rooms_of(self, person: PersonView) -> dict[int, tuple[str, str, datetime | None]]:
        """The ids of the rooms that they are or were in, with their role and standing, and until when they are
        silenced."""
        select = (
            f"SELECT room_id, role, standing, silenced_until FROM {MEMBERSHIP} WHERE person_id = %s ORDER BY room_id"
        )
        found = self.statements.rows(select, [self.statements.uuid(person.id)])
        return {room: (role, standing, silenced and utc(silenced)) for room, role, standing, silenced in found}

    def set_role(self, person: PersonView, room: int, role: str) -> None:
        """Give a member of the room a role there."""
        update = f"UPDATE {MEMBERSHIP} SET role = %s WHERE person_id = %s AND room_id = %s"
        self.statements.run(update, [role, self.statements.uuid(person.id), room])

    def number(self, person: PersonView, numbers: Sequence[tuple[int, int]]) -> None:
        """Their membership changed: the (room, number) of each."""
        id = self.statements.uuid(person.id)
        for room, changed in numbers:
            update = f"UPDATE {MEMBERSHIP} SET changed = %s WHERE person_id = %s AND room_id = %s"
            self.statements.run(update, [changed, id, room])

    def read(
        self, positions: dict[tuple[str, int], tuple[int, int]], *, speaking: bool = False
    ) -> set[tuple[str, int]]:
        """Make each (person, room) a member who has read to (seq, ordinal); a read position never moves back. Who had
        left is in it again by speaking. Returns those who came in by this."""
        rows = [
            (self.statements.uuid(person), room, 0, seq, ordinal)
            for (person, room), (seq, ordinal) in positions.items()
        ]
        if not rows or (self.statements.sqlite and self._moved_on(rows, speaking)):
            return set()
        before = self._standings(rows) if self.statements.sqlite else {}
        for person, room, standing, fresh in self._read_or_join(rows):
            before[person, room] = "" if fresh else standing
        came = [(person, room) for person, room, *_ in rows if _comes_in(before.get((person, room), ""), speaking)]
        self._let_in([pair for pair in came if before.get(pair)])
        return {(self.statements.hex(person), room) for person, room in came}

    def _moved_on(self, rows: Sequence[tuple[Any, int, int, int, int]], speaking: bool) -> bool:
        """Move the read positions of those who are members, or are in the room if they speak; whether all are. Nearly
        all who speak have done so before, and an update costs SQLite two thirds of an insert that turns into one."""
        self.statements.cursor.executemany(
            f"UPDATE {MEMBERSHIP} SET read_ordinal = CASE WHEN %s > read_seq THEN %s ELSE read_ordinal END,"
            f" read_seq = MAX(%s, read_seq) WHERE person_id = %s AND room_id = %s{' AND standing = %s' * speaking}",
            [(seq, ordinal, seq, person, room, *["in"] * speaking) for person, room, _, seq, ordinal in rows],
        )
        return bool(self.statements.cursor.rowcount == len(rows))

    def _standings(self, rows: Sequence[tuple[Any, int, int, int, int]]) -> dict[tuple[Any, int], str]:
        """How those of them stand who are or were members."""
        select = f"SELECT standing FROM {MEMBERSHIP} WHERE person_id = %s AND room_id = %s"
        found = {(person, room): self.statements.rows(select, [person, room]) for person, room, *_ in rows}
        return {pair: standings[0][0] for pair, standings in found.items() if standings}

    def _read_or_join(self, rows: Sequence[tuple[Any, int, int, int, int]]) -> list[tuple[Any, int, str, bool]]:
        """Move or make the read positions. On PostgreSQL the (person, room, standing, whether it is new) of each."""
        newer = f"excluded.read_seq > {MEMBERSHIP}.read_seq"
        return self.statements.insert(
            f"{MEMBERSHIP} (person_id, room_id, changed, read_seq, read_ordinal)",
            ("uuid", "bigint", "bigint", "bigint", "bigint"),
            rows,
            "ON CONFLICT (person_id, room_id) DO UPDATE SET"
            f" read_seq = CASE WHEN {newer} THEN excluded.read_seq ELSE {MEMBERSHIP}.read_seq END,"
            f" read_ordinal = CASE WHEN {newer} THEN excluded.read_ordinal ELSE {MEMBERSHIP}.read_ordinal END",
            "person_id, room_id, standing, xmax = 0",  # a row that was there is locked by this transaction
        )

    def _let_in(self, pairs: Sequence[tuple[Any, int]]) -> None:
        """Who had left is in the room again."""
        for person, room in pairs:
            update = f"UPDATE {MEMBERSHIP} SET standing = 'in' WHERE person_id = %s AND room_id = %s"
            self.statements.run(update, [person, room])

    def place(self, person: PersonView, room: int, seq: int, ordinal: int) -> None:
        """Make a person a member who has read to (seq, ordinal), wherever they stood."""
        self.statements.insert(
            f"{MEMBERSHIP} (person_id, room_id, changed, read_seq, read_ordinal)",
            ("uuid", "bigint", "bigint", "bigint", "bigint"),
            [(self.statements.uuid(person.id), room, 0, seq, ordinal)],
            "ON CONFLICT (person_id, room_id) DO UPDATE"
            " SET read_seq = excluded.read_seq, read_ordinal = excluded.read_ordinal",
        )

    def unread(self, person: PersonView) -> list[Head]:
        """Where those of their rooms stand that they have not read to the end, in id order."""
        select = (
            f"SELECT r.id, r.name, r.key, r.seq, r.ordinal FROM {MEMBERSHIP} m JOIN {ROOM} r ON r.id = m.room_id"
            " WHERE m.person_id = %s AND m.standing = 'in' AND m.read_ordinal < r.ordinal ORDER BY r.id"
        )
        return [Head(*row) for row in self.statements.rows(select, [self.statements.uuid(person.id)])]

    def join(self, person: PersonView, room: int, seq: int, ordinal: int) -> None:
        """Make them a member of the room who has read to (seq, ordinal), unless they are one. Who had left is back."""
        self.statements.insert(
            f"{MEMBERSHIP} (person_id, room_id, changed, read_seq, read_ordinal)",
            ("uuid", "bigint", "bigint", "bigint", "bigint"),
            [(self.statements.uuid(person.id), room, 0, seq, ordinal)],
            "ON CONFLICT (person_id, room_id) DO UPDATE SET standing = 'in'",
        )

    def position(self, person: PersonView, room: int) -> tuple[int, int]:
        """The (seq, ordinal) that a member has read to."""
        select = f"SELECT read_seq, read_ordinal FROM {MEMBERSHIP} WHERE person_id = %s AND room_id = %s"
        ((seq, ordinal),) = self.statements.rows(select, [self.statements.uuid(person.id), room])
        return seq, ordinal


def _comes_in(standing: str, speaking: bool) -> bool:
    """Whether somebody who stood so before is in a room by reading or speaking there, and was not."""
    return not standing or (speaking and standing != "in")


def told_of(
    room: str, number: int, person: PersonView, role: str, standing: str, silenced: datetime | None
) -> tuple[str, Frame]:
    """What is announced of a member of the room with this key, as they stand from this number of it on."""
    until = timestamp(silenced) if silenced else None
    event = Member(room=room, changed=number, person=person, role=role, standing=standing, silenced_until=until)
    return room, encode(event)
