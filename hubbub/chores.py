"""The tasks of a node: what it does again and again, and what it once began. They end with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Coroutine
from typing import Any

from django.db import DatabaseError

from hubbub.trace import first_line, nobody

logger = logging.getLogger("hubbub.node")


class Chores:
    """Call from the event loop `loop` only."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Run this beside everything else, on behalf of no socket."""
        task = self.loop.create_task(work, context=nobody())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def survive(self, work: Awaitable[Any]) -> None:
        """One turn of regular work: what fails is tried again at the next."""
        try:
            await work
        except DatabaseError as error:
            logger.debug("The database can't be asked: %s", first_line(error))  # said once, by whom it met
        except Exception:  # regular work outlives its faults
            logger.exception("A regular check failed")

    def stop(self) -> None:
        """End what is under way."""
        for task in list(self._tasks):
            task.cancel()
