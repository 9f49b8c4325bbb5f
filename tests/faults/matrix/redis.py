"""Redis goes, in every way: posting and local delivery go on, and the other node gets everything within seconds."""

from __future__ import annotations

import asyncio

from tests.faults.cluster import Cluster, Fault, freeze, heal, now
from tests.faults.health import becomes
from tests.faults.matrix.row import Row
from tests.faults.stage import Ordeal, Stage
from tests.servers import Server

HEALED_SECONDS = 5.0
CHECK_SECONDS = 0.5  # a head check is begun every 5 s and takes a moment itself
ANSWER_SECONDS = 2.0
PACE = 1.5  # so quiet that a message is seldom overtaken by the next one, which would tell that it is missing
BAR = "0 lost; posts acknowledged throughout; all delivered, p99 ≤ 5 s from the acknowledgement"


def _flush(cluster: Cluster) -> None:
    cluster.redis.ask("FLUSHALL")
    cluster.redis.ask("CLIENT", "KILL", "TYPE", "pubsub")
    cluster.redis.ask("CLIENT", "KILL", "TYPE", "normal")


def _delay(cluster: Cluster) -> None:
    for line in cluster.redis_lines:
        line.delay(0.3)


KILL = Fault(lambda cluster: cluster.redis.kill(), lambda cluster: cluster.redis.start())
FLUSH = Fault(_flush, lambda cluster: None)
CUT_OFF = Fault(lambda cluster: freeze(cluster.redis_lines), lambda cluster: heal(cluster.redis_lines))
CUT_OFF_ONE = Fault(lambda cluster: freeze(cluster.redis_lines[:1]), lambda cluster: heal(cluster.redis_lines))
FREEZE = Fault(lambda cluster: cluster.redis.pause(), lambda cluster: cluster.redis.resume())
DELAY = Fault(_delay, lambda cluster: heal(cluster.redis_lines))


async def killed(stage: Stage) -> None:
    """Killed, and away for some seconds."""
    await _play(stage, KILL, away=stage.pick(8, 3))


async def restarted(stage: Stage) -> None:
    """Killed and started again at once."""
    await _play(stage, KILL, away=0, degrades=False)


async def flushed(stage: Stage) -> None:
    """FLUSHALL and every connection of it closed."""
    await _play(stage, FLUSH, away=0, degrades=False)


async def cut_off(stage: Stage) -> None:
    """No packet passes between the nodes and Redis; their connections stay open."""
    await _play(stage, CUT_OFF, away=stage.pick(30, 4))


async def one_cut_off(stage: Stage) -> None:
    """The same between one of the nodes and Redis, while the other still has it."""
    await _play(stage, CUT_OFF_ONE, away=stage.pick(30, 4))


async def frozen(stage: Stage) -> None:
    """Redis itself stands still: it accepts and says nothing."""
    await _play(stage, FREEZE, away=stage.pick(15, 3))


async def slow(stage: Stage) -> None:
    """Every word to Redis and back takes 300 ms longer, each way."""
    await _play(stage, DELAY, away=stage.pick(15, 3), degrades=False)


async def _play(stage: Stage, fault: Fault, *, away: float, degrades: bool = True) -> None:
    cluster = stage.cluster()
    async with stage.ordeal(cluster, size=12, pace=PACE) as ordeal:
        for _ in stage.turns():
            await ordeal.talk(2 + stage.moment())
            began = now()
            await asyncio.to_thread(fault.break_, cluster)
            if degrades:
                await _says_degraded(stage, cluster.nodes[0])
            await ordeal.talk(max(0.0, began + away - now()))
            await asyncio.to_thread(fault.mend, cluster)
            mended = now()
            await _recovers(stage, cluster)
            await ordeal.talk(1)
            await ordeal.settle()
            _judge(stage, ordeal, began, mended)
    stage.figures.bar("nobody was refused", not any(client.refused for client in ordeal.crowd.clients))
    stage.figures.healed_within(HEALED_SECONDS + CHECK_SECONDS)


async def _says_degraded(stage: Stage, node: Server) -> None:
    seconds = await becomes(node, {"degraded"}, 10 * stage.figures.patience)
    stage.figures.within("saying “degraded”", seconds, 10)


async def _recovers(stage: Stage, cluster: Cluster) -> None:
    for node in cluster.nodes:
        seconds = await becomes(node, {"ready"}, 15 * stage.figures.patience)
        stage.figures.within("saying “ready” again", seconds, 15)


def _judge(stage: Stage, ordeal: Ordeal, began: float, mended: float) -> None:
    figures, wait = stage.figures, ordeal.longest_wait(began)
    figures.heal += ordeal.lags(began, mended + 2)
    figures.within("the longest wait for an acknowledgement", wait, ANSWER_SECONDS)
    figures.extreme("longest wait for an acknowledgement", wait)


ROWS = [
    Row("redis-killed", "Redis killed, back after 8 s", BAR, killed, short=1, long=3),
    Row("redis-restarted", "Redis killed and started at once", BAR, restarted, short=1, long=3),
    Row("redis-flushed", "Redis flushed, its clients thrown out", BAR, flushed, short=1, long=3),
    Row("redis-cut-off", "Redis cut off for 30 s", BAR, cut_off, short=1, long=1),
    Row("redis-one-cut-off", "one of two nodes cut off from Redis for 30 s", BAR, one_cut_off, short=1, long=1),
    Row("redis-frozen", "Redis frozen for 15 s", BAR, frozen, short=1, long=1),
    Row("redis-slow", "Redis 0.6 s away", BAR, slow, short=1, long=1),
]
