"""The writer of one node: batches, what is announced before what is answered, and what happens when the database says
no.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError, connections

from hubbub.errors import Refusal
from hubbub.journal import Journal, Rename, write, writer
from hubbub.protocol import Frame
from tests.cast import ANA, BEN, EVE, draft, refused, stored
from tests.test_journal import numbers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def announced() -> list[list[tuple[str, Frame]]]:
    return []


@pytest.fixture
async def journal(announced: list[Any]) -> AsyncIterator[Journal]:
    journal = Journal(announced.append)
    yield journal
    journal.close()
    journal._thread.shutdown(wait=True)


async def test_posts_of_one_turn_share_a_batch_and_are_announced_in_order(
    journal: Journal, announced: list[Any]
) -> None:
    outcomes: list[Any] = []
    for number in range(100):
        journal.submit(draft(ANA, "lobby", str(number)), outcomes.append)
    await journal.drain()
    assert [outcome.message.seq for outcome in outcomes] == list(range(1, 101))
    assert [numbers(frames) for frames in announced] == [list(range(1, 101))]


async def test_it_announces_before_it_answers(journal: Journal, announced: list[Any]) -> None:
    seen: list[int] = []
    journal.submit(draft(ANA, "lobby", "x"), lambda outcome: seen.append(len(announced)))
    await journal.drain()
    assert seen == [1]


async def test_announcements_of_one_batch_stand_in_the_order_of_their_numbers(
    journal: Journal, announced: list[Any]
) -> None:
    await journal.write(draft(ANA, "lobby", "x"))
    for change in (Rename(ANA, "A"), draft(ANA, "lobby", "y"), Rename(ANA, "B"), draft(ANA, "lobby", "z")):
        journal.submit(change, lambda outcome: None)
    await journal.drain()
    assert [n for frames in announced for n in numbers(frames)] == [1, 2, 3, 4, 5]


async def test_one_nonce_sent_fifty_times_at_once_is_one_message(journal: Journal) -> None:
    outcomes = await asyncio.gather(*(journal.write(draft(ANA, "lobby", "x", "n")) for _ in range(50)))
    assert len({outcome.message.id for outcome in outcomes}) == 1


def failing(times: int, error: Exception) -> Any:
    """A `write` that fails so many times and then works."""
    left = [times]

    def failing_write(batch: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise error
        return write(batch)

    return failing_write


async def test_a_database_that_is_back_at_the_second_try_is_no_news(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    for error in (OperationalError("server closed the connection"), IntegrityError("nonce")):
        monkeypatch.setattr(writer, "write", failing(1, error))
        await journal.write(draft(ANA, "lobby", "x"))


async def test_with_the_database_down_posts_are_refused_and_never_acknowledged(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, announced: list[Any]
) -> None:
    assert not journal.failing
    monkeypatch.setattr(writer, "write", failing(1000, OperationalError("disk full")))
    for _ in range(3):
        with pytest.raises(Refusal) as refusal:
            await journal.write(draft(ANA, "lobby", "x", "n"))
        assert (refusal.value.code, refusal.value.retry_after) == ("try_again", 2)
    assert [frames for frames in announced if frames] == []
    assert journal.failing
    monkeypatch.undo()
    await journal.write(draft(ANA, "lobby", "x", "n"))
    monkeypatch.setattr(writer, "FAILING_SECONDS", 0.0)
    assert not journal.failing


async def test_what_waited_behind_a_batch_that_the_database_did_not_take_waits_no_longer(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone, tries = threading.Event(), []

    def stuck(batch: Any) -> Any:
        tries.append(len(batch))
        gone.wait(10)
        raise OperationalError("no answer")

    monkeypatch.setattr(writer, "write", stuck)
    outcomes: list[Any] = []
    journal.submit(draft(ANA, "lobby", "first"), outcomes.append)
    await asyncio.sleep(0.05)
    for number in range(3 * writer.LARGEST_BATCH):
        journal.submit(draft(ANA, "lobby", str(number)), outcomes.append)
    gone.set()
    await journal.drain()
    assert {refused(outcome).code for outcome in outcomes} == {"try_again"}
    assert len(outcomes) == 1 + 3 * writer.LARGEST_BATCH
    assert set(tries) == {1}, "nobody waited for a try of their own"


async def test_a_fault_of_our_own_does_not_end_the_writer(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "write", failing(1, ZeroDivisionError()))
    with pytest.raises(Refusal) as refusal:
        await journal.write(draft(ANA, "lobby", "x"))
    assert refusal.value.code == "try_again"
    assert (await journal.write(draft(ANA, "lobby", "y"))).message.seq == 1


@pytest.mark.parametrize("error", [IntegrityError, DataError])
def test_one_change_that_the_database_refuses_does_not_take_the_others_down(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    """PostgreSQL answers DataError for a U+0000 in a text, SQLite and PostgreSQL IntegrityError for a broken rule."""

    def picky(batch: Any) -> Any:
        if any(change.nonce == "bad" for change in batch):
            raise error("bad")
        return write(batch)

    monkeypatch.setattr(writer, "write", picky)
    outcomes = writer._commit([draft(ANA, "lobby", "x"), draft(EVE, "lobby", "x", "bad"), draft(BEN, "lobby", "y")])
    assert isinstance(outcomes[1], Refusal)
    assert [stored(outcomes[0]).message.seq, stored(outcomes[2]).message.seq] == [1, 2]


async def test_too_many_waiting_posts_are_refused_at_once(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "WAITING_LIMIT", 3)
    outcomes: list[Any] = []
    for number in range(5):
        journal.submit(draft(ANA, "lobby", str(number)), outcomes.append)
    assert [refused(outcome).code for outcome in outcomes] == ["try_again"] * 2
    await journal.drain()
    assert len(outcomes) == 5


def test_sqlite_forgets_nothing_that_it_acknowledged() -> None:
    """G1: a write-ahead log that is flushed at each commit."""
    connection = connections["default"]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert cursor.execute("PRAGMA synchronous").fetchone() == (2,)
