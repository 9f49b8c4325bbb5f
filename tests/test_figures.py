"""What a process counts of its own work, and that the live path counts it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from hubbub import journal as journal_package
from hubbub.crowd import Crowd
from hubbub.errors import Goodbye
from hubbub.figures import Histogram, Tally, figures
from hubbub.journal import Journal
from hubbub.protocol import Frame
from hubbub.wire import PlainWire
from tests.cast import ANA, draft


def test_a_value_is_counted_under_the_first_bound_that_holds_it() -> None:
    histogram = Histogram((1, 5))
    for value in (0.5, 1, 1.5, 5, 6):
        histogram.add(value)
    assert histogram.counts == [2, 2, 1]
    assert histogram.sum == 14


def test_many_at_once_are_counted_as_one_by_one() -> None:
    one, all_ = Histogram((1, 5)), Histogram((1, 5))
    values = [0.1, 1, 3, 5, 9]
    for value in values:
        one.add(value)
    all_.add_all(values)
    assert (all_.counts, all_.sum) == (one.counts, one.sum)


def test_a_tally_loses_nothing_between_threads() -> None:
    tally = Tally("known")
    with ThreadPoolExecutor(8) as pool:
        for _ in range(8):
            pool.submit(lambda: [tally.add(4508) for _ in range(5000)])
    assert tally.counts() == {"known": 0, "4508": 40_000}


async def silent(message: dict[str, Any]) -> None:
    """A reader of whom nothing is heard."""


async def test_a_burst_counts_once_for_each_wire_and_frame() -> None:
    crowd = Crowd()
    for _ in range(3):
        crowd.add(PlainWire(silent, 1000))
    before, bytes_before = figures.deliveries, figures.delivered_bytes
    frames = [Frame(b"one", 1, 1), Frame(b"two", 2, 2)]
    crowd.deliver(frames)
    assert figures.deliveries - before == 6
    assert figures.delivered_bytes - bytes_before == 3 * sum(len(frame.wire) for frame in frames)


async def test_a_goodbye_is_counted_once_however_often_it_is_said() -> None:
    wire = PlainWire(silent, 1000)
    before = figures.goodbyes.counts().get("4508", 0)
    for _ in range(3):
        wire.goodbye(Goodbye.TOO_SLOW)
    assert figures.goodbyes.counts()["4508"] - before == 1


def counted() -> SimpleNamespace:
    """The figures of posts as they are now."""
    return SimpleNamespace(
        socket=figures.posts.counts()["socket"], page=figures.posts.counts()["page"], again=figures.posts_again,
        batches=sum(figures.batch_changes.counts), changes=figures.batch_changes.sum,
        commits=sum(figures.commit_seconds.counts), delivered=sum(figures.delivery_seconds.counts),
    )  # fmt: skip


@pytest.mark.django_db(transaction=True)
async def test_posts_batches_and_commits_are_counted_and_a_retry_apart() -> None:
    journal, before = Journal(lambda announcements: None), counted()
    try:
        one, two = draft(ANA, "figures", "one", "n1"), draft(ANA, "figures", "two")
        await asyncio.gather(journal.write(one), journal.write(two))
        await journal.write(draft(ANA, "figures", "one", "n1"))
        await asyncio.sleep(0)  # counted at the end of the turn
        now = counted()
    finally:
        journal.close()
    assert (now.socket - before.socket, now.again - before.again) == (2, 1)
    assert (now.batches - before.batches, now.changes - before.changes) == (2, 3)
    assert (now.commits - before.commits, now.delivered - before.delivered) == (2, 2)


@pytest.mark.django_db(transaction=True)
def test_a_post_of_a_page_counts_when_it_is_committed() -> None:
    from hubbub import chat

    before = counted().page
    chat.post_now(draft(ANA, "figures", "from a page"))
    assert counted().page - before == 1


async def test_a_batch_that_the_database_refuses_counts_as_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def down(changes: object) -> None:
        raise OperationalError("down\nDETAIL: Failing row contains (secret words)")

    monkeypatch.setattr(journal_package.writer, "write", down)
    before, posts = figures.database_errors.counts()["journal"], counted().socket
    journal = Journal(lambda announcements: None)
    try:
        outcomes: list[Any] = []
        journal.submit(draft(ANA, "figures", "lost"), outcomes.append)
        await journal.drain()
        await asyncio.sleep(0)
    finally:
        journal.close()
    assert [outcome.code for outcome in outcomes] == ["try_again"]
    assert figures.database_errors.counts()["journal"] - before == 2
    assert counted().socket == posts
