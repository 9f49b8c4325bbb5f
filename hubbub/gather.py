"""Reads for newcomers, joined: whoever comes alone is served at once, a crowd shares trips to the reader threads.

A trip costs more than the reads that it carries, and sockets come in herds. Call from the event loop only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

PAUSE_SECONDS = 0.003  # after a trip that several shared: who comes meanwhile shares the next; nobody notices the wait

Question = TypeVar("Question")
Answer = TypeVar("Answer")
Read = Callable[..., Awaitable[Any]]


class Gather(Generic[Question, Answer]):
    """Asks `answer_all`, which runs in a reader thread, what many want to know at once: answers in the same order."""

    def __init__(self, read: Read, answer_all: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        self._read = read
        self._answer_all = answer_all
        self._waiting: list[tuple[Question, asyncio.Future[Answer]]] = []
        self._work: asyncio.Task[None] | None = None

    async def ask(self, question: Question) -> Answer:
        """The answer; whatever `answer_all` raises is raised to all who asked together."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((question, future))
        if self._work is None:
            self._work = loop.create_task(self._go())
        return await future

    async def _go(self) -> None:
        try:
            while self._waiting:
                together, self._waiting = self._waiting, []
                await self._answer(together)
                if len(together) > 1:
                    await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._work = None

    async def _answer(self, together: Sequence[tuple[Question, asyncio.Future[Answer]]]) -> None:
        waiting = [future for _, future in together]
        try:
            answers = await self._read(self._answer_all, [question for question, _ in together])
        except Exception as error:  # handed to everyone who waits
            for future in waiting:
                if not future.done():
                    future.set_exception(error)
            return
        for future, answer in zip(waiting, answers, strict=True):
            if not future.done():
                future.set_result(answer)
