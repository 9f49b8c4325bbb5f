"""New names, and what people say of themselves."""

from __future__ import annotations

from hubbub.errors import signed_out
from hubbub.journal.changes import Outcome, Profile, Rename, Stored
from hubbub.journal.ledger import Ledger
from hubbub.journal.people import told_of
from hubbub.journal.statements import PERSON


def rename(ledger: Ledger, change: Rename) -> Outcome:
    """Store the name and number the change in each of the person's rooms."""
    people, rooms = ledger.people, ledger.rooms
    if (view := people.rename(change.person, change.name)) is None:
        return Stored()
    theirs = people.rooms_of(view)
    rooms.lock_more(theirs.keys() - {room.id for room in rooms.locked.values()})
    told = [room for room in rooms.locked.values() if room.id in theirs]
    people.number(view, [(room.id, room.next()) for room in told])
    return Stored(announcements=[told_of(room.key, room.seq, view, *theirs[room.id]) for room in told])


def describe(ledger: Ledger, change: Profile) -> Outcome:
    """Store what a person says of themselves, and number the change in each of their rooms."""
    people = ledger.people
    people.meet([change.person], change=True)
    if (view := people.get(change.person)) is None:
        return signed_out()
    update = f"UPDATE {PERSON} SET about = %s, time_zone = %s WHERE id = %s"
    ledger.statements.run(update, [change.about, change.time_zone, ledger.statements.uuid(view.id)])
    return rename(ledger, Rename(change.person, change.name))
