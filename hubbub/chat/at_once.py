"""Writing from a thread: stored with the transaction of the moment, announced when that commits."""

from __future__ import annotations

from django.db import DatabaseError, transaction

from hubbub import errors, journal, outside
from hubbub.errors import Refusal
from hubbub.figures import figures
from hubbub.journal import Change, Draft, Outcome, Stored
from hubbub.journal.batch import database

TRIES = 5  # where the database gives up one of several who wait for each other
_GIVEN_UP = ("40P01", "40001")  # PostgreSQL's manual, appendix A: a deadlock, a serialization failure


def store_now(change: Change) -> Stored:
    """Write `change` on this thread's connection, and announce it when that commits. Raises Refusal."""
    try:
        outcome = _write(change)
    except DatabaseError as error:
        if transaction.get_connection(database()).in_atomic_block:
            raise  # the transaction is the caller's, and so is what becomes of it
        figures.database_errors.add("page")
        raise errors.try_again() from error
    if isinstance(outcome, Refusal):
        raise outcome
    transaction.on_commit(lambda: _committed(change, outcome), using=database())
    return outcome


def _write(change: Change) -> Outcome:
    """What comes of it; once more where it was given up for another's sake, unless more than this is to be undone."""
    alone = not transaction.get_connection(database()).in_atomic_block
    for _ in range(TRIES - 1 if alone else 0):
        try:
            return journal.write([change])[0]
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", "") not in _GIVEN_UP:
                raise
    return journal.write([change])[0]


def _committed(change: Change, stored: Stored) -> None:
    if isinstance(change, Draft) and stored.announcements:
        figures.posts.add("page")
    outside.publish(stored.announcements)
    if stored.entered:
        outside.entered(stored.room, stored.entered)
