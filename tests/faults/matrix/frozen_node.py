"""A node stands still (SIGSTOP) in the middle of its work: the others go on, and it catches up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import psycopg

from tests.faults.cluster import Cluster, now
from tests.faults.matrix.row import Row
from tests.faults.stage import Stage
from tests.servers import Server

Freeze = Callable[[Cluster, Server], Awaitable[None]]

OTHERS_WAIT_SECONDS = 10.0
HEALED_SECONDS = 10.0
PACE = 0.3
TRIES = 400
HOLDING_ROOMS = """
    SELECT pid, xact_start, state, wait_event, left(query, 40)
    FROM pg_stat_activity JOIN pg_locks USING (pid) JOIN pg_class ON pg_class.oid = relation
    WHERE relname = 'hubbub_room' AND mode IN ('RowShareLock', 'RowExclusiveLock')
"""


async def frozen(stage: Stage) -> None:
    """Frozen under load, by turns for as long as its clients notice, and so shortly that they don't."""

    async def freeze(cluster: Cluster, north: Server) -> None:
        north.pause()

    await _play(stage, freeze, (30, 5), short=4)


async def frozen_with_locks(stage: Stage) -> None:
    """Frozen between the first statement of a transaction and its commit: it holds the locks of rooms."""
    await _play(stage, _freeze_in_transaction, (30,), short=11)


async def _play(stage: Stage, freeze: Freeze, lengths: tuple[int, ...], short: int) -> None:
    cluster, figures = stage.cluster(), stage.figures
    north, south = cluster.nodes
    async with stage.ordeal(cluster, pinned=[north, south], pace=PACE) as ordeal:
        for turn in stage.turns():
            await ordeal.talk(1 + stage.moment())
            await freeze(cluster, north)
            others, began = ordeal.at(south), now()
            try:
                await ordeal.talk(stage.pick(lengths[turn % len(lengths)], short))
                silence, holding = ordeal.longest_silence(began, now(), others), _holding(cluster)
            finally:
                north.resume()
            await ordeal.heal(now())
            await ordeal.settle()
            figures.extreme("the longest time in which one of the others had nothing acknowledged", silence)
            # whatever company the machine has: the short form does not last much longer
            said = f"one of the others had nothing acknowledged for {silence:.1f} s, while {holding} held locks"
            figures.bar(said, silence <= OTHERS_WAIT_SECONDS)
    figures.healed_within(HEALED_SECONDS)


async def _freeze_in_transaction(cluster: Cluster, north: Server) -> None:
    """Freeze it, look, and let it go again until it stands in a transaction that has locked rooms."""
    for _ in range(TRIES):
        north.pause()
        seen = _holding(cluster)
        await asyncio.sleep(0.1)  # those of the other node end meanwhile
        if any(holder[2].startswith("idle in transaction") for holder in seen & _holding(cluster)):
            return
        north.resume()
        await asyncio.sleep(0.02)
    raise AssertionError(f"not in a transaction in any of {TRIES} moments")


def _holding(cluster: Cluster) -> set[tuple[Any, ...]]:
    """The connections that hold locks of rooms now."""
    with psycopg.connect(cluster.postgres.url) as eye:
        return set(eye.execute(HOLDING_ROOMS).fetchall())


BAR = "nobody else without an acknowledgement for 10 s; it catches up, p99 ≤ 10 s from its return; 0 lost"
ROWS = [
    Row("node-frozen", "a node frozen for 30 s (SIGSTOP)", BAR, frozen, short=1, long=3),
    Row("node-frozen-with-locks", "a node frozen for 30 s in the middle of a transaction", BAR, frozen_with_locks,
        short=1, long=2),
]  # fmt: skip
