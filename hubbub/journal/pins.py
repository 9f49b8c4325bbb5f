"""Messages that a room keeps at hand."""

from __future__ import annotations

from hubbub import errors
from hubbub.conf import settings
from hubbub.journal.asked import Asked, alive
from hubbub.journal.changes import Outcome, Pinning, Stored
from hubbub.journal.ledger import Ledger
from hubbub.journal.statements import MESSAGE


def pin(ledger: Ledger, change: Pinning) -> Outcome:
    """Pin the message or unpin it. What is so already takes no number."""
    found = alive(ledger, change.person, change.id)
    if found.event.pinned == change.on:
        return Stored(message=found.event)
    if change.on:
        _check_room_left(found)
        found.join()
    found.event.pinned = change.on
    return found.store(pinned_at=ledger.statements.time(ledger.now) if change.on else None)


def _check_room_left(found: Asked) -> None:
    select = f"SELECT COUNT(*) FROM {MESSAGE} WHERE room_id = %s AND pinned_at IS NOT NULL"
    ((count,),) = found.ledger.statements.rows(select, [found.room.id])
    if count >= settings().pins:
        raise errors.too_many_pins(settings().pins)
