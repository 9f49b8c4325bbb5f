"""Group commit: while one transaction commits, the next batch gathers.

Owns the node's one writer thread. Knows nothing of sockets; what was committed goes to `announce`, in order, and who is
in a room by it and was not before to `entered`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, connections

from hubbub import errors
from hubbub.figures import figures
from hubbub.journal.batch import database, write
from hubbub.journal.changes import Change, Draft, Outcome, Stored
from hubbub.journal.watch import Others, Watch
from hubbub.outage import Outage
from hubbub.patience import for_another_try, patience
from hubbub.protocol import Frame
from hubbub.trace import nobody

logger = logging.getLogger("hubbub.journal")

LARGEST_BATCH = 500
WAITING_LIMIT = 20_000
FAILING_SECONDS = 5.0  # for which a batch that was not stored speaks against the database

Answer = Callable[[Outcome], None]
Announce = Callable[[Sequence[tuple[str, Frame]]], None]
Entered = Callable[[str, Sequence[str]], None]
T = TypeVar("T")

Waiting = tuple[Change, Answer, float]  # … and since when


class Journal:
    """The writer of one node. Call from the node's event loop only."""

    def __init__(self, announce: Announce, entered: Entered = lambda room, people: None) -> None:
        self._announce = announce
        self._entered = entered
        self._waiting: deque[Waiting] = deque()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="hubbub-journal")
        self._outage = Outage("Posts can't be stored")
        self._writing = False
        self._idle = asyncio.Event()
        self._idle.set()
        self._watch: Watch | None = None

    def submit(self, change: Change, answer: Answer) -> None:
        """Write `change` with the next batch; `answer` gets the outcome on the loop, after the commit."""
        if len(self._waiting) >= WAITING_LIMIT:
            answer(errors.try_again())
            return
        self._waiting.append((change, answer, time.perf_counter()))
        if not self._writing:
            self._writing = True
            self._idle.clear()
            # One turn of the loop later, so that all frames of this turn share the first batch.
            asyncio.get_running_loop().call_soon(self._next_batch, context=nobody())

    async def write(self, change: Change) -> Stored:
        """Write `change`; returns after the commit. Raises Refusal."""
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self.submit(change, lambda outcome: None if future.done() else future.set_result(outcome))
        outcome = await future
        if isinstance(outcome, errors.Refusal):
            raise outcome
        return outcome

    @property
    def waiting(self) -> int:
        """Changes that wait for a batch."""
        return len(self._waiting)

    async def drain(self) -> None:
        """Wait until everything submitted is committed and answered."""
        await self._idle.wait()

    @property
    def failing(self) -> bool:
        """Whether the database did not take a batch a moment ago."""
        return self._outage.met_since(time.monotonic() - FAILING_SECONDS)

    def watch(self, wanted: Callable[[], bool], tell: Callable[[], None]) -> None:
        """Call `tell` on the loop when others committed to the same SQLite file, as long as `wanted()`."""
        loop, others, alias = asyncio.get_running_loop(), Others(), database()

        def ask() -> None:
            if others.committed(alias):
                loop.call_soon_threadsafe(tell)

        self._watch = Watch(alias, wanted, lambda: self._thread.submit(ask).result())
        self._watch.start()

    async def spare(self, function: Callable[[], T]) -> T:
        """Run `function` in the writer's thread, on its connection, between two batches."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, function)

    def close(self) -> None:
        """End the watch, the writer thread and its database connection."""
        if self._watch is not None:
            self._watch.end()
        self._thread.submit(connections.close_all)
        self._thread.shutdown(wait=False)

    def _next_batch(self) -> None:
        if not self._waiting:
            self._writing = False
            self._idle.set()
            return
        size = min(len(self._waiting), LARGEST_BATCH)
        batch = [self._waiting.popleft() for _ in range(size)]
        work = asyncio.get_running_loop().run_in_executor(self._thread, _timed, [change for change, _, _ in batch])
        work.add_done_callback(lambda done: self._committed(batch, done))

    def _committed(self, batch: list[Waiting], done: asyncio.Future[list[Outcome]]) -> None:
        """Announce, then answer, then start the next batch."""
        outcomes = self._result(done, len(batch))
        announcements = [a for outcome in outcomes if isinstance(outcome, Stored) for a in outcome.announcements]
        announcements.sort(key=lambda announcement: announcement[1].number)
        self._announce(announcements)
        for (_, answer, _), outcome in zip(batch, outcomes, strict=True):
            answer(outcome)
            if isinstance(outcome, Stored) and outcome.entered:
                self._entered(outcome.room, outcome.entered)
        # The hub writes at the end of this turn: then everything is out, and it is known how long it took.
        asyncio.get_running_loop().call_soon(_count, batch, outcomes)
        self._next_batch()

    def _result(self, done: asyncio.Future[list[Outcome]], size: int) -> list[Outcome]:
        try:
            outcomes = done.result()
        except (DatabaseError, InterfaceError) as error:
            self._outage.met(error)
            self._refuse_waiting()
        except Exception:  # a fault in one batch must not end the writer; its posts are refused, not lost
            logger.exception("A batch of %d changes failed", size)
        else:
            self._outage.over()
            return outcomes
        return [errors.try_again() for _ in range(size)]

    def _refuse_waiting(self) -> None:
        """Whoever waited for a batch that the database did not take has waited long enough (G9)."""
        waiting, self._waiting = self._waiting, deque()
        for _, answer, _ in waiting:
            answer(errors.try_again())


def _count(batch: Sequence[Waiting], outcomes: Sequence[Outcome]) -> None:
    """Everything of a batch is on its wires: how long each post took to get there."""
    now = time.perf_counter()
    said = [
        (since, outcome)
        for (change, _, since), outcome in zip(batch, outcomes, strict=True)
        if isinstance(change, Draft) and isinstance(outcome, Stored)
    ]
    born = [now - since for since, stored in said if stored.announcements]
    figures.batch_changes.add(len(batch))
    figures.delivery_seconds.add_all(born)
    figures.posts.add("socket", len(born))
    figures.stored_at = now if born else figures.stored_at
    figures.posts_again += len(said) - len(born)


def _timed(changes: Sequence[Change]) -> list[Outcome]:
    """The batch's outcomes; how long the database took is counted."""
    began = time.perf_counter()
    try:
        return _commit(changes)
    finally:
        figures.commit_seconds.add(time.perf_counter() - began)


def _commit(changes: Sequence[Change]) -> list[Outcome]:
    """Write the batch in the writer's thread, patiently. Raises DatabaseError when the database does not take it."""
    with patience():
        return _write(changes)


def _write(changes: Sequence[Change]) -> list[Outcome]:
    """Write the batch, or each change alone when one of them is at fault: it never takes the others down with it."""
    refusal = errors.try_again()
    for attempt in (1, 2):
        try:
            return write(changes)
        except (IntegrityError, DataError) as error:
            refusal = errors.signed_out() if isinstance(error, IntegrityError) else errors.not_stored()
            _ask_again(changes)  # another node stored one of the nonces meanwhile: the second look finds it
        except (DatabaseError, InterfaceError):
            figures.database_errors.add("journal")
            connections[database()].close()
            _ask_again(changes)  # the commit may have happened all the same
            if attempt == 2 or not for_another_try():
                raise
    if len(changes) == 1:
        return [refusal]
    return [_write_alone(change) for change in changes]


def _write_alone(change: Change) -> Outcome:
    try:
        return _write([change])[0]
    except (DatabaseError, InterfaceError):
        return errors.try_again()  # those before it are stored, and are to be told so


def _ask_again(changes: Sequence[Change]) -> None:
    for change in changes:
        if isinstance(change, Draft):
            change.retried = True
