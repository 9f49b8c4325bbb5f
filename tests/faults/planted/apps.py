"""Plants what a test asks for by a file in HUBBUB_DATA.

`die-after-commit`: the process is killed when the next batch is committed, before anybody is answered.
`log-lines`: a line is logged twenty times a second.
`count-tasks`: the number of the event loop's tasks is written to `tasks` every second.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import AppConfig
from django.conf import settings


class Planted(AppConfig):
    """The app."""

    name = "tests.faults.planted"

    def ready(self) -> None:
        """Plant everything; what the files don't ask for does nothing."""
        from hubbub.journal import writer  # late: needs the apps

        writer.write = _mortal(writer.write, _file("die-after-commit"))  # type: ignore[attr-defined]
        for work in (_count_tasks, _log_lines):
            threading.Thread(target=work, daemon=True, name="planted").start()


def _file(name: str) -> Path:
    return Path(settings.DATA) / name


def _mortal(write: Callable[..., Any], wish: Path) -> Callable[..., Any]:
    @functools.wraps(write)
    def committed_and_dead(changes: Any) -> Any:
        outcomes = write(changes)
        if wish.exists() and any(getattr(outcome, "message", None) for outcome in outcomes):
            wish.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)  # the signal comes at any moment
        return outcomes

    return committed_and_dead


def _count_tasks() -> None:
    from hubbub import node  # late: as above

    while True:
        time.sleep(1)
        running = node.running()
        if running is not None and _file("count-tasks").exists():
            asyncio.run_coroutine_threadsafe(_write_count(), running.loop)


def _log_lines() -> None:
    """Each of a kind of its own, since of one kind only so many are written in a minute."""
    for number in itertools.count(1):
        time.sleep(0.05)
        if _file("log-lines").exists():
            logging.getLogger("hubbub.planted").warning(f"Line {number} that nobody needs")


async def _write_count() -> None:
    _file("tasks").write_text(str(len(asyncio.all_tasks())))
