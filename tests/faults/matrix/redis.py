"""Redis goes, in every way: posting and local delivery go on, and the other node gets everything within seconds."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections.abc import Callable

from tests.faults.cluster import Cluster, now
from tests.faults.health import becomes
from tests.faults.matrix.row import Row
from tests.faults.stage import Ordeal, Stage

HEALED_SECONDS = 5.0
CHECK_SECONDS = 0.5  # a head check is begun every 5 s and takes a moment itself
ANSWER_SECONDS = 2.0
PACE = 1.5  # so quiet that a message is seldom overtaken by the next one, which would tell that it is missing
BAR = "0 lost; posts acknowledged throughout; all delivered, p99 ≤ 5 s from the acknowledgement"

Deed = Callable[[Cluster], None]


async def killed(stage: Stage) -> None:
    """Killed, and away for some seconds."""
    await _play(stage, lambda cluster: cluster.redis.kill(), _start, away=stage.pick(8, 3))


async def restarted(stage: Stage) -> None:
    """Killed and started again at once."""
    await _play(stage, lambda cluster: cluster.redis.kill(), _start, away=0, degrades=False)


async def flushed(stage: Stage) -> None:
    """FLUSHALL and every connection of it closed."""
    await _play(stage, _flush, lambda cluster: None, away=0, degrades=False)


async def cut_off(stage: Stage) -> None:
    """No packet passes between the nodes and Redis; their connections stay open."""
    away = stage.pick(30, 4)
    await _play(stage, lambda cluster: cluster.to_redis.freeze(), lambda cluster: cluster.to_redis.heal(), away=away)


async def frozen(stage: Stage) -> None:
    """Redis itself stands still: it accepts and says nothing."""
    await _play(
        stage, lambda c: _signal(c, signal.SIGSTOP), lambda c: _signal(c, signal.SIGCONT), away=stage.pick(15, 3)
    )


async def slow(stage: Stage) -> None:
    """Every word to Redis and back takes 300 ms longer, each way."""
    await _play(stage, lambda c: c.to_redis.delay(0.3), lambda c: c.to_redis.heal(), away=stage.pick(15, 3),
                degrades=False)  # fmt: skip


async def _play(stage: Stage, break_: Deed, mend: Deed, *, away: float, degrades: bool = True) -> None:
    cluster = stage.cluster()
    async with stage.ordeal(cluster, size=12, pace=PACE) as ordeal:
        for _ in stage.turns():
            await ordeal.talk(2 + stage.moment())
            began = now()
            await asyncio.to_thread(break_, cluster)
            if degrades:
                await _says_degraded(stage, cluster)
            await ordeal.talk(max(0.0, began + away - now()))
            await asyncio.to_thread(mend, cluster)
            mended = now()
            await _recovers(stage, cluster)
            await ordeal.settle()
            _judge(stage, ordeal, began, mended)
    stage.figures.bar("nobody was refused", not any(client.refused for client in ordeal.crowd.clients))
    stage.figures.healed_within(HEALED_SECONDS + CHECK_SECONDS)


async def _says_degraded(stage: Stage, cluster: Cluster) -> None:
    seconds = await becomes(stage.dice.choice(cluster.nodes), {"degraded"}, 10 * stage.figures.patience)
    stage.figures.within("saying “degraded”", seconds, 10)


async def _recovers(stage: Stage, cluster: Cluster) -> None:
    for node in cluster.nodes:
        seconds = await becomes(node, {"ready"}, 15 * stage.figures.patience)
        stage.figures.within("saying “ready” again", seconds, 15)


def _judge(stage: Stage, ordeal: Ordeal, began: float, mended: float) -> None:
    figures, wait = stage.figures, ordeal.longest_wait(began)
    figures.heal += ordeal.lags(began, mended + 1)
    figures.within("the longest wait for an acknowledgement", wait, ANSWER_SECONDS)
    figures.extreme("longest wait for an acknowledgement", wait)


def _start(cluster: Cluster) -> None:
    cluster.redis.start()


def _flush(cluster: Cluster) -> None:
    for command in (["FLUSHALL"], ["CLIENT", "KILL", "TYPE", "normal"], ["CLIENT", "KILL", "TYPE", "pubsub"]):
        subprocess.run(["redis-cli", "-p", str(cluster.redis.port), *command], check=True, capture_output=True)


def _signal(cluster: Cluster, what: signal.Signals) -> None:
    assert cluster.redis.process is not None
    cluster.redis.process.send_signal(what)


ROWS = [
    Row("redis-killed", "Redis killed, back after 8 s", BAR, killed, short=1, long=3),
    Row("redis-restarted", "Redis killed and started at once", BAR, restarted, short=1, long=3),
    Row("redis-flushed", "Redis flushed, its clients thrown out", BAR, flushed, short=1, long=3),
    Row("redis-cut-off", "Redis cut off for 30 s", BAR, cut_off, short=1, long=1),
    Row("redis-frozen", "Redis frozen for 15 s", BAR, frozen, short=1, long=1),
    Row("redis-slow", "Redis 0.6 s away", BAR, slow, short=1, long=1),
]
