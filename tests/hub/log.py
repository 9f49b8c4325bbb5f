"""A room's log in memory, wires that keep what they got, and what a socket does to join."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError

from hubbub import history
from hubbub.errors import Goodbye
from hubbub.history import Head, Page
from hubbub.hub import Hub
from hubbub.protocol import Frame, Message, PersonView, encode
from hubbub.wire import Burst, Wire

ANA = PersonView("a" * 32, "Ana", True)


class Ear(Wire):
    """A wire that keeps the numbers of the frames that it got, in order."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        super().__init__(1)
        self.heard: list[int] = []

    def deliver(self, burst: Burst) -> None:
        if self.closing is None:
            self.heard += [frame.number for frame in burst.frames]

    def goodbye(self, why: Goodbye, spread: float = 0.0) -> None:
        self.closing = why


class Log:
    """A room's log, and the reads that the hub makes of it. `hold` makes reads wait."""

    def __init__(self) -> None:
        self.numbers = 0
        self.overtaken: set[int] = set()  # numbers that have nothing to show any more
        self.down = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.reads: list[str] = []

    def say(self, times: int = 1) -> list[tuple[str, Frame]]:
        """Commit messages; their announcements."""
        said = range(self.numbers + 1, self.numbers + 1 + times)
        self.numbers += times
        return [("lobby", encode(message(number))) for number in said]

    async def read(self, function: Callable[..., Any], *args: Any) -> Any:
        self.reads.append(function.__name__)
        if self.down:
            raise DatabaseError("down")
        if function is history.head:
            answer: Any = self._head()
        elif function is history.heads:
            answer = [self._head()]
        elif function is history.since:
            head, since, limit = args
            documents = [message(number) for number in range(since + 1, head.seq + 1) if number not in self.overtaken]
            answer = None if len(documents) > limit else documents
        else:
            head, limit = args[:2]
            answer = Page(head, [message(n) for n in range(max(1, head.seq - limit + 1), head.seq + 1)], True)
        await self.gate.wait()
        return answer

    def _head(self) -> Head:
        return Head(1, "Lobby", "lobby", self.numbers, self.numbers)


def message(number: int) -> Message:
    return Message(
        room="lobby", seq=number, changed=number, ordinal=number, id=number, author=ANA, message="m", html="<p>m</p>",
        at="…", nonce=str(number),
    )  # fmt: skip


async def join(room: Hub, ear: Ear, since: int | None = None, **named: Any) -> Any:
    """Join as a socket does: what the arrival holds is written before anything else."""
    arrival = await room.join(ear, "lobby", "Lobby", since, **named)
    ear.heard += [frame.number for frame in arrival.frames]
    return arrival


async def rest() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110  what is waited for is anything
            await asyncio.sleep(0.005)
