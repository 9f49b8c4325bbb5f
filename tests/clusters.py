"""Nodes of one server on one PostgreSQL and one Redis, with a line between each node and each of the two."""

from __future__ import annotations

from pathlib import Path

from tests import stack
from tests.databases import Redis
from tests.links import Link
from tests.servers import Server

NAMES = ("north", "south")


class Cluster:
    """Two nodes, `north` and `south`; `redis_lines` and `postgres_lines` are theirs, in this order."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.environment = environment
        self.postgres = stack.cluster(folder / "postgres")
        self.redis = Redis(folder)
        self.redis_lines: list[Link] = []
        self.postgres_lines: list[Link] = []
        self.nodes: list[Server] = []

    def start(self) -> Cluster:
        """Start everything and wait until it is ready."""
        self.postgres.start()
        self.redis.start()
        for name in NAMES:
            self.redis_lines.append(Link(self.redis.port))
            self.postgres_lines.append(Link(self.postgres.port))
            self.nodes.append(self._node(name).start())
        return self

    def _node(self, name: str) -> Server:
        shared = {
            "HUBBUB_DATABASE_URL": self.postgres.url_through(self.postgres_lines[-1].port),
            "HUBBUB_REDIS_URL": f"redis://127.0.0.1:{self.redis_lines[-1].port}/0",
            "HUBBUB_RATE_LIMITS": "off",
            "HUBBUB_SECRET_KEY": "the same on all nodes of one server",
        }
        return Server(self.folder / name, **shared, **self.environment)

    def end(self) -> None:
        """End everything."""
        for node in self.nodes:
            node.kill()
        for line in (*self.redis_lines, *self.postgres_lines):
            line.stop()
        self.redis.kill()
        self.postgres.kill()
