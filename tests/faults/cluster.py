"""Nodes with one database and one layer, a line to each that can be slowed or cut, and what breaks and mends them."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.faults.checker import STORED, Database, by_room, stored
from tests.faults.raw import resident_bytes
from tests.links import Link
from tests.servers import Server
from tests.services import PostgreSQL, Redis, wait_until

SHARED = {"HUBBUB_RATE_LIMITS": "off", "HUBBUB_SECRET_KEY": "the same on all nodes of one server"}
PLANTED = {"DJANGO_SETTINGS_MODULE": "tests.faults.planted.settings"}


class Postgres(PostgreSQL):
    """A PostgreSQL that is stopped, started again and frozen. Its password is never asked."""

    def stop(self, how: signal.Signals) -> None:
        """SIGQUIT: at once, as after a loss of power. SIGINT: open transactions are thrown away."""
        assert self.process is not None
        self.process.send_signal(how)
        self.process.wait(timeout=60)
        self.process = None

    def start_again(self) -> None:
        """Start it on the data that it had."""
        command = [f"{self.bin}/postgres", "-D", str(self.folder / "cluster"), "-p", str(self.port),
                   "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self.folder}"]  # fmt: skip
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **_as_owner(self.folder / "cluster"))
        wait_until(self._answers, "postgres did not start again", 60)

    def freeze(self) -> None:
        """All of its processes stand still."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """They go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, what: signal.Signals) -> None:
        assert self.process is not None
        for pid in [self.process.pid, *_children(self.process.pid)]:
            with suppress(ProcessLookupError):
                os.kill(pid, what)

    def rows(self) -> Database:
        """What is stored."""
        with psycopg.connect(f"{self.url}?connect_timeout=10") as connection:
            return by_room(connection.execute(STORED).fetchall())


def _as_owner(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses root and whoever does not own its folder."""
    if os.getuid() != 0:
        return {}
    owner = folder.stat()
    return {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": [], "cwd": "/"}


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Cluster:
    """Two nodes (north and south) on PostgreSQL and Redis, each reached over a link of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.postgres = Postgres(folder / "postgres")
        self.redis = Redis(folder)
        self.to_postgres = Link(self.postgres.port)
        self.to_redis = Link(self.redis.port)
        self.nodes: list[Server] = []
        self._extra: list[Server] = []

    def start(self) -> Cluster:
        """Start the database, the layer and both nodes."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.postgres.start()
        self.redis.start()
        self.nodes = [self._server("north"), self._server("south")]
        start_all(self.nodes[:1])  # it makes the tables
        start_all(self.nodes[1:])
        return self

    def node(self, name: str, kind: str = "fast", **environment: str) -> Server:
        """One node more, with an environment of its own. It ends with the row that started it."""
        server = self._server(name, kind, **environment)
        self._extra.append(server)
        start_all([server])
        return server

    def _server(self, name: str, kind: str = "fast", **environment: str) -> Server:
        database = f"postgres://hubbub@127.0.0.1:{self.to_postgres.port}/hubbub"
        layer = f"redis://127.0.0.1:{self.to_redis.port}/0"
        named = {**SHARED, "HUBBUB_DATABASE_URL": database, "HUBBUB_REDIS_URL": layer, **environment}
        return Server(self.folder / name, kind, **named)

    def mend(self) -> None:
        """Whatever a row did: everything runs again, and what it added is gone."""
        self.to_postgres.heal()
        self.to_redis.heal()
        for server in self._extra:
            server.kill()
        self._extra = []
        if self.postgres.process is None:
            self.postgres.start_again()
        self.postgres.thaw()
        if self.redis.process is None:
            self.redis.start()
        self.redis.process.send_signal(signal.SIGCONT)
        start_all([node for node in self.nodes if not runs(node)])

    def stored(self, rooms: Iterable[str]) -> Database:
        """What is stored of these rooms."""
        rows = self.postgres.rows()
        return {room: rows.get(room, ()) for room in rooms}

    def kill(self) -> None:
        """End everything."""
        for server in [*self.nodes, *self._extra]:
            if runs(server):
                server.kill()
        if self.postgres.process is not None:
            self.postgres.thaw()
            self.postgres.stop(signal.SIGQUIT)
        self.redis.kill()
        self.to_postgres.stop()
        self.to_redis.stop()
        shutil.rmtree(self.folder / "postgres", ignore_errors=True)


class Alone:
    """One node on SQLite."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.nodes = [Server(folder / "alone", **{**SHARED, **environment})]

    def start(self) -> Alone:
        """Start it."""
        self.nodes[0].data.parent.mkdir(parents=True, exist_ok=True)
        start_all(self.nodes)
        return self

    def stored(self, rooms: Iterable[str]) -> Database:
        """What is stored of these rooms."""
        rows = stored(self.nodes[0].data)
        return {room: rows.get(room, ()) for room in rooms}

    def kill(self) -> None:
        """End it."""
        if runs(self.nodes[0]):
            self.nodes[0].kill()


def runs(server: Server) -> bool:
    """Whether its process is there."""
    return server.process is not None and server.process.poll() is None


_gathered: list[Path] = []


def start_all(servers: Sequence[Server]) -> None:
    """Start them at the same time."""
    with ThreadPoolExecutor(max(1, len(servers))) as pool:
        list(pool.map(_start, servers))


def _start(server: Server) -> None:
    """Start it; with the static files that the first one gathered, which is most of what a first start costs."""
    static = server.data / "static"
    if _gathered and _gathered[0].exists() and not static.exists():
        server.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copytree(_gathered[0], static)
    server.start()
    if not _gathered or not _gathered[0].exists():
        _gathered[:] = [static]


def freeze(server: Server) -> None:
    """SIGSTOP: it stands still, and its connections stay open."""
    os.kill(server.pid, signal.SIGSTOP)


def thaw(server: Server) -> None:
    """It goes on."""
    os.kill(server.pid, signal.SIGCONT)


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


def threads(server: Server) -> int:
    """Its threads."""
    return len(os.listdir(f"/proc/{server.pid}/task"))


def now() -> float:
    """The clock of all histories."""
    return time.monotonic()
