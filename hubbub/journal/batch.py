"""The one transaction that writes: locks the rooms in id order, numbers the changes, stores them.

Plain SQL through Django's connection: this is the hottest write of the product. Must run inside
`transaction.atomic()`; the caller commits, then announces.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connections, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from hubbub import history
from hubbub.journal.changes import Change, Draft, Outcome, ReadMark, Rename, Stored
from hubbub.journal.messages import Messages
from hubbub.journal.people import People
from hubbub.journal.rooms import Rooms
from hubbub.journal.statements import Statements
from hubbub.models import Message
from hubbub.protocol import Member, encode


def write(changes: Sequence[Change]) -> list[Outcome]:
    """Write `changes` in one transaction; an outcome for each, in the same order.

    Joins the caller's transaction if there is one. Raises what the database raises; then nothing was stored.
    """
    using = database()
    with transaction.atomic(using=using):
        return _Batch(connections[using]).write(changes)


def database() -> str:
    """The alias of the database that Hubbub writes to."""
    return router.db_for_write(Message)


class _Batch:
    """One run of `write`. Lives as long as its transaction."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        now, statements = timezone.now(), Statements(connection)
        self.rooms = Rooms(statements, now)
        self.people = People(statements, now)
        self.messages = Messages(statements, self.rooms, self.people, now)

    def write(self, changes: Sequence[Change]) -> list[Outcome]:
        self.rooms.lock(changes)
        outcomes: dict[int, Outcome] = {}
        drafts = [(place, change) for place, change in enumerate(changes) if isinstance(change, Draft)]
        if drafts:
            self.people.meet(draft.author for _, draft in drafts)
            outcomes.update(self.messages.say(drafts))
        for place, change in enumerate(changes):
            if isinstance(change, Rename):
                outcomes[place] = self._rename(change)
        self.rooms.store()
        for place, change in enumerate(changes):
            if isinstance(change, ReadMark):
                outcomes[place] = self._mark_read(change)
        return [outcomes[place] for place in range(len(changes))]

    def _rename(self, change: Rename) -> Outcome:
        """Store the name and number the change in each of the person's rooms."""
        if (view := self.people.rename(change.person, change.name)) is None:
            return Stored()
        theirs = self.people.rooms_of(view)
        self.rooms.lock_more(theirs - {room.id for room in self.rooms.locked.values()})
        rooms = [room for room in self.rooms.locked.values() if room.id in theirs]
        self.people.number(view, [(room.id, room.next()) for room in rooms])
        events = [Member(room=room.key, changed=room.seq, person=view) for room in rooms]
        return Stored(announcements=[(event.room, encode(event)) for event in events])

    def _mark_read(self, change: ReadMark) -> Outcome:
        """Move the read position forward, never back, and never past the room's last number."""
        head = history.head(change.key)
        if head.id is None:
            return Stored()
        seq = min(change.seq, head.seq)
        ordinal = self.messages.ordinal_at(head.id, seq)
        self.people.find([change.person])
        if self.people.get(change.person) is None and not change.person.guest:
            self.people.meet([change.person])
        if (view := self.people.get(change.person)) is not None:
            self.people.read({(view.id, head.id): (seq, ordinal)})
            seq, ordinal = self.people.position(view, head.id)
        return Stored(read_seq=seq, unread=max(0, head.ordinal - ordinal))
