"""How far people have read."""

from __future__ import annotations

from uuid import UUID

from hubbub import history
from hubbub.access import may_enter
from hubbub.errors import no_such_room
from hubbub.history import Head
from hubbub.identity import Identity
from hubbub.journal.changes import Outcome, ReadAll, ReadMark, Stored, UnreadMark
from hubbub.journal.ledger import Ledger
from hubbub.mentions.unread import unread as unread_calls
from hubbub.models.room_name import PRIVATE
from hubbub.protocol import PersonView, ReadUpTo


def mark_read(ledger: Ledger, change: ReadMark) -> Outcome:
    """Move the read position forward, never back, and never past the room's last number."""
    return _mark(ledger, change, change.seq, back=False)


def mark_unread(ledger: Ledger, change: UnreadMark) -> Outcome:
    """Move the read position to right before a number, forward or back."""
    return _mark(ledger, change, max(0, change.seq - 1), back=True)


def _mark(ledger: Ledger, change: ReadMark | UnreadMark, seq: int, *, back: bool) -> Outcome:
    head = history.head(change.key)
    ledger.people.find([change.person])
    if not may_read(ledger, change.person, head):
        return no_such_room()
    if head.id is None:  # nothing has been said there: who asks is told that much
        return Stored(reads=[_told(head, None, 0, 0, back=back)])
    seq = min(seq, head.seq)
    ordinal = ledger.messages.ordinal_at(head.id, seq)
    entered: set[tuple[str, int]] = set()
    if (reader := _reader(ledger, change.person)) is not None:
        entered = ledger.people.read({(reader.id, head.id): (seq, ordinal)})
        if back:
            ledger.people.place(reader, head.id, seq, ordinal)
        seq, ordinal = ledger.people.position(reader, head.id)
    came = [reader.id] if reader and entered else []
    return Stored(reads=[_told(head, reader, seq, ordinal, back=back)], room=head.key, entered=came)


def read_all(ledger: Ledger, change: ReadAll) -> Outcome:
    """Move every read position of a person to where its room stands."""
    ledger.people.find([change.person])
    if (reader := _reader(ledger, change.person)) is None:
        return Stored()
    heads = ledger.people.unread(reader)
    ledger.people.read({(reader.id, head.id): (head.seq, head.ordinal) for head in heads if head.id is not None})
    return Stored(reads=[_told(head, reader, head.seq, head.ordinal) for head in heads])


def _reader(ledger: Ledger, person: Identity) -> PersonView | None:
    """Whose position is stored, looked for before; None for a guest who has not said anything."""
    if ledger.people.get(person) is None and not person.guest:
        ledger.people.meet([person])
    return ledger.people.get(person)


def may_read(ledger: Ledger, person: Identity, head: Head) -> bool:
    """Whether this person, looked for before, may know of the room."""
    if not head.guarded and not head.key.startswith(PRIVATE):
        return True
    reader = ledger.people.get(person)
    standing = ledger.people.rooms_of(reader).get(head.id or 0, ("", "", None))[1] if reader else ""
    return head.id is not None and may_enter(head.kind, head.guarded, standing)


def _told(head: Head, reader: PersonView | None, seq: int, ordinal: int, *, back: bool = False) -> ReadUpTo:
    unread = max(0, head.ordinal - ordinal)
    calls = unread_calls(UUID(reader.id), head.id, ordinal) if reader and unread and head.id is not None else []
    return ReadUpTo(room=head.key, seq=seq, ordinal=ordinal, unread=unread, back=back, head=head.seq, mentions=calls)
