"""How far people have read."""

from __future__ import annotations

from hubbub import history
from hubbub.access import may_enter
from hubbub.errors import no_such_room
from hubbub.journal.changes import Outcome, ReadMark, Stored
from hubbub.journal.ledger import Ledger
from hubbub.models.room_name import PRIVATE


def mark_read(ledger: Ledger, change: ReadMark) -> Outcome:
    """Move the read position forward, never back, and never past the room's last number."""
    people = ledger.people
    head = history.head(change.key)
    people.find([change.person])
    if head.guarded or head.key.startswith(PRIVATE):
        view = people.get(change.person)
        standing = people.rooms_of(view).get(head.id or 0, ("", ""))[1] if view else ""
        if head.id is None or not may_enter(head.kind, head.guarded, standing):
            return no_such_room()
    if head.id is None:
        return Stored()
    seq = min(change.seq, head.seq)
    ordinal = ledger.messages.ordinal_at(head.id, seq)
    if people.get(change.person) is None and not change.person.guest:
        people.meet([change.person])
    if (view := people.get(change.person)) is not None:
        people.read({(view.id, head.id): (seq, ordinal)})
        seq, ordinal = people.position(view, head.id)
    return Stored(read_seq=seq, unread=max(0, head.ordinal - ordinal))
