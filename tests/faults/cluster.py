"""Nodes with one database and one layer, a line to each that can be slowed or cut, and what breaks and mends them."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psycopg

from tests import clusters
from tests.faults.checker import STORED, Database, by_room, stored
from tests.faults.raw import resident_bytes
from tests.links import Link
from tests.servers import Server

SHARED = {"HUBBUB_RATE_LIMITS": "off", "HUBBUB_SECRET_KEY": "the same on all nodes of one server"}
PLANTED = {"DJANGO_SETTINGS_MODULE": "tests.faults.planted.settings"}


class Cluster(clusters.Cluster):
    """North and south, and what rows do to them; mended from one row to the next."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._extra: list[Server] = []

    def start(self) -> Cluster:
        """Start the database, the layer and both nodes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.postgres.start()
        self.redis.start()
        for name in clusters.NAMES:
            self._draw_lines()
            self.nodes.append(self._node(name))
        start_all(self.nodes)
        return self

    def node(self, name: str, **environment: str) -> Server:
        """One node more, with an environment of its own. It ends with the row that started it."""
        self._draw_lines()
        server = self._node(name)
        server.environment.update(environment)
        self._extra.append(server)
        start_all([server])
        return server

    def _draw_lines(self) -> None:
        self.redis_lines.append(Link(self.redis.port))
        self.postgres_lines.append(Link(self.postgres.port))

    def mend(self) -> None:
        """Whatever a row did: everything runs again, and what it added is gone. Raises what is in the way."""
        for server in self._extra:
            server.kill()
        for lines in (self.redis_lines, self.postgres_lines):
            for line in lines[len(self.nodes) :]:
                line.stop()
            del lines[len(self.nodes) :]
            heal(lines)
        self._extra = []
        for part in (self.postgres, self.redis):
            (part.resume if part.runs else part.start)()
        start_all([node for node in self.nodes if not runs(node)])

    def stored(self, rooms: Iterable[str]) -> Database:
        """What is stored of these rooms."""
        with psycopg.connect(f"{self.postgres.url}?connect_timeout=10") as connection:
            rows = by_room(connection.execute(STORED).fetchall())
        return {room: rows.get(room, ()) for room in rooms}

    def end(self) -> None:
        """End everything."""
        for server in self._extra:
            server.kill()
        super().end()
        shutil.rmtree(self.postgres.folder, ignore_errors=True)


class Fault(NamedTuple):
    """How to break something of a cluster, and how to mend it."""

    break_: Callable[[Cluster], object]
    mend: Callable[[Cluster], object]


def freeze(lines: Iterable[Link]) -> None:
    """Nothing passes these lines any more, and nobody is told."""
    for line in lines:
        line.freeze()


def cut(lines: Iterable[Link]) -> None:
    """These lines are reset, and there is nothing at the other end."""
    for line in lines:
        line.cut()


def heal(lines: Iterable[Link]) -> None:
    """These lines carry again."""
    for line in lines:
        line.heal()


class Alone:
    """One node on SQLite."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.nodes = [Server(folder / "alone", stack="sqlite", **{**SHARED, **environment})]

    def start(self) -> Alone:
        """Start it."""
        self.nodes[0].data.parent.mkdir(parents=True, exist_ok=True)
        start_all(self.nodes)
        return self

    def stored(self, rooms: Iterable[str]) -> Database:
        """What is stored of these rooms."""
        rows = stored(self.nodes[0].data)
        return {room: rows.get(room, ()) for room in rooms}

    def end(self) -> None:
        """End it."""
        self.nodes[0].kill()


def runs(server: Server) -> bool:
    """Whether its process is there."""
    return server.process is not None and server.process.poll() is None


def start_all(servers: Sequence[Server]) -> None:
    """Start them at the same time."""
    with ThreadPoolExecutor(max(1, len(servers))) as pool:
        list(pool.map(Server.start, servers))


class Vitals:
    """What the processes of some servers need, looked at five times a second."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self.servers = servers
        self.peak = 0
        self.task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Vitals:
        self.task = asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.task is not None
        self.task.cancel()

    async def _look(self) -> None:
        while True:
            for server in self.servers:
                self.peak = max(self.peak, memory(server))
            await asyncio.sleep(0.2)


def memory(server: Server) -> int:
    """Bytes of its process that are in RAM now; 0 when there is none."""
    try:
        return resident_bytes(server.pid)
    except (AssertionError, OSError, StopIteration):
        return 0


def descriptors(server: Server) -> int:
    """Its open files and sockets."""
    return len(os.listdir(f"/proc/{server.pid}/fd"))


def sockets(server: Server) -> int:
    """Those of its descriptors that are sockets."""
    found = 0
    for descriptor in os.scandir(f"/proc/{server.pid}/fd"):
        with suppress(OSError):  # closed meanwhile
            found += os.readlink(descriptor).startswith("socket:")
    return found


def threads(server: Server) -> int:
    """Its threads."""
    return len(os.listdir(f"/proc/{server.pid}/task"))


def now() -> float:
    """The clock of all histories."""
    return time.monotonic()
