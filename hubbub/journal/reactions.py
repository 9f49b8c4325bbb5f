"""Emoji under messages: rows that are unique, and what of them stands on the message."""

from __future__ import annotations

from uuid import UUID

import msgspec

from hubbub import errors, stored
from hubbub.conf import settings
from hubbub.journal.asked import Asked, alive
from hubbub.journal.changes import Outcome, Reacting, Stored
from hubbub.journal.ledger import Ledger
from hubbub.journal.statements import REACTION
from hubbub.protocol import ReactionView


def react(ledger: Ledger, change: Reacting) -> Outcome:
    """Put the person's emoji under the message or take it away. What is so already takes no number."""
    found = alive(ledger, change.person, change.id)
    known = {reaction.emoji for reaction in found.event.reactions}
    if change.on and change.emoji not in known and len(known) >= settings().reactions:
        raise errors.too_many_reactions(settings().reactions)
    if not (_put if change.on else _take)(found, change.emoji):
        return Stored(message=found.event)
    if change.on:
        found.join()
    _recount(found, change.emoji)
    kept = [(view.emoji, [person.id for person in view.people], view.count) for view in found.event.reactions]
    return found.store(reactions=msgspec.json.encode(kept).decode() if kept else "")


def _put(found: Asked, emoji: str) -> bool:
    statements = found.ledger.statements
    insert = f"INSERT INTO {REACTION} (message_id, person_id, emoji) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING"
    return bool(statements.rows(f"{insert} RETURNING id", [found.event.id, statements.uuid(found.by.id), emoji]))


def _take(found: Asked, emoji: str) -> bool:
    statements = found.ledger.statements
    delete = f"DELETE FROM {REACTION} WHERE message_id = %s AND person_id = %s AND emoji = %s RETURNING id"
    return bool(statements.rows(delete, [found.event.id, statements.uuid(found.by.id), emoji]))


def _recount(found: Asked, emoji: str) -> None:
    """Bring the message's view of this emoji up to date: the first people in the order in which they came."""
    statements, event = found.ledger.statements, found.event
    which, values = f"FROM {REACTION} WHERE message_id = %s AND emoji = %s", [event.id, emoji]
    ((count,),) = statements.rows(f"SELECT COUNT(*) {which}", values)
    first = statements.rows(f"SELECT person_id {which} ORDER BY id LIMIT {stored.SHOWN_PEOPLE}", values)
    ids = [id.hex if isinstance(id, UUID) else UUID(id).hex for (id,) in first]
    views = stored.people(ids)
    view = ReactionView(emoji, count, [views[id] for id in ids])
    if emoji not in [reaction.emoji for reaction in event.reactions]:
        event.reactions.append(view)
    event.reactions = [
        view if reaction.emoji == emoji else reaction
        for reaction in event.reactions
        if reaction.emoji != emoji or count
    ]
