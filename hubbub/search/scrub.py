"""What is taken back leaves SQLite's file too, not only the index's answers.

FTS5 writes a deletion beside the words and takes both away when it merges its segments, which may be never; and the log
beside the file keeps earlier pages until it begins anew. So whoever removes something leaves a note in the same
transaction, and a node's writer follows it: it merges the whole index in small steps, between its batches, and empties
the log. Freed pages are overwritten by SQLite itself (`secure_delete`). When, only journal/scrubbing.py knows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from django.db import OperationalError

if TYPE_CHECKING:  # the journal imports this module
    from hubbub.journal.statements import Statements

TABLE = "hubbub_search_removed"
PAGES = 100  # of the index that a step merges: some ten milliseconds
CLAIMED_SECONDS = 60.0  # for which a node that began is left to it
_PATIENCE = 50  # ms that emptying the log waits for readers

_NOTED = (
    f"INSERT INTO {TABLE} (id, removals, claimed_at) VALUES (1, 1, 0)"
    f" ON CONFLICT (id) DO UPDATE SET removals = removals + 1"
)


def create(statements: Statements) -> None:
    """Make the place for the note."""
    drop(statements)
    statements.cursor.execute(
        f"CREATE TABLE {TABLE} (id integer PRIMARY KEY, removals integer NOT NULL, claimed_at real NOT NULL)"
    )


def drop(statements: Statements) -> None:
    """Make it gone."""
    statements.cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")


def note(statements: Statements) -> None:
    """Something is removed from the index, in this transaction."""
    statements.cursor.execute(_NOTED)


def noted(statements: Statements) -> bool:
    """Whether anything was removed that nobody has followed."""
    return bool(statements.rows(f"SELECT id FROM {TABLE}", []))


def claim(statements: Statements) -> int:
    """How many removals there are to follow, if nobody else is at it; 0 when there is nothing to do."""
    if not noted(statements):
        return 0
    now = time.time()
    statements.cursor.execute(
        f"UPDATE {TABLE} SET claimed_at = %s WHERE claimed_at < %s OR claimed_at > %s",
        [now, now - CLAIMED_SECONDS, now + CLAIMED_SECONDS],
    )
    if not statements.cursor.rowcount:
        return 0
    ((removals,),) = statements.rows(f"SELECT removals FROM {TABLE}", [])
    return int(removals)


def steps(index: str) -> Iterator[Callable[[Statements], None]]:
    """The steps in which the whole index becomes one segment, each for a transaction of its own. After the first, the
    others end what that one began, whatever is said meanwhile (FTS5's documentation, 6.8)."""
    pages, moved = -PAGES, True

    def merge(statements: Statements) -> None:
        nonlocal pages, moved
        connection = statements.connection.connection
        before = connection.total_changes
        statements.cursor.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('merge', {pages})")
        pages, moved = PAGES, connection.total_changes - before > 1

    while moved:
        yield merge


def empty_log(statements: Statements) -> bool:
    """Begin the log beside the file anew, in which earlier pages are; whether nobody was in the way."""
    statements.cursor.execute("PRAGMA busy_timeout")
    (usual,) = statements.cursor.fetchone()
    statements.cursor.execute(f"PRAGMA busy_timeout = {_PATIENCE}")
    try:
        busy, *_ = statements.rows("PRAGMA wal_checkpoint(TRUNCATE)", [])[0]
    except OperationalError:
        return False
    finally:
        with suppress(OperationalError):
            statements.cursor.execute(f"PRAGMA busy_timeout = {usual}")
    return not busy


def done(statements: Statements, removals: int) -> None:
    """So many removals were followed; the note goes unless there are more by now."""
    statements.cursor.execute(f"DELETE FROM {TABLE} WHERE removals = %s", [removals])
    statements.cursor.execute(f"UPDATE {TABLE} SET claimed_at = 0")
