"""Where a row of the matrix plays: its seed, length and servers; and the people who talk while it breaks things."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from tests.databases import wait_until
from tests.faults.checker import Database, Deed, History, disagreements
from tests.faults.clients import LIVELY, Client, FullClient, PlainClient
from tests.faults.cluster import Alone, Cluster, Vitals, now
from tests.faults.crowd import Crowd
from tests.faults.figures import Figures
from tests.faults.health import is_ready
from tests.servers import Server

SETTLE_SECONDS = 60.0


class Home(Protocol):
    """Something with nodes and a database."""

    nodes: list[Server]

    def stored(self, rooms: Sequence[str]) -> Database:
        """What is stored of these rooms."""


class Ground:
    """What the rows of one run share: a folder, and a cluster that is mended between rows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._cluster: Cluster | None = None
        self._clusters = 0

    def cluster(self) -> Cluster:
        """The cluster, whole; a new one when the old one can't be mended."""
        if self._cluster is not None:
            try:
                self._cluster.mend()
                for node in self._cluster.nodes:
                    wait_until(partial(is_ready, node), f"{node.data.name} is not ready again")
            except Exception as error:  # whatever a row left behind: the next one shall not suffer for it
                print(f"the cluster is beyond repair ({error!r}); here is another")
                with suppress(Exception):
                    self.close()
        if self._cluster is None:
            self._clusters += 1
            self._cluster = Cluster(self.folder / f"cluster{self._clusters}").start()
        return self._cluster

    def close(self) -> None:
        """End it."""
        cluster, self._cluster = self._cluster, None
        if cluster is not None:
            cluster.end()


class Stage:
    """One run of one row."""

    def __init__(
        self, ground: Ground, name: str, *, seed: int, rounds: int, long: bool, hour: bool = False, patience: float = 1
    ) -> None:
        self.ground, self.name, self.seed, self.rounds, self.long, self.hour = ground, name, seed, rounds, long, hour
        self.folder = ground.folder / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.dice = random.Random(f"{name}{seed}")
        self.figures = Figures(patience=patience)
        self._alone: list[Alone] = []

    def pick(self, long: float, short: float) -> float:
        """The first in the long form, the second in the short one."""
        return long if self.long else short

    def turns(self) -> Iterator[int]:
        """The rounds, counted in the figures as they are begun."""
        for turn in range(self.rounds):
            self.figures.rounds += 1
            yield turn

    def moment(self) -> float:
        """Some seconds: mostly in full swing, sometimes just after the start."""
        return self.dice.uniform(0.0, 0.1) if self.dice.random() < 0.25 else self.dice.uniform(0.1, 0.9)

    def cluster(self) -> Cluster:
        """Two nodes on PostgreSQL and Redis."""
        return self.ground.cluster()

    def alone(self, **environment: str) -> Alone:
        """One node on SQLite; it ends with the row."""
        alone = Alone(self.folder / f"alone{len(self._alone)}", **environment)
        self._alone.append(alone)
        return alone.start()

    def clear(self) -> None:
        """End what this row started."""
        for alone in self._alone:
            alone.end()

    @asynccontextmanager
    async def ordeal(
        self, home: Home, *, servers: Sequence[Server] = (), size: int = 8, pinned: Sequence[Server] = (),
        pace: float = LIVELY,
    ) -> AsyncIterator[Ordeal]:  # fmt: skip
        """People on these servers (default: all nodes of `home`); at the end everything must agree."""
        ordeal = Ordeal(self, home, servers or home.nodes, size, pinned, pace)
        vitals = Vitals([*home.nodes, *servers])
        try:
            async with vitals, ordeal.crowd:
                await ordeal.crowd.none_is_waiting(SETTLE_SECONDS)
                yield ordeal
                await ordeal.settle()
        finally:
            self.figures.peak = max(self.figures.peak, vitals.peak)
            ordeal.history.write(self.folder / "history.jsonl")
        await ordeal.check()


class Ordeal:
    """People who talk while things break, and their history."""

    def __init__(
        self, stage: Stage, home: Home, servers: Sequence[Server], size: int, pinned: Sequence[Server], pace: float
    ) -> None:
        self.figures, self.home = stage.figures, home
        self.history = History()
        self.rooms = [f"{stage.name}-{stage.seed}-{room}" for room in ("attic", "cellar", "garden")]
        self.crowd = Crowd(servers, self.rooms, self.history, size=size, seed=stage.seed, pace=pace)
        for number, server in enumerate(pinned):
            self._pin(f"{number} who stays", server, stage.seed, pace)

    def _pin(self, who: str, server: Server, seed: int, pace: float) -> None:
        self.crowd.clients += [
            FullClient(f"full {who}", [server], self.rooms, self.history, seed, pace),
            PlainClient(f"plain {who}", [server], self.rooms[:1], self.history, seed, pace),
        ]

    def at(self, *servers: Server) -> list[Client]:
        """The clients that are at one of these nodes now."""
        return [client for client in self.crowd.clients if client.server in servers and client.socket is not None]

    async def talk(self, seconds: float) -> None:
        """Let everybody talk for so long; they go on afterwards."""
        if not self.crowd.is_talking:
            self.crowd.start_talking()
        await asyncio.sleep(seconds)
        self.crowd.look()

    async def heal(self, since: float, limit: float = SETTLE_SECONDS) -> None:
        """Wait until everybody is back with everything that is acknowledged by now; the times go to the figures."""
        self.figures.heal += await self.crowd.heal(since, self.history.heads(), limit)

    async def settle(self) -> None:
        """Silence; then everybody gets every answer and every message. What is missing after a minute is a gap."""
        await self.crowd.hush()
        try:
            await self.crowd.none_is_waiting(SETTLE_SECONDS)
            heads = {room: len(log) for room, log in (await self.stored()).items()}
            await self.crowd.all_have(heads, SETTLE_SECONDS)
        except AssertionError as error:
            self.figures.bar(str(error), False)

    async def stored(self) -> Database:
        """What the database has of these rooms."""
        return await asyncio.to_thread(self.home.stored, self.rooms)

    async def check(self) -> None:
        """Database, clients and acknowledgements must agree; the counts go to the figures."""
        figures, history = self.figures, self.history
        figures.acknowledged += len(history.acknowledged)
        figures.unknown += len(history.unknown_)
        figures.refused += sum(len(client.refused) for client in self.crowd.clients)
        figures.disagree(disagreements(history, await self.stored()))
        figures.bar("there was load", len(history.acknowledged) > 0)

    # ── times ──

    def longest_wait(self, since: float, until: float | None = None, clients: Sequence[Client] | None = None) -> float:
        """The longest that any answer took which came in this time."""
        end = until or now()
        waits = [
            took
            for client in (self.crowd.clients if clients is None else clients)
            for at, took in client.waits
            if since <= at <= end
        ]
        return max(waits, default=0.0)

    def longest_silence(self, since: float, until: float, clients: Sequence[Client]) -> float:
        """The longest time in which one of these clients had nothing acknowledged."""
        oks = {client.name: [since] for client in clients}
        for deed in self._deeds("ok"):
            name = deed.text.partition(" says ")[0]
            if since <= deed.at <= until and name in oks:
                oks[name].append(deed.at)
        return max((b - a for times in oks.values() for a, b in pairwise([*times, until])), default=0.0)

    def lags(self, since: float, until: float) -> list[float]:
        """For what was acknowledged in this time: the seconds until each of the others showed it."""
        told = {deed.text: deed.at for deed in self._deeds("ok") if since <= deed.at <= until}
        return [
            max(0.0, deed.at - told[deed.text])
            for deed in self._deeds("received")
            if deed.text in told and not deed.text.startswith(f"{deed.client} says")
        ]

    def _deeds(self, what: str) -> Iterator[Deed]:
        return (deed for deed in self.history.deeds if deed.what == what)
