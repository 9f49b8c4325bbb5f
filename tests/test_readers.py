"""The threads that read: a broken connection is replaced, and nobody queues for long behind a database that is gone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
from django.db import DataError, InterfaceError, OperationalError

from hubbub.readers import READERS, Readers


@pytest.fixture
async def readers() -> AsyncIterator[Readers]:
    readers = Readers(asyncio.get_running_loop())
    yield readers
    readers.close()


async def test_what_broke_while_idle_is_tried_once_more(readers: Readers) -> None:
    faults = [OperationalError("server closed the connection")]

    def read(word: str) -> str:
        if faults:
            raise faults.pop()
        return word

    assert await readers.read(read, "found") == "found"


async def test_a_database_that_is_gone_is_an_operational_error_whatever_it_says(readers: Readers) -> None:
    def read() -> None:
        raise InterfaceError("connection already closed")

    with pytest.raises(OperationalError, match="already closed"):
        await readers.read(read)


async def test_who_queued_behind_a_read_that_failed_fails_with_it(readers: Readers) -> None:
    gone, asked = threading.Event(), []

    def stuck() -> None:
        gone.wait(10)
        raise OperationalError("no answer")

    first = [asyncio.create_task(readers.read(stuck)) for _ in range(READERS)]
    await asyncio.sleep(0.05)
    queued = [asyncio.create_task(readers.read(asked.append, number)) for number in range(100)]
    await asyncio.sleep(0.05)
    gone.set()
    outcomes = await asyncio.gather(*first, *queued, return_exceptions=True)
    assert all(isinstance(outcome, OperationalError) for outcome in outcomes)
    assert asked == [], "nobody waited for a turn of their own"
    await readers.read(asked.append, "later")
    assert asked == ["later"]


async def test_a_question_at_fault_fails_alone(readers: Readers) -> None:
    def wrong() -> None:
        raise DataError("not a number")

    outcomes = await asyncio.gather(
        *(readers.read(wrong) for _ in range(8)), readers.read(lambda: "fine"), return_exceptions=True
    )
    assert outcomes[-1] == "fine"
