"""PostgreSQL goes, in every way: posts are refused, not acknowledged and not left hanging, and all recovers."""

from __future__ import annotations

import asyncio

from tests.faults.cluster import Fault, cut, freeze, heal, now
from tests.faults.health import becomes
from tests.faults.matrix.row import Row
from tests.faults.stage import Stage

RECOVERED_SECONDS = 10.0
ANSWER_SECONDS = 10.0
PACE = 0.5
BAR = "refusals, not hangs (an answer within 10 s); 0 lost; recovers, p99 ≤ 10 s from its return"

STOP = Fault(lambda cluster: cluster.postgres.kill(), lambda cluster: cluster.postgres.start())
RESTART = Fault(lambda cluster: cluster.postgres.stop(), lambda cluster: cluster.postgres.start())
CUT_OFF = Fault(lambda cluster: freeze(cluster.postgres_lines), lambda cluster: heal(cluster.postgres_lines))
REFUSE = Fault(lambda cluster: cut(cluster.postgres_lines), lambda cluster: heal(cluster.postgres_lines))
FREEZE = Fault(lambda cluster: cluster.postgres.pause(), lambda cluster: cluster.postgres.resume())


async def stopped(stage: Stage) -> None:
    """SIGQUIT, as after a loss of power; back after some seconds."""
    await _play(stage, STOP, away=stage.pick(8, 4))


async def restarted(stage: Stage) -> None:
    """SIGINT and started again at once: the administrator's restart."""
    await _play(stage, RESTART, away=0, goes_down=False)


async def cut_off(stage: Stage) -> None:
    """No packet passes between the nodes and PostgreSQL; their connections stay open."""
    await _play(stage, CUT_OFF, away=stage.pick(30, 5))


async def refused(stage: Stage) -> None:
    """The lines are cut with resets, and nobody listens at the other end."""
    await _play(stage, REFUSE, away=stage.pick(30, 4))


async def frozen(stage: Stage) -> None:
    """Every process of PostgreSQL stands still."""
    await _play(stage, FREEZE, away=stage.pick(20, 5))


async def _play(stage: Stage, fault: Fault, *, away: float, goes_down: bool = True) -> None:
    cluster, figures = stage.cluster(), stage.figures
    async with stage.ordeal(cluster, size=12, pace=PACE) as ordeal:
        for _ in stage.turns():
            await ordeal.talk(1 + stage.moment())
            began = now()
            await asyncio.to_thread(fault.break_, cluster)
            if goes_down:
                down = await becomes(stage.dice.choice(cluster.nodes), {"down", "silent"}, 15 * figures.patience)
                figures.within("saying “down”", down, 15)
            await ordeal.talk(max(0.0, began + away - now()))
            await asyncio.to_thread(fault.mend, cluster)
            mended = now()
            await ordeal.heal(mended)
            for node in cluster.nodes:
                figures.within("saying “ready” again", await becomes(node, {"ready"}, 60), RECOVERED_SECONDS)
            await ordeal.settle()
            wait = ordeal.longest_wait(began)
            figures.within("the longest wait for an answer", wait, ANSWER_SECONDS)
            figures.extreme("longest wait for an answer", wait)
    figures.healed_within(RECOVERED_SECONDS)
    if goes_down:
        figures.bar("somebody was refused", figures.refused > 0)


ROWS = [
    Row("postgres-stopped", "PostgreSQL stopped at once, back after 8 s", BAR, stopped, short=1, long=3),
    Row("postgres-restarted", "PostgreSQL restarted", BAR, restarted, short=1, long=5),
    Row("postgres-cut-off", "PostgreSQL cut off for 30 s, nothing passes", BAR, cut_off, short=1, long=1),
    Row("postgres-refused", "PostgreSQL cut off for 30 s, by resets", BAR, refused, short=1, long=1),
    Row("postgres-frozen", "PostgreSQL frozen for 20 s", BAR, frozen, short=1, long=2),
]
