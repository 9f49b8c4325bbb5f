"""A node stands still (SIGSTOP) in the middle of its work: the others go on, and it catches up."""

from __future__ import annotations

from tests.faults.cluster import freeze, now, thaw
from tests.faults.matrix.row import Row
from tests.faults.stage import Stage

OTHERS_WAIT_SECONDS = 10.0
HEALED_SECONDS = 10.0
PACE = 0.3


async def frozen(stage: Stage) -> None:
    """Frozen under load, once for as long as its clients notice, once so shortly that they don't."""
    cluster, figures = stage.cluster(), stage.figures
    north, south = cluster.nodes
    async with stage.ordeal(cluster, pinned=[north, south], pace=PACE) as ordeal:
        for turn in stage.turns():
            await ordeal.talk(1 + stage.moment())
            others = ordeal.at(south)
            began = now()
            freeze(north)
            try:
                await ordeal.talk(stage.pick(30 if turn % 2 == 0 else 5, 4))
                waited = ordeal.longest_wait(began, clients=others)
                pending = max((now() - at for client in others for at in client.asked.values()), default=0.0)
            finally:
                thaw(north)
            await ordeal.heal(now())
            await ordeal.settle()
            figures.extreme("the others' longest wait for an answer", max(waited, pending))
            figures.within("the others' longest wait for an answer", max(waited, pending), OTHERS_WAIT_SECONDS)
    figures.healed_within(HEALED_SECONDS)


ROWS = [
    Row("node-frozen", "a node frozen for 30 s (SIGSTOP)",
        "others unaffected (an answer within 10 s); it catches up, p99 ≤ 10 s from its return; 0 lost",
        frozen, short=1, long=4),
]  # fmt: skip
