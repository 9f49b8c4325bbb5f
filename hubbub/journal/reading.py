"""How far people have read."""

from __future__ import annotations

from hubbub import history
from hubbub.journal.changes import Outcome, ReadMark, Stored
from hubbub.journal.ledger import Ledger


def mark_read(ledger: Ledger, change: ReadMark) -> Outcome:
    """Move the read position forward, never back, and never past the room's last number."""
    people = ledger.people
    head = history.head(change.key)
    if head.id is None:
        return Stored()
    seq = min(change.seq, head.seq)
    ordinal = ledger.messages.ordinal_at(head.id, seq)
    people.find([change.person])
    if people.get(change.person) is None and not change.person.guest:
        people.meet([change.person])
    if (view := people.get(change.person)) is not None:
        people.read({(view.id, head.id): (seq, ordinal)})
        seq, ordinal = people.position(view, head.id)
    return Stored(read_seq=seq, unread=max(0, head.ordinal - ordinal))
