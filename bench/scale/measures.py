"""What is measured on a cluster: deliveries, posts, idle connections. Each function returns plain figures."""

from __future__ import annotations

import resource
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

from bench import tools
from bench.doors import FULL, LOBBY, PLAIN, ROOM, Door
from bench.machine import cpu_seconds, family
from bench.scale.cluster import Cluster, cluster
from bench.servers import Server
from bench.tools import Figures

NODES = (1, 2, 4)
MEMBERS = (100, 1000, 4000)
ROOMS = (1, 10, 50)
PEOPLE = 100
FAULTS = ("lost", "dups", "ooo", "unacked", "refused", "closed")
IDLE_SECONDS = 30


@dataclass
class Effort:
    """How thorough the run is, where it keeps its files, and how it says what it does."""

    folder: Path
    quick: bool
    say: Callable[[str], None]
    clusters: int = 0

    def pick(self, thorough: int, quick: int) -> int:
        """Returns the count for this run."""
        return quick if self.quick else thorough

    def new_cluster(self) -> Path:
        """Returns a folder that does not exist yet."""
        self.clusters += 1
        return self.folder / f"cluster-{self.clusters}"


def delivery(effort: Effort) -> list[Figures]:
    """One speaks, the members of one room listen, spread over the nodes: CPU of all nodes for each delivery."""
    figures = []
    for nodes in NODES:
        with cluster(effort.new_cluster(), nodes) as servers:
            for members in MEMBERS:
                figures.append(_delivery(effort, servers, nodes, members))
                effort.say("{nodes} nodes, {members} members: {node_us:.1f} µs a delivery".format(**figures[-1]))
    return figures


def _delivery(effort: Effort, servers: Cluster, nodes: int, members: int) -> Figures:
    posts = max(40, effort.pick(200_000, 20_000) // members)
    rounds = []
    for _ in range(effort.pick(3, 1)):
        rounds.append(tools.fan(servers, LOBBY, members=members, posts=posts, environment=servers.beside()))
        servers.settle(5)
    return {
        "nodes": nodes,
        "members": members,
        "node_us": median(r["srv_us_per_deliv"] for r in rounds),
        "postgres_us_per_post": median(r["beside_1_cpu_s"] for r in rounds) / posts * 1e6,
        "redis_us_per_post": median(r["beside_2_cpu_s"] for r in rounds) / posts * 1e6,
        "p50_ms": median(r["p50_ms"] for r in rounds),
        "p99_ms": median(r["p99_ms"] for r in rounds),
        "faults": sum(r.get(fault, 0) for r in rounds for fault in FAULTS),
    }


def posts(effort: Effort) -> list[Figures]:
    """Everybody speaks, in one room or in many, spread over the nodes: CPU of all nodes for each post."""
    figures = []
    for nodes in NODES:
        with cluster(effort.new_cluster(), nodes) as servers:
            for rooms in ROOMS:
                figures.append({"nodes": nodes, **_talk(effort, servers, PLAIN, PEOPLE, rooms, in_flight=4)})
                effort.say("{nodes} nodes, {rooms} rooms: {node_us:.0f} µs a post".format(**figures[-1]))
    return figures


def rate(effort: Effort) -> list[Figures]:
    """50 people in ten rooms, 8 posts in flight each, one node: posts a second and how long the answer takes."""
    figures = []
    with cluster(effort.new_cluster(), 1) as servers:
        for number, door in enumerate((PLAIN, FULL)):
            figures.append({"full": number, **_talk(effort, servers, door, people=50, rooms=10, in_flight=8)})
            effort.say(f"{door.name}: {figures[-1]['per_s']:,.0f} posts a second")
    return figures


def _talk(effort: Effort, servers: Cluster, door: Door, people: int, rooms: int, in_flight: int) -> Figures:
    door = replace(door, environment={**door.environment, **servers.beside()})
    seconds, rounds = effort.pick(8, 3), []
    for _ in range(effort.pick(3, 1)):
        rounds.append(tools.talk(servers, door, people=people, rooms=rooms, in_flight=in_flight, seconds=seconds))
        servers.settle(5)
    return {
        "rooms": rooms,
        "people": people,
        "per_s": median(r["acked_per_s"] for r in rounds),
        "p50_ms": median(r["p50_ms"] for r in rounds),
        "p99_ms": median(r["p99_ms"] for r in rounds),
        "node_us": median(r["srv_us_per_post"] for r in rounds),
        "postgres_us": median(r["beside_1_cpu_s"] / max(1, r["acked"]) * 1e6 for r in rounds),
        "redis_us": median(r["beside_2_cpu_s"] / max(1, r["acked"]) * 1e6 for r in rounds),
        "faults": sum(r.get(fault, 0) for r in rounds for fault in FAULTS),
    }


def idle(effort: Effort) -> list[Figures]:
    """Idle joined connections: memory for each, and the CPU of nodes, PostgreSQL and Redis while nothing is said."""
    figures = []
    for nodes, each in _crowds(effort):
        with cluster(effort.new_cluster(), nodes) as servers:
            figures.append(_idle(servers, each))
        told = "{connections:,} on {nodes} nodes: {kb:.1f} KB, {connect_ms:.2f} ms to come in"
        effort.say(told.format(**figures[-1]))
    return figures


def _crowds(effort: Effort) -> Iterator[tuple[int, int]]:
    """The numbers of nodes, and of connections on each: 15,000 on one; then as many as open files allow."""
    yield 1, effort.pick(15_000, 1_500)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    for nodes in NODES[1:]:
        yield nodes, effort.pick(min(19_000, most - 1_000), 1_500)


def _idle(servers: Cluster, each: int) -> Figures:
    environment = {"ROOMS": "1000", "SETTLE": str(IDLE_SECONDS * 1000)}
    with _Sampler(servers) as sampler, ThreadPoolExecutor(len(servers.nodes)) as crowds:
        done = [crowds.submit(_crowd, node, each, environment) for node in servers.nodes]
        figures = [crowd.result() for crowd in done]
    nodes, postgres, redis = sampler.last(IDLE_SECONDS - 10)
    return {
        "nodes": len(servers.nodes),
        "connections": each * len(servers.nodes),
        "kb": median(f["kb_per_conn"] for f in figures),
        "connect_ms": median(f["srv_ms_per_conn"] for f in figures),
        "node_us_per_s": nodes * 1e6 / (each * len(servers.nodes)),
        "postgres_cores": postgres,
        "redis_cores": redis,
    }


def _crowd(node: Server, count: int, environment: dict[str, str]) -> Figures:
    return tools.fan(node, ROOM, members=count, posts=0, environment=environment, seconds=1200)


class _Sampler:
    """Notes every half second what nodes, PostgreSQL and Redis have used."""

    def __init__(self, servers: Cluster) -> None:
        self.groups = [servers.node_pids(), servers.postgres_pid(), servers.redis_pid()]
        self.samples: list[tuple[float, list[float]]] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> _Sampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(0.5):
            used = [sum(cpu_seconds(family(pid)) for pid in pids) for pids in self.groups]
            self.samples.append((time.monotonic(), used))

    def last(self, seconds: float) -> list[float]:
        """Returns the cores that each used in the last `seconds`, but for the very last of them: who leaves costs."""
        end = self.samples[max(0, len(self.samples) - 5)]
        begin = next(sample for sample in self.samples if sample[0] >= end[0] - seconds)
        span = max(0.5, end[0] - begin[0])
        return [(after - before) / span for before, after in zip(begin[1], end[1], strict=True)]
