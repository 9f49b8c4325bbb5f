"""How far people have read."""

from __future__ import annotations

from hubbub import history
from hubbub.access import may_enter
from hubbub.errors import no_such_room
from hubbub.history import Head
from hubbub.identity import Identity
from hubbub.journal.changes import Outcome, ReadAll, ReadMark, Stored, UnreadMark
from hubbub.journal.ledger import Ledger
from hubbub.models.room_name import PRIVATE
from hubbub.protocol import PersonView, ReadUpTo


def mark_read(ledger: Ledger, change: ReadMark) -> Outcome:
    """Move the read position forward, never back, and never past the room's last number."""
    head = history.head(change.key)
    ledger.people.find([change.person])
    if not _may_enter(ledger, change.person, head):
        return no_such_room()
    if head.id is None:
        return Stored()
    seq = min(change.seq, head.seq)
    ordinal = ledger.messages.ordinal_at(head.id, seq)
    if (reader := _reader(ledger, change.person)) is not None:
        ledger.people.read({(reader.id, head.id): (seq, ordinal)})
        seq, ordinal = ledger.people.position(reader, head.id)
    return Stored(reads=[_told(head, seq, ordinal)])


def mark_unread(ledger: Ledger, change: UnreadMark) -> Outcome:
    """Move the read position to right before a number, forward or back."""
    head = history.head(change.key)
    ledger.people.find([change.person])
    if not _may_enter(ledger, change.person, head):
        return no_such_room()
    if head.id is None:
        return Stored()
    seq = min(max(0, change.seq - 1), head.seq)
    ordinal = ledger.messages.ordinal_at(head.id, seq)
    if (reader := _reader(ledger, change.person)) is not None:
        ledger.people.place(reader, head.id, seq, ordinal)
    return Stored(reads=[_told(head, seq, ordinal, back=True)])


def read_all(ledger: Ledger, change: ReadAll) -> Outcome:
    """Move every read position of a person to where its room stands."""
    ledger.people.find([change.person])
    if (reader := _reader(ledger, change.person)) is None:
        return Stored()
    heads = ledger.people.unread(reader)
    ledger.people.read({(reader.id, head.id): (head.seq, head.ordinal) for head in heads if head.id is not None})
    return Stored(reads=[_told(head, head.seq, head.ordinal) for head in heads])


def _reader(ledger: Ledger, person: Identity) -> PersonView | None:
    """Whose position is stored, looked for before; None for a guest who has not said anything."""
    if ledger.people.get(person) is None and not person.guest:
        ledger.people.meet([person])
    return ledger.people.get(person)


def _may_enter(ledger: Ledger, person: Identity, head: Head) -> bool:
    if not head.guarded and not head.key.startswith(PRIVATE):
        return True
    reader = ledger.people.get(person)
    standing = ledger.people.rooms_of(reader).get(head.id or 0, ("", ""))[1] if reader else ""
    return head.id is not None and may_enter(head.kind, head.guarded, standing)


def _told(head: Head, seq: int, ordinal: int, *, back: bool = False) -> ReadUpTo:
    return ReadUpTo(room=head.key, seq=seq, ordinal=ordinal, unread=max(0, head.ordinal - ordinal), back=back)
