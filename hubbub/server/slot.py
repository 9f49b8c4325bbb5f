"""One of the supervisor's places for a worker: starts the process, starts it again when it dies, replaces it.

The place outlives its processes: it has the number, the listening socket (so what waits there survives a restart) and
the right to remove the files `worker-N.*` that a worker left in the run folder.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

from hubbub.server.addresses import BadSetting
from hubbub.server.line import Line, Said
from hubbub.server.relay import Relay

logger = logging.getLogger("hubbub.workers")

READY_SECONDS = 60.0
END_SECONDS = 9.3  # a worker takes 9 at most; what hangs is killed
STEADY_SECONDS = 30.0  # who lived that long did not die of its start
LONGEST_PAUSE = 10.0


class Worker:
    """One process. `born` is when it was started, by the clock of files; `ready` is set when it serves."""

    def __init__(self, process: asyncio.subprocess.Process, ready: asyncio.Event) -> None:
        self.process = process
        self.ready = ready
        self.born = time.time()

    async def becomes_ready(self) -> bool:
        """Wait until it serves; False when it ended instead, or is not ready after a minute."""
        ready, gone = asyncio.create_task(self.ready.wait()), asyncio.create_task(self.process.wait())
        try:
            await asyncio.wait({ready, gone}, timeout=READY_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            return self.ready.is_set() and self.process.returncode is None
        finally:
            ready.cancel()
            gone.cancel()

    async def end(self) -> None:
        """Ask it to drain and go; what hangs is killed."""
        if self.process.returncode is None:
            self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), END_SECONDS)
        except TimeoutError:
            logger.error("Process %d did not end within %g s; it is killed", self.process.pid, END_SECONDS)
            self.process.kill()
            await self.process.wait()


class Slot:
    """Place number `number`. `listen` makes its listening socket anew after it was closed."""

    def __init__(
        self, number: int, listener: socket.socket, listen: Callable[[], socket.socket], run: Path, relay: Relay
    ) -> None:
        self.number = number
        self.worker: Worker | None = None
        self.leaving: Worker | None = None  # replaced, and draining
        self._listener: socket.socket | None = listener
        self._listen = listen
        self._run = run
        self._relay = relay
        self._deaths = 0
        self._changing = asyncio.Lock()

    async def start(self) -> bool:
        """Start the first worker; whether it is ready."""
        self.worker = await self._start()
        return await self.worker.becomes_ready()

    async def keep(self) -> None:
        """Start the worker again whenever it dies, after pauses that grow. Ends by cancelling."""
        while True:
            worker = self.worker
            assert worker is not None
            code = await worker.process.wait()
            async with self._changing:
                if worker is self.worker:
                    logger.error("Worker %d ended by itself (%s); it is started again", self.number, _how(code))
                    self._sweep(worker, None)
                    await self._pause(worker)
                    self.worker = await self._start_again()

    async def replace(self) -> bool:
        """Start a new worker and, when it is ready, let the old one drain. False: it can't start; the old one stays."""
        async with self._changing:
            fresh = self.leaving = await self._start()
            if not await fresh.becomes_ready():
                await fresh.end()
                self.leaving = None
                return False
            old, self.worker = self.worker, fresh
            self.leaving = old
            assert old is not None
            await old.end()
            self._sweep(old, fresh)
            self.leaving = None
            self._deaths = 0
            return True

    async def end(self) -> None:
        """Let every process of this place drain and go."""
        await asyncio.gather(*(worker.end() for worker in (self.worker, self.leaving) if worker is not None))
        if self._listener is not None:
            self._listener.close()

    async def _start(self) -> Worker:
        listener = self._listener = self._listener or self._listen()
        ours, theirs = socket.socketpair()
        try:
            files = (listener.fileno(), theirs.fileno())
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "hubbub.server.worker", *map(str, files),
                pass_fds=files, env=self._environment(), process_group=0,  # Ctrl-C is the supervisor's alone
            )  # fmt: skip
        finally:
            theirs.close()
        ready = asyncio.Event()
        line = Line(lambda *said: self._heard(ready, *said), self._relay.forget)
        await asyncio.get_running_loop().create_unix_connection(lambda: line, sock=ours)
        return Worker(process, ready)

    async def _start_again(self) -> Worker:
        while True:
            try:
                return await self._start()
            except (BadSetting, OSError) as error:  # no port, no memory, no files left: it may pass
                logger.error("Worker %d can't be started: %s", self.number, error)
                await asyncio.sleep(LONGEST_PAUSE)

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "HUBBUB_WORKER": str(self.number), "HUBBUB_RUN": str(self._run)}

    def _heard(self, ready: asyncio.Event, line: Line, said: Said, raw: bytes) -> None:
        if said.what == "ready":
            ready.set()
        else:
            self._relay.take(line, said, raw)

    async def _pause(self, worker: Worker) -> None:
        """None after the first death; then longer and longer, and connections go to the other workers meanwhile."""
        self._deaths = 0 if time.time() - worker.born > STEADY_SECONDS else self._deaths + 1
        if self._deaths < 2:
            return
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        await asyncio.sleep(min(LONGEST_PAUSE, 0.5 * 2 ** (self._deaths - 2)))

    def _sweep(self, gone: Worker, heir: Worker | None) -> None:
        """Remove what a worker left behind; what its heir under the same number made stays."""
        for file in self._run.glob(f"worker-{self.number}.*"):
            if heir is None or file.lstat().st_mtime < heir.born:
                file.unlink(missing_ok=True)


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {-code}"
