"""`kill -9` at random moments under load: what was acknowledged stays, and everybody ends with the same log."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from tests.faults.cluster import now, start_all
from tests.faults.matrix.row import Row
from tests.faults.stage import Home, Stage
from tests.servers import Server

RESUMED_SECONDS = 5
BAR = "0 lost; everybody resumed, p99 ≤ 5 s from the kill"


async def kill_one(stage: Stage) -> None:
    """One of two nodes, which stays away until all have gone over to the other."""
    cluster = stage.cluster()
    async with stage.ordeal(cluster) as ordeal:
        for _ in stage.turns():
            await ordeal.talk(stage.moment())
            victim, killed = stage.dice.choice(cluster.nodes), now()
            victim.kill()
            await ordeal.heal(killed)
            await asyncio.to_thread(start_all, [victim])
            await ordeal.settle()
    stage.figures.healed_within(RESUMED_SECONDS)


async def kill_both(stage: Stage) -> None:
    """Both nodes at once; started again at once."""
    cluster = stage.cluster()
    await _kill_all(stage, cluster, cluster.nodes)


async def kill_alone(stage: Stage) -> None:
    """The only node, on SQLite."""
    alone = stage.alone()
    await _kill_all(stage, alone, alone.nodes)


async def _kill_all(stage: Stage, home: Home, victims: Sequence[Server]) -> None:
    async with stage.ordeal(home) as ordeal:
        for _ in stage.turns():
            await ordeal.talk(stage.moment())
            killed = now()
            await _once(victims)
            if stage.dice.random() < 0.25:  # and once more while they come back
                await asyncio.sleep(stage.dice.uniform(0.0, 0.3))
                killed = now()
                await _once(victims)
            await ordeal.heal(killed)
            await ordeal.settle()
    stage.figures.healed_within(RESUMED_SECONDS)


async def _once(victims: Sequence[Server]) -> None:
    for victim in victims:
        victim.kill()
    await asyncio.to_thread(start_all, victims)


ROWS = [
    Row("kill-one", "`kill -9` of one of two nodes, during load", BAR, kill_one, short=1, long=22),
    Row("kill-both", "`kill -9` of both nodes, during load", BAR, kill_both, short=1, long=22),
    Row("kill-alone", "`kill -9` of the only node, on SQLite", BAR, kill_alone, short=2, long=24),
]
