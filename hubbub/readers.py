"""The threads that read the database for a node. Each keeps its connection; one that broke while idle is replaced.

While the database is gone nobody waits long: what queued up behind a read that failed, fails with it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from django.db import InterfaceError, OperationalError, connections

from hubbub.figures import figures
from hubbub.outage import Outage
from hubbub.patience import for_another_try, patience

READERS = 4

T = TypeVar("T")


class Readers:
    """The reader threads of one node."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="hubbub-reader")
        self._outage = Outage("The database can't be read")

    async def read(self, function: Callable[..., T], *args: Any) -> T:
        """What `function` returns; raises what it raises, and OperationalError when the database is gone."""
        return await self._loop.run_in_executor(self._threads, self._run, time.monotonic(), function, args)

    def close(self) -> None:
        """End the threads and their connections."""
        for _ in range(READERS):
            self._threads.submit(connections.close_all)
        self._threads.shutdown(wait=False)

    def _run(self, asked: float, function: Callable[..., T], args: tuple[Any, ...]) -> T:
        if self._outage.met_since(asked):
            raise OperationalError("the database did not answer others who asked before")
        try:
            with patience():
                found = _try_twice(function, args)
        except (OperationalError, InterfaceError) as error:
            self._outage.met(error)
            raise OperationalError(str(error)) from error
        self._outage.over()
        return found


def _try_twice(function: Callable[..., T], args: tuple[Any, ...]) -> T:
    try:
        return function(*args)
    except (OperationalError, InterfaceError):
        figures.database_errors.add("reader")
        connections.close_all()
        if not for_another_try():
            raise
    return function(*args)
