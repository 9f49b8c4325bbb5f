"""How people follow rooms: starred, muted, told of what. Their own, so it takes no number."""

from __future__ import annotations

from sys import intern

from hubbub import errors, history
from hubbub.history import Head
from hubbub.journal.changes import Attend, Outcome, Stored
from hubbub.journal.ledger import Ledger
from hubbub.journal.reading import may_read
from hubbub.journal.statements import MEMBERSHIP
from hubbub.protocol import Attention, PersonView, ReadUpTo


def attend(ledger: Ledger, change: Attend) -> Outcome:
    """Store how a person follows a room. Who has never been there is in it from now on, and has read what there is."""
    head = history.head(change.key)
    ledger.people.find([change.person])
    if head.id is None or not may_read(ledger, change.person, head):
        return errors.no_such_room()
    ledger.people.meet([change.person])
    if (person := ledger.people.get(change.person)) is None:
        return errors.signed_out()
    reads, entered = [], []
    if head.id not in ledger.people.rooms_of(person):
        ledger.people.read({(person.id, head.id): (head.seq, head.ordinal)})
        entered = [person.id]
        reads = [ReadUpTo(room=head.key, seq=head.seq, ordinal=head.ordinal, unread=0, head=head.seq)]
    starred, muted, level = _stored(ledger, person, head)
    attention = Attention(
        room=head.key,
        starred=starred if change.starred is None else change.starred,
        muted=muted if change.muted is None else change.muted,
        level=intern(change.level or level),  # so that the default is left out of the frame
    )
    ledger.statements.run(
        f"UPDATE {MEMBERSHIP} SET starred = %s, muted = %s, level = %s WHERE person_id = %s AND room_id = %s",
        [attention.starred, attention.muted, attention.level, ledger.statements.uuid(person.id), head.id],
    )
    return Stored(attention=attention, reads=reads, room=head.key, entered=entered)


def _stored(ledger: Ledger, person: PersonView, head: Head) -> tuple[bool, bool, str]:
    select = f"SELECT starred, muted, level FROM {MEMBERSHIP} WHERE person_id = %s AND room_id = %s"
    ((starred, muted, level),) = ledger.statements.rows(select, [ledger.statements.uuid(person.id), head.id])
    return bool(starred), bool(muted), level
