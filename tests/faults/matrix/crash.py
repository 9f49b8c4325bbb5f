"""A node dies after the commit and before the acknowledgement: the retry, at the other node, gets the original."""

from __future__ import annotations

import asyncio

from tests.faults.clients import until
from tests.faults.cluster import PLANTED, now, runs, start_all
from tests.faults.matrix.row import Row
from tests.faults.stage import Stage

PACE = 0.08  # who waits for the node to come back must not fall 500 messages behind


async def crash(stage: Stage) -> None:
    """Killed in the very moment after a commit, again and again."""
    cluster = stage.cluster()
    mortal = cluster.node("mortal", **PLANTED)
    stored_unanswered = 0
    async with stage.ordeal(cluster, servers=[mortal, *cluster.nodes], pinned=[mortal, mortal], pace=PACE) as ordeal:
        for _ in stage.turns():
            await ordeal.talk(stage.moment())
            (mortal.data / "die-after-commit").touch()
            await until(lambda: not runs(mortal), 30, "the node died after a commit")
            died, answered = now(), set(ordeal.history.acknowledged)
            texts = {told.text for log in (await ordeal.stored()).values() for told in log}
            in_flight = {text for client in ordeal.crowd.clients for text in client.pending} | ordeal.history.unknown_
            stored_unanswered += len(texts & in_flight - answered)
            mortal.kill()
            await asyncio.to_thread(start_all, [mortal])
            await ordeal.heal(died)
            await ordeal.settle()
    stage.figures.note(f"{stored_unanswered} posts were stored and not answered when the node died")
    stage.figures.bar("something was stored and not answered", stored_unanswered > 0)


ROWS = [
    Row("crash", "a node dies between commit and acknowledgement", "the retry gets the original; one row; 0 lost",
        crash, short=1, long=20),
]  # fmt: skip
