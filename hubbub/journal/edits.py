"""What was said is said otherwise, or taken back."""

from __future__ import annotations

from datetime import timedelta

from hubbub import errors
from hubbub.conf import settings
from hubbub.journal import mentions
from hubbub.journal.asked import Asked, asked, check_alive
from hubbub.journal.changes import Deletion, Edit, Outcome, Stored
from hubbub.journal.ledger import Ledger
from hubbub.journal.log import log
from hubbub.journal.statements import EARLIER_TEXT, MENTION, REACTION
from hubbub.protocol import timestamp
from hubbub.stored import parsed


def edit(ledger: Ledger, change: Edit) -> Outcome:
    """Store the new text, and the old one among the earlier. Nothing changes when it says the same as before. Refuses
    `edited_since` when the text is newer than the one that the new one was made from."""
    found = asked(ledger, change.person, change.id)
    check_alive(found.event)
    if not found.own:
        raise errors.not_yours()
    if found.event.message == change.text:
        return Stored(message=found.event)
    found.check_open()
    _check_in_time(found, settings().edit_hours)
    _check_stands_on(found, change.base)
    event, statements = found.event, ledger.statements
    before, now = event.message, statements.time(ledger.now)
    event.message, event.html, event.edited_at = change.text, change.html, timestamp(ledger.now)
    event.mentions = list(change.mentions)
    if change.strangers:
        ledger.people.meet(change.strangers)
    mentions.replace(statements, found.room.id, event)
    stored = found.store(text=change.text, html=change.html, edited_at=now, mentions=" ".join(event.mentions))
    insert = f"INSERT INTO {EARLIER_TEXT} (message_id, text, until, until_seq) VALUES (%s, %s, %s, %s)"
    statements.run(insert, [event.id, before, now, event.changed])
    return stored


def delete(ledger: Ledger, change: Deletion) -> Outcome:
    """Erase the message and all that hangs on it; its place stays. Deleting it again changes nothing."""
    found = asked(ledger, change.person, change.id)
    if not found.own and not found.moderated:
        raise errors.not_yours()
    if found.event.deleted:
        return Stored(message=found.event)
    if found.own and not found.moderated:
        _check_in_time(found, settings().delete_hours)
    if not found.own:
        log(ledger, found.room.id, found.by.id, "delete", found.event.author.id)
    return erase(found)


def erase(found: Asked) -> Stored:
    """Take the text and all that hangs on it away, whoever may; the message's place stays."""
    event, ledger = found.event, found.ledger
    for table in (EARLIER_TEXT, REACTION, MENTION):
        ledger.statements.run(f"DELETE FROM {table} WHERE message_id = %s", [event.id])
    event.message = event.html = ""
    event.reply_to = event.edited_at = None
    event.deleted, event.pinned, event.reactions, event.mentions = True, False, [], []
    return found.store(
        text="", html="", reactions="", mentions="", reply_to_id=None, edited_at=None, pinned_at=None,
        deleted_at=ledger.statements.time(ledger.now),
    )  # fmt: skip


def _check_stands_on(found: Asked, base: int | None) -> None:
    """Reactions and pins take numbers too: only a text that was said otherwise since makes a base stale."""
    if base is None or not found.event.edited_at:
        return
    select = f"SELECT 1 FROM {EARLIER_TEXT} WHERE message_id = %s AND until_seq > %s LIMIT 1"
    if found.ledger.statements.rows(select, [found.event.id, base]):
        raise errors.edited_since()


def _check_in_time(found: Asked, hours: float) -> None:
    if hours and found.ledger.now - parsed(found.event.at) > timedelta(hours=hours):
        raise errors.too_late(hours)
