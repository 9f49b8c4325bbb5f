"""`hubbub serve --workers N`: one supervisor, N worker processes on one port.

The supervisor holds the port, prepares, keeps the workers alive, replaces them one after another on SIGHUP, and passes
on what they say to each other. It imports no Django and serves nobody, so a restart of the workers is a restart of all
the code that serves.
"""

from __future__ import annotations

import asyncio
import logging
import logging.config
import os
import shutil
import signal
import socket
import sys
import tempfile
from pathlib import Path

from hubbub.server.listener import address_of, listen_beside, listen_together, say_where
from hubbub.server.logs import logging_of
from hubbub.server.relay import Relay
from hubbub.server.slot import Slot

logger = logging.getLogger("hubbub.workers")


def serve_with_workers(host: str, port: int, data: Path, count: int) -> int:
    """Serve with `count` workers until SIGTERM or Ctrl-C. Returns the exit code. Raises BadSetting."""
    logging.config.dictConfig(logging_of(os.environ.get("HUBBUB_LOG", ""), os.environ.get("HUBBUB_LOG_LEVEL", "")))
    listeners = listen_together(host, port, count)
    run = Path(tempfile.mkdtemp(prefix="hubbub-workers-"))  # 0700
    try:
        return asyncio.run(Supervisor(host, data, listeners, run).run())
    finally:
        shutil.rmtree(run, ignore_errors=True)


class Supervisor:
    """Keeps one worker for each listening socket."""

    def __init__(self, host: str, data: Path, listeners: list[socket.socket], run: Path) -> None:
        self._host, self._data, self._first = host, data, listeners[0]
        relay, port = Relay(), listeners[0].getsockname()[1]
        self._slots = [
            Slot(number, listener, lambda: listen_beside(host, port), run, relay)
            for number, listener in enumerate(listeners, 1)
        ]
        self._work: asyncio.Task[int] | None = None
        self._renewal: asyncio.Task[None] | None = None
        self._renew_again = False
        self._terminal = _has_terminal()

    async def run(self) -> int:
        """Until asked to stop. Returns the exit code."""
        loop = asyncio.get_running_loop()
        self._work = loop.create_task(self._serve())
        for asked in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(asked, self._work.cancel)
        loop.add_signal_handler(signal.SIGHUP, self._hung_up)
        try:
            return await self._work
        except asyncio.CancelledError:
            return 0
        finally:
            await self._end()

    async def _serve(self) -> int:
        if await _prepare(address_of(self._first, self._host)):
            return 2
        if not all(await asyncio.gather(*(slot.start() for slot in self._slots))):
            return 2
        say_where(self._first, self._host, self._data)
        await asyncio.gather(*(slot.keep() for slot in self._slots))
        return 0

    def _hung_up(self) -> None:
        """SIGHUP asks for new workers; when our terminal is gone it means that we should go."""
        if self._terminal and not _has_terminal():
            assert self._work is not None
            self._work.cancel()
        elif self._renewal is None:
            self._renewal = asyncio.get_running_loop().create_task(self._renew())
        else:
            self._renew_again = True

    async def _renew(self) -> None:
        """Replace all workers, one after another; at the first that can't start, leave the rest as they are."""
        self._renew_again = False
        logger.info("New workers replace the old ones")
        if await self._renewed():
            logger.info("All %d workers are new", len(self._slots))
        else:
            logger.error("The new workers can't start; the old ones go on")
        self._renewal = None
        if self._renew_again:
            self._hung_up()

    async def _renewed(self) -> bool:
        if await _prepare():
            return False
        for slot in self._slots:
            if not await slot.replace():
                return False
        return True

    async def _end(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
        await asyncio.gather(*(slot.end() for slot in self._slots))


async def _prepare(*at: str) -> int:
    """Prepare in a process of its own, with the code that is installed now, which offers the server to an owner under
    the address `at`. Returns its exit code."""
    prepare = (sys.executable, "-m", "hubbub.server.prepare", *at)
    process = await asyncio.create_subprocess_exec(*prepare, process_group=0)
    try:
        return await process.wait()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return False
    return True
