"""When what was taken back leaves SQLite's file: soon after, in steps between the writer's batches, and never for more
than a small share of the time. What is done then, search/scrub.py knows.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, connections, transaction

from hubbub.journal.batch import database
from hubbub.journal.statements import Statements
from hubbub.journal.writer import Journal
from hubbub.search import anew, index, scrub

logger = logging.getLogger("hubbub.journal")

LOOK_SECONDS = 5.0  # between two looks for a note
STEP_PAUSE = 0.02  # between two steps, for batches that wait
RARELY = 50  # times as long as it took, nothing is scrubbed again
TRIES = 20  # to empty the log while readers are in it

T = TypeVar("T")


def scrubs() -> bool:
    """Whether there is anything to scrub: PostgreSQL's vacuum does it there."""
    return connections[database()].vendor == "sqlite"


async def follow_removals(journal: Journal) -> None:
    """Follow the notes of removals, for as long as the node lives."""
    wait = LOOK_SECONDS
    while True:
        await asyncio.sleep(wait)
        began = time.monotonic()
        try:
            followed = await follow(journal)
        except DatabaseError as error:
            logger.warning("Deleted texts are still in the database's file: %s", error)
            followed = True
        wait = max(LOOK_SECONDS, RARELY * (time.monotonic() - began)) if followed else LOOK_SECONDS


async def follow(journal: Journal) -> bool:
    """Follow what was noted so far; whether anything was."""
    if not await journal.spare(_anything):
        return False
    removals = await journal.spare(_in_one(_claim))
    if not removals:
        return False
    for step in scrub.steps(index.TABLE):
        await journal.spare(_in_one(step))
        await asyncio.sleep(STEP_PAUSE)
    await journal.spare(_in_one(lambda statements: scrub.done(statements, removals)))
    for _ in range(TRIES):
        if await journal.spare(lambda: scrub.empty_log(_statements())):
            break
        await asyncio.sleep(LOOK_SECONDS / TRIES)
    return True


def _anything() -> bool:
    """Asked outside of a transaction, which would want the lock: who holds that must not hold up posts twice."""
    statements = _statements()
    return scrub.noted(statements) or anew.under_way(statements)


def _claim(statements: Statements) -> int:
    anew.forget_stale(statements)
    return scrub.claim(statements)


def _statements() -> Statements:
    return Statements(connections[database()])


def _in_one(function: Callable[[Statements], T]) -> Callable[[], T]:
    """`function` in a transaction of its own."""

    def run() -> T:
        with transaction.atomic(using=database()):
            return function(_statements())

    return run
