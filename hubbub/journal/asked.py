"""A stored message that somebody asks to change: found under its room's lock, for whoever may know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from msgspec.structs import asdict

from hubbub import access, errors, history
from hubbub.identity import Identity
from hubbub.journal.changes import Stored
from hubbub.journal.ledger import Ledger
from hubbub.journal.people import told_of
from hubbub.journal.rooms import LockedRoom
from hubbub.journal.statements import MEMBERSHIP, MESSAGE
from hubbub.protocol import Change, Frame, Message, PersonView, ReadUpTo, encode
from hubbub.search import index


@dataclass(slots=True)
class Asked:
    """The message as it stands, its room, and the stored person who asks."""

    ledger: Ledger
    event: Message
    room: LockedRoom
    who: Identity
    by: PersonView
    reads: Sequence[ReadUpTo] = ()  # where they stand in the room from now on, if they came into it
    back: Sequence[tuple[str, Frame]] = ()  # that they are in it again, if they had left
    entered: Sequence[str] = ()  # who asks, if they came into the room by it

    @property
    def own(self) -> bool:
        """Whether who asks said it."""
        return self.event.author.id == self.by.id

    @property
    def moderated(self) -> bool:
        """Whether who asks moderates the room, or every room."""
        select = f"SELECT role FROM {MEMBERSHIP} WHERE person_id = %s AND room_id = %s AND standing = 'in'"
        found = self.ledger.statements.rows(select, [self.ledger.statements.uuid(self.by.id), self.room.id])
        return found in ([(access.OWNER,)], [(access.MODERATOR,)]) or access.moderates_all(self.who)

    def check_open(self) -> None:
        """Refuses whoever may do nothing in the room now."""
        if self.room.guarded and (refusal := self.ledger.messages.gate.closed(self.room, self.by)):
            raise refusal

    def join(self) -> None:
        """Who does something here is in the room; if they were not, they have read as far as it goes, and hear so. That
        somebody who had left is back takes a number of its own, before what they do: a message would say it, this does
        not."""
        people, room = self.ledger.people, self.room
        part = people.rooms_of(self.by).get(room.id)
        if part is None:
            self.reads = (ReadUpTo(room=room.key, seq=room.seq, ordinal=room.ordinal, unread=0, head=room.seq),)
        people.join(self.by, room.id, room.seq, room.ordinal)
        if part is None or part[1] == "left":
            self.entered = (self.by.id,)
        if part is not None and part[1] == "left":
            role, _, silenced = part
            people.number(self.by, [(room.id, number := room.next())])
            self.back = (told_of(room.key, number, self.by, role, "in", silenced),)

    def store(self, **columns: Any) -> Stored:
        """Give the change its number, store it with these columns, and announce the message as it stands now."""
        self.event.changed = self.room.next()
        columns["changed"] = self.event.changed
        statements, ids = self.ledger.statements, [self.event.id]
        before = index.stored(statements, ids) if "text" in columns else []
        names = ", ".join(f"{name} = %s" for name in columns)
        statements.run(f"UPDATE {MESSAGE} SET {names} WHERE id = %s", [*columns.values(), *ids])
        if "text" in columns:
            index.replace(statements, before, index.stored(statements, ids))
        change = Change(**asdict(self.event))
        frames = (*self.back, (self.room.key, encode(change)))
        return Stored(frames, change, self.reads, room=self.room.key, entered=self.entered)


def asked(ledger: Ledger, who: Identity, id: int) -> Asked:
    """The message with this id, for somebody who may have said it. Refuses `no_such_message`, `not_yours`."""
    event, room = _found(ledger, id)
    ledger.people.find([who])
    if (by := ledger.people.get(who)) is None:
        raise errors.not_yours() if access.may_enter(room.kind, room.guarded, "") else errors.no_such_message()
    _check_may_enter(ledger, room, by)
    return Asked(ledger, event, room, who, by)


def alive(ledger: Ledger, who: Identity, id: int) -> Asked:
    """The message with this id, for anybody who does something with it, perhaps the first thing they do. Refuses
    `no_such_message`, also when it was deleted, who may do nothing in its room, and `signed_out`."""
    event, room = _found(ledger, id)
    if event.deleted and not room.guarded:
        raise errors.message_deleted()
    ledger.people.meet([who])
    if (by := ledger.people.get(who)) is None:
        raise errors.signed_out()
    _check_may_enter(ledger, room, by)
    check_alive(event)
    found = Asked(ledger, event, room, who, by)
    found.check_open()
    return found


def check_alive(event: Message) -> None:
    """Refuses `no_such_message` when it was deleted."""
    if event.deleted:
        raise errors.message_deleted()


def _found(ledger: Ledger, id: int) -> tuple[Message, LockedRoom]:
    found = history.messages([id])
    if not found or found[0].room not in ledger.rooms.locked:
        raise errors.no_such_message()
    return found[0], ledger.rooms.locked[found[0].room]


def _check_may_enter(ledger: Ledger, room: LockedRoom, person: PersonView) -> None:
    if room.guarded:
        ledger.messages.gate.look_up([(room, person)])
        if ledger.messages.gate.shut(room, person):
            raise errors.no_such_message()
