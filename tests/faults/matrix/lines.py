"""Lines between people and the server: cut without a word, reset all the time, pulled and plugged in again.

The server stands on a host of its own, a network namespace, behind a cable that can be pulled.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.faults.clients import within
from tests.faults.cluster import SHARED, Alone, now, sockets
from tests.faults.hosts import Host, no_hosts
from tests.faults.matrix.row import Row
from tests.faults.readers import enter
from tests.faults.stage import Ordeal, Stage
from tests.servers import Server

NOTICED_SECONDS = 40.0
HEALED_SECONDS = 10.0
PACE = 0.2


async def half_open(stage: Stage) -> None:
    """The cable is out for so long that both sides must notice by themselves that the other is gone."""
    async with _far_away(stage) as (host, home):
        server, silent = home.nodes[0], int(stage.pick(100, 10))
        bare = sockets(server)
        async with stage.ordeal(home, pace=PACE) as ordeal:
            for _ in stage.turns():
                readers = await enter(server, silent, "hall")
                await ordeal.talk(2)
                held, pulled = sockets(server), now()
                host.pull()
                await ordeal.crowd.hush()
                stage.figures.extreme("the clients noticed within", await _everybody_left(ordeal))
                if stage.long:
                    await _let_go(server, bare)
                    stage.figures.within("noticing at the server", now() - pulled, NOTICED_SECONDS + 1)
                    stage.figures.extreme("the server let go of all within", now() - pulled)
                host.plug()
                await ordeal.talk(0)
                await ordeal.heal(now())
                await ordeal.settle()
                for reader in readers:
                    reader.transport.abort()
                stage.figures.bar(f"{held - bare} sockets were held", held - bare >= silent)
    stage.figures.healed_within(HEALED_SECONDS)


async def reset_storm(stage: Stage) -> None:
    """Every few hundredths of a second somebody's connection is reset, in the middle of whatever it was doing."""
    alone, resets = stage.alone(), 0
    async with stage.ordeal(alone, size=16) as ordeal:
        for _ in stage.turns():
            await ordeal.talk(0.5)
            end = now() + stage.pick(10, 3)
            while now() < end:
                stage.dice.choice(ordeal.crowd.clients).reset()
                resets += 1
                await asyncio.sleep(stage.dice.uniform(0.0, 0.06))
            await ordeal.heal(now())
            await ordeal.settle()
    stage.figures.note(f"{resets} resets")
    stage.figures.healed_within(HEALED_SECONDS)


async def unplugged(stage: Stage) -> None:
    """The cable is out for a moment or for some seconds; connections may live through that, or not."""
    async with _far_away(stage) as (host, home), stage.ordeal(home, pace=PACE) as ordeal:
        for _ in stage.turns():
            await ordeal.talk(0.5 + stage.moment())
            host.pull()
            await ordeal.talk(stage.dice.uniform(0.2, stage.pick(12, 3)))
            host.plug()
            await ordeal.heal(now())
            await ordeal.settle()
    stage.figures.healed_within(HEALED_SECONDS)


@asynccontextmanager
async def _far_away(stage: Stage) -> AsyncIterator[tuple[Host, Alone]]:
    with Host() as host:
        home = Alone(stage.folder / "far")
        home.nodes = [host.server(stage.folder / "far", **SHARED)]
        try:
            await asyncio.to_thread(home.start)
            yield host, home
        finally:
            await asyncio.to_thread(home.end)


async def _everybody_left(ordeal: Ordeal) -> float:
    """Seconds until no client thinks that it is connected."""
    return await within(lambda: all(client.socket is None for client in ordeal.crowd.clients), NOTICED_SECONDS)


async def _let_go(server: Server, bare: int) -> float:
    """Seconds until the server has closed every connection."""
    return await within(lambda: sockets(server) <= bare, 2 * NOTICED_SECONDS)


ROWS = [
    Row("half-open", "half-open connections: the cable is pulled",
        "noticed by both sides ≤ 40 s; afterwards converges, p99 ≤ 10 s; no double", half_open, short=1, long=1,
        needs=(no_hosts,)),
    Row("reset-storm", "a storm of resets, 30 a second among 16", "converges, p99 ≤ 10 s; no double", reset_storm,
        short=1, long=3),
    Row("unplugged", "the cable out for up to 12 s, and in", "converges, p99 ≤ 10 s from its return; no double",
        unplugged, short=1, long=8, needs=(no_hosts,)),
]  # fmt: skip
