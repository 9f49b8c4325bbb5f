"""The same post fifty times at two nodes, all at once: one row, one id, fifty equal answers."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.faults.clients import guest_cookie
from tests.faults.cluster import Vitals, now
from tests.faults.matrix.row import Row
from tests.faults.stage import Stage

TIMES = 50
SOCKETS = 5  # at each node


async def same_nonce(stage: Stage) -> None:
    """One person, ten sockets, five times each."""
    cluster, room = stage.cluster(), f"{stage.name}-{stage.seed}"
    cookie = {"Cookie": guest_cookie(cluster.nodes[0])}
    async with AsyncExitStack() as stack, Vitals(cluster.nodes) as vitals:
        sockets = [
            await stack.enter_async_context(
                connect(f"{node.ws}/ws/", subprotocols=["hubbub.v1"], additional_headers=cookie, proxy=None)
            )
            for node in cluster.nodes
            for _ in range(SOCKETS)
        ]
        for turn in stage.turns():
            await _round(stage, sockets, {"room": room, "message": f"once {turn}", "nonce": f"nonce {turn}"})
    figures, log = stage.figures, (await asyncio.to_thread(cluster.stored, [room]))[room]
    figures.peak = vitals.peak
    figures.wrong["twice"] += len(log) - len({told.text for told in log})
    figures.bar(f"{len(log)} rows for {stage.rounds} posts", len(log) == stage.rounds)
    figures.bar("numbered without gaps", [told.seq for told in log] == list(range(1, len(log) + 1)))


async def _round(stage: Stage, sockets: list[ClientConnection], post: dict[str, str]) -> None:
    began = now()
    words = json.dumps({"type": "post", **post})
    await asyncio.gather(*(socket.send(words) for _ in range(TIMES // len(sockets)) for socket in sockets))
    answers = await asyncio.gather(*(_answers(socket, TIMES // len(sockets)) for socket in sockets))
    different = {json.dumps(answer, sort_keys=True) for some in answers for answer in some}
    stage.figures.acknowledged += sum(answer["type"] == "ok" for some in answers for answer in some)
    stage.figures.heal.append(now() - began)
    stage.figures.bar(f"fifty equal answers: {sorted(different)[:3]}", len(different) == 1 and '"ok"' in min(different))


async def _answers(socket: ClientConnection, count: int) -> list[dict[str, Any]]:
    answers: list[dict[str, Any]] = []
    async with asyncio.timeout(30):
        while len(answers) < count:
            heard = json.loads(await socket.recv())
            if heard["type"] in ("ok", "refused"):
                answers.append(heard)
    return answers


ROWS = [
    Row("same-nonce", "the same nonce 50 times at two nodes", "one row, one id, 50 equal answers", same_nonce,
        short=5, long=100),
]  # fmt: skip
