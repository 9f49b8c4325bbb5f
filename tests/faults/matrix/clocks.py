"""A node whose calendar is two hours ahead, and one that is an hour behind: the order is by number, not by time."""

from __future__ import annotations

import asyncio
import urllib.request
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from tests.faults.cluster import start_all
from tests.faults.hosts import no_other_clock, other_clock
from tests.faults.matrix.row import Row
from tests.faults.stage import Stage
from tests.servers import Server


async def clocks(stage: Stage) -> None:
    """Both talk with a node that has the right time; people wander between them."""
    cluster, figures = stage.cluster(), stage.figures
    early = await asyncio.to_thread(cluster.node, "early", **other_clock("+2h"))
    late = await asyncio.to_thread(cluster.node, "late", **other_clock("-1h"))
    ahead, behind = _hours_ahead(early), _hours_ahead(late)
    figures.note(f"their clocks: {ahead:+.2f} h and {behind:+.2f} h")
    figures.bar("the clocks were wrong", 1.9 < ahead < 2.1 and -1.1 < behind < -0.9)
    nodes = [cluster.nodes[0], early, late]
    async with stage.ordeal(cluster, servers=nodes, size=9, pinned=nodes, pace=0.05) as ordeal:
        for _ in stage.turns():
            await ordeal.talk(1 + stage.moment())
            for client in ordeal.crowd.clients:
                if stage.dice.random() < 0.3:
                    client.reset()
            await ordeal.settle()
            victim = stage.dice.choice([early, late])
            victim.kill()
            await asyncio.to_thread(start_all, [victim])
    codes = {(frame["code"], frame["message"]) for client in ordeal.crowd.clients for frame in client.refused}
    figures.bar(f"nobody was refused: {codes}", not codes)


def _hours_ahead(server: Server) -> float:
    with urllib.request.urlopen(f"{server.url}/healthz", timeout=10) as answer:
        its = parsedate_to_datetime(answer.headers["Date"])
    return (its - datetime.now(UTC)).total_seconds() / 3600


ROWS = [
    Row("clocks", "clock two hours ahead on one node, one hour behind on another", "order unaffected; 0 lost",
        clocks, short=1, long=6, needs=(no_other_clock,)),
]  # fmt: skip
