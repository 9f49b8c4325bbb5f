"""Time and threads that go on when the test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any


class Clock(asyncio.SelectorEventLoop):
    """An event loop whose time passes when the test says so."""

    now = 1000.0

    def time(self) -> float:
        return self.now


class Hands(Executor):
    """A thread of which the test says when it works, and when its result is heard."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []
        self.done: list[Callable[[], None]] = []

    def submit(self, function: Any, /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, lambda: function(*args, **named)))
        return future

    def work(self, which: int) -> None:
        future, function = self.waiting.pop(which % len(self.waiting))
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = function()
        except Exception as error:
            self.done.append(lambda error=error: future.set_exception(error))
        else:
            self.done.append(lambda: future.set_result(result))

    def tell(self, which: int) -> None:
        self.done.pop(which % len(self.done))()
