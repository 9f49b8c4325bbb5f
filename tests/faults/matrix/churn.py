"""People come, talk, look around and go, for an hour: memory, descriptors, threads and tasks stay where they were."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from contextlib import suppress
from typing import NamedTuple

from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from tests.faults.clients import guest_cookie
from tests.faults.cluster import PLANTED, Vitals, descriptors, memory, now, threads
from tests.faults.figures import MEGABYTE
from tests.faults.matrix.row import Row
from tests.faults.stage import Stage
from tests.servers import Server

PEOPLE = 30
ROOMS = 40
GUESTS = 60
GROWTH_MEGABYTES = 12
MORE = 4  # descriptors, threads or tasks: a reader's connection to the database may just have been opened


class Rest(NamedTuple):
    """What a node needs while nobody is there."""

    megabytes: float
    descriptors: int
    threads: int
    tasks: int

    def __str__(self) -> str:
        return f"{self.megabytes:.1f} MB, {self.descriptors} descriptors, {self.threads} threads, {self.tasks} tasks"


async def churn(stage: Stage) -> None:
    """Bouts of coming and going; between them everybody leaves, and it is looked at what remains."""
    seconds = 3600 if stage.hour else stage.pick(180, 10)
    figures, node = stage.figures, stage.cluster().node("churned", **PLANTED)
    (node.data / "count-tasks").touch()
    cookies = await asyncio.gather(*(asyncio.to_thread(guest_cookie, node) for _ in range(GUESTS)))
    rests: list[Rest] = []
    comings, end = 0, now() + seconds
    async with Vitals([node]) as vitals:
        while now() < end or len(rests) < stage.pick(4, 3):
            figures.rounds += 1
            comings += await _bout(stage, node, cookies, until=now() + seconds / 8)
            rests.append(await _rest(node))
    figures.peak = vitals.peak
    first, last = rests[len(rests) // 3], rests[-1]  # what is made once is made by then
    figures.note(f"{comings:,} comings in {seconds:.0f} s; at rest after a third: {first}; at the end: {last}")
    figures.bar(f"memory flat: {[round(rest.megabytes) for rest in rests]}",
                last.megabytes - first.megabytes < GROWTH_MEGABYTES)  # fmt: skip
    for what in ("descriptors", "threads", "tasks"):
        before, after = getattr(first, what), getattr(last, what)
        figures.bar(f"{what} flat: {before}, then {after}", after <= before + MORE)
    figures.bar("there were people", comings > 2 * seconds)


async def _bout(stage: Stage, node: Server, cookies: list[str], until: float) -> int:
    comings = 0

    async def come_and_go() -> None:
        nonlocal comings
        while now() < until:
            with suppress(OSError, WebSocketException, TimeoutError):
                await _visit(stage, node, stage.dice.choice(cookies))
                comings += 1

    await asyncio.gather(*(come_and_go() for _ in range(PEOPLE)))
    return comings


async def _visit(stage: Stage, node: Server, cookie: str) -> None:
    """One visit: a page perhaps, a socket, some rooms, some words; gone with a word, or without."""
    dice, rooms = stage.dice, [f"churn {stage.dice.randrange(ROOMS)}" for _ in range(3)]
    if dice.random() < 0.1:
        await asyncio.to_thread(_look, f"{node.url}/chat/churn%20{dice.randrange(ROOMS)}/", cookie)
    full = dice.random() < 0.7
    path, named = ("/ws/", {"subprotocols": ["hubbub.v1"]}) if full else (f"/ws/chat/churn%20{dice.randrange(40)}/", {})
    headers = {"Cookie": cookie}
    async with connect(node.ws + path, additional_headers=headers, compression=None, proxy=None, **named) as socket:
        if full:
            for room in rooms:
                await socket.send(json.dumps({"type": "join", "room": room, "since": 0}))
                await socket.send(json.dumps({"type": "typing", "room": room}))
        for number in range(dice.randrange(4)):
            nonce = f"{dice.random()} {number}"
            post = {"type": "post", "room": rooms[0], "message": f"word {nonce}", "nonce": nonce}
            await socket.send(json.dumps(post if full else {"message": post["message"]}))
        await _hear(socket, dice.uniform(0.0, 0.4))
        if dice.random() < 0.3:
            socket.transport.abort()


async def _hear(socket: object, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                await socket.recv()  # type: ignore[attr-defined]


def _look(url: str, cookie: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Cookie": cookie}), timeout=30) as page:
        page.read()


async def _rest(node: Server) -> Rest:
    """Wait until the last one is really gone, and look."""
    await asyncio.sleep(2.5)
    tasks = int((node.data / "tasks").read_text() or 0)
    return Rest(memory(node) / MEGABYTE, descriptors(node), threads(node), tasks)


ROWS = [
    Row("churn", "churn: three minutes of coming and going (an hour with HOUR=1)",
        "memory (≤ 12 MB more), descriptors, threads, tasks flat", churn, short=0, long=0),
]  # fmt: skip
