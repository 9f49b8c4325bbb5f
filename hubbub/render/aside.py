"""Rendering beside the event loop: one thread for the whole process, so that dear texts take turns with the loop and
never crowd it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_thread = ThreadPoolExecutor(1, thread_name_prefix="hubbub-render")  # the thread itself starts with its first text


async def aside(work: Callable[[], T]) -> T:
    """What `work` returns, done in the rendering thread; raises what it raises."""
    return await asyncio.get_running_loop().run_in_executor(_thread, work)
