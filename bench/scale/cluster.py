"""A server of several nodes on a PostgreSQL and a Redis of their own; ends what it started."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from bench.servers import Server, start_hubbub
from tests.databases import PostgreSQL, Redis


class Cluster:
    """Nodes that share a database and a layer. A target of the load tools."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # A stock cluster: synchronous_commit=on, fsync=on, whatever initdb writes. Room for the nodes' connections.
        self.postgres = PostgreSQL(folder / "postgres", "max_connections=300")
        self.redis = Redis(folder)
        self.nodes: list[Server] = []

    def start(self, nodes: int) -> Cluster:
        """Start everything; returns once each node has answered."""
        self.folder.mkdir()
        self.postgres.start()
        self.redis.start()
        shared = {
            "HUBBUB_DATABASE_URL": self.postgres.url,
            "HUBBUB_REDIS_URL": self.redis.url,
            "HUBBUB_SECRET_KEY": "the same on all nodes of one server",
        }
        for number in range(nodes):
            self.nodes.append(start_hubbub(self.folder / f"node-{number + 1}", None, **shared))
        return self

    def stop(self) -> None:
        """End everything, the nodes first."""
        for node in self.nodes:
            node.stop()
        self.redis.kill()
        self.postgres.kill()

    def ports(self) -> str:
        """Returns "PORT,PORT…", one for each node."""
        return ",".join(node.ports() for node in self.nodes)

    def pids(self) -> str:
        """Returns "PID,PID…" of the nodes."""
        return ",".join(node.pids() for node in self.nodes)

    def beside(self) -> dict[str, str]:
        """Returns the load tools' environment that has them tell the CPU of PostgreSQL and Redis apart."""
        return {"BESIDE": ",".join(map(str, self.postgres_pid() + self.redis_pid()))}

    def node_pids(self) -> list[int]:
        """Returns the process id of each node."""
        return [node.process.pid for node in self.nodes]

    def postgres_pid(self) -> list[int]:
        """Returns the process id of PostgreSQL, whose children do the work."""
        return [self.postgres.process.pid] if self.postgres.process else []

    def redis_pid(self) -> list[int]:
        """Returns the process id of Redis."""
        return [self.redis.process.pid] if self.redis.process else []

    def settle(self, at_most: float = 15.0) -> None:
        """Waits until all nodes are idle."""
        for node in self.nodes:
            node.settle(at_most)


@contextlib.contextmanager
def cluster(folder: Path, nodes: int) -> Iterator[Cluster]:
    """A running cluster with an empty database."""
    made = Cluster(folder)
    try:
        yield made.start(nodes)
    finally:
        made.stop()
