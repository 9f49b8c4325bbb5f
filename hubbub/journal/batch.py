"""The one transaction that writes: locks the rooms in id order, numbers the changes, stores them.

Plain SQL through Django's connection: this is the hottest write of the product. Must run inside
`transaction.atomic()`; the caller commits, then announces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import connections, router, transaction

from hubbub.errors import Refusal
from hubbub.journal.acts import act
from hubbub.journal.attention import attend
from hubbub.journal.blocks import block
from hubbub.journal.changes import (
    Attend,
    Block,
    Change,
    Deletion,
    Departure,
    Draft,
    Edit,
    Erasure,
    MakeRoom,
    Outcome,
    Pinning,
    Profile,
    Reacting,
    ReadAll,
    ReadMark,
    Rename,
    RoomAct,
    UnreadMark,
)
from hubbub.journal.edits import delete, edit
from hubbub.journal.erasing import erase_said
from hubbub.journal.ledger import Ledger
from hubbub.journal.making import make
from hubbub.journal.names import describe, rename
from hubbub.journal.pins import pin
from hubbub.journal.reactions import react
from hubbub.journal.reading import mark_read, mark_unread, read_all
from hubbub.journal.succession import depart
from hubbub.models import Message

Kinds = Mapping[type[Change], Callable[[Ledger, Any], Outcome]]

# What writes each kind of change, besides drafts, which are stored all at once. It answers, or raises Refusal before it
# has written anything or taken a number.
NUMBERED: Kinds = {
    Edit: edit, Deletion: delete, Reacting: react, Pinning: pin, Rename: rename, Profile: describe, MakeRoom: make,
    RoomAct: act, Erasure: erase_said, Departure: depart,
}  # fmt: skip
# After the rooms' new numbers are stored.
UNNUMBERED: Kinds = {Block: block, ReadMark: mark_read, UnreadMark: mark_unread, ReadAll: read_all, Attend: attend}


def write(changes: Sequence[Change]) -> list[Outcome]:
    """Write `changes` in one transaction; an outcome for each, in the same order.

    Joins the caller's transaction if there is one. Raises what the database raises; then nothing was stored.
    """
    using = database()
    with transaction.atomic(using=using):
        return _write(Ledger(connections[using]), changes)


def database() -> str:
    """The alias of the database that Hubbub writes to."""
    return router.db_for_write(Message)


def _write(ledger: Ledger, changes: Sequence[Change]) -> list[Outcome]:
    ledger.rooms.lock(changes)
    outcomes: dict[int, Outcome] = {}
    drafts = [(place, change) for place, change in enumerate(changes) if isinstance(change, Draft)]
    if drafts:
        ledger.people.meet(one for _, draft in drafts for one in (draft.author, *draft.strangers))
        outcomes.update(ledger.messages.say(drafts))
    others = [(place, change) for place, change in enumerate(changes) if not isinstance(change, Draft)]
    outcomes.update(_each(NUMBERED, ledger, others))
    ledger.rooms.store()
    outcomes.update(_each(UNNUMBERED, ledger, others))
    return [outcomes[place] for place in range(len(changes))]


def _each(kinds: Kinds, ledger: Ledger, changes: Sequence[tuple[int, Change]]) -> dict[int, Outcome]:
    """The outcomes of those changes that are of these kinds, by their places."""
    return {place: _one(kinds, ledger, change) for place, change in changes if type(change) in kinds}


def _one(kinds: Kinds, ledger: Ledger, change: Change) -> Outcome:
    try:
        return kinds[type(change)](ledger, change)
    except Refusal as refusal:
        return refusal
