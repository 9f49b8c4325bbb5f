"""`hubbub serve`: prepare, say where, serve, and drain when asked to stop (G7)."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvicorn

from hubbub import node
from hubbub.conf import settings as hubbub_settings
from hubbub.server import neighbours, owner_link
from hubbub.server.leaving import leave_within
from hubbub.server.listener import address_of, say_where
from hubbub.server.prepare import prepare

# Together with what uvicorn does in between, less than the ten seconds of G7, and than a supervisor's patience.
DRAIN_SECONDS = 6
LAST_ANSWERS_SECONDS = 2
THREADS_SECONDS = 0.5  # for threads to close their connections when all is done: what waits for a database may not end
END_SECONDS = 9.0
APPLICATION = "hubbub.server.asgi:application"
WEBSOCKET = "hubbub.server.websocket:WebSocket"

Started = Callable[["Server"], Awaitable[None]]


def serve(listener: socket.socket, host: str, data: Path) -> int:
    """Serve on `listener` with everything kept in `data`, until SIGTERM or Ctrl-C. Returns the exit code."""
    prepare()
    say_where(listener, host, data)
    owner_link.offer(address_of(listener, host))
    run(listener)
    return 0


def run(listener: socket.socket, started: Started | None = None) -> None:
    """Serve until asked to stop. `started` is awaited once connections are accepted."""
    _raise_open_files()
    server = Server(configure(), started)
    _quiet_collector()
    server.run(sockets=[listener])


def configure() -> uvicorn.Config:
    """uvicorn with the fast wire; nothing compressed (frames go out ready made), so no deflate bomb either."""
    return uvicorn.Config(
        APPLICATION,
        ws=WEBSOCKET,
        ws_max_size=hubbub_settings().frame_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        backlog=4096,
        timeout_graceful_shutdown=LAST_ANSWERS_SECONDS,
        proxy_headers=False,  # hubbub/server/front_door.py does it, for every server
    )


class Server(uvicorn.Server):
    """uvicorn's server, which drains the node before it closes connections."""

    def __init__(self, config: uvicorn.Config, started: Started | None = None) -> None:
        super().__init__(config)
        self._on_start = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's; other workers may see our figures from now on; then tell who wants to know."""
        await neighbours.show()
        await super().startup(sockets)
        if self._on_start is not None:
            await self._on_start(self)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, finish what is in flight, close 1012, then let uvicorn end the rest; the process follows."""
        leave_within(END_SECONDS)
        for listening in self.servers:
            listening.close()
        running = node.running()
        if running is not None:
            try:
                async with asyncio.timeout(DRAIN_SECONDS):
                    await running.drain()
                    await asyncio.sleep(0.2)
            except TimeoutError:
                logging.getLogger("hubbub").warning("What is in flight did not finish in %d s", DRAIN_SECONDS)
        await super().shutdown(sockets)
        if running is not None:
            running.stop()
        leave_within(THREADS_SECONDS)
        self._captured_signals.clear()  # it was asked to stop and did: exit code 0, not death by the same signal


def _raise_open_files() -> None:
    """A socket is a file: take as many as the system lets us."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _quiet_collector() -> None:
    """Sockets live long and make few cycles: what was imported is never looked at again, young things seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
