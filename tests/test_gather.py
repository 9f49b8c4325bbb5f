"""Reads for newcomers, joined."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from hubbub.gather import Gather


class Desk:
    """Answers questions; remembers who asked together."""

    def __init__(self) -> None:
        self.trips: list[list[str]] = []
        self.broken = False

    async def read(self, function: Callable[..., Any], *args: Any) -> Any:
        await asyncio.sleep(0)
        return function(*args)

    def answer_all(self, questions: Sequence[str]) -> list[str]:
        self.trips.append(list(questions))
        if self.broken:
            raise ConnectionError("down")
        return [question.upper() for question in questions]


@pytest.fixture
def desk() -> Desk:
    return Desk()


async def test_who_comes_alone_is_answered_at_once(desk: Desk) -> None:
    assert await Gather(desk.read, desk.answer_all).ask("a") == "A"
    assert desk.trips == [["a"]]


async def test_who_comes_after_somebody_alone_does_not_wait(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.gather.PAUSE_SECONDS", 3600)
    gather = Gather(desk.read, desk.answer_all)
    async with asyncio.timeout(10):
        assert [await gather.ask("a"), await gather.ask("b"), await gather.ask("c")] == list("ABC")


async def test_a_crowd_shares_a_trip_and_each_gets_their_own_answer(desk: Desk) -> None:
    gather = Gather(desk.read, desk.answer_all)
    assert await asyncio.gather(*map(gather.ask, "abcab")) == list("ABCAB")
    first = asyncio.create_task(gather.ask("d"))
    await asyncio.sleep(0)
    assert await asyncio.gather(first, gather.ask("e"), gather.ask("f")) == list("DEF")
    assert len(desk.trips) <= 3, desk.trips


async def test_a_failure_is_told_to_all_who_asked_together_and_to_nobody_after(desk: Desk) -> None:
    gather = Gather(desk.read, desk.answer_all)
    desk.broken = True
    results = await asyncio.gather(*map(gather.ask, "abc"), return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError] * 3
    desk.broken = False
    assert await gather.ask("d") == "D"


async def test_who_gave_up_takes_nobody_along(desk: Desk) -> None:
    gather = Gather(desk.read, desk.answer_all)
    gone, stays = asyncio.create_task(gather.ask("a")), asyncio.create_task(gather.ask("b"))
    await asyncio.sleep(0)
    gone.cancel()
    assert await stays == "B"
