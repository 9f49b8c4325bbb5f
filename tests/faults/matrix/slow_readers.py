"""A hundred among five hundred who do not read: sent away within bounded memory, and nobody else waits for them."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from statistics import median

from websockets.asyncio.client import ClientConnection, connect

from tests.faults.clients import until
from tests.faults.cluster import Vitals, memory, now
from tests.faults.figures import MEGABYTE, percentile
from tests.faults.matrix.row import Row
from tests.faults.raw import CLOSE, close_code, until_closed
from tests.faults.readers import Reader, enter, sleeper
from tests.faults.stage import Stage
from tests.servers import Server

LONG = "語" * 8000  # 24 kB as it is typed, 48 kB as it is told
WORDS = 130  # past the limit of 1 MB and all that the kernel keeps for a connection
KEPT_MEGABYTES = 2.0  # a slow reader: the limit of 1 MB, a burst, and what the allocator keeps
WORSE = 1.2


async def slow_readers(stage: Stage) -> None:
    """The same talk twice a round, before all who read and with the sleepers among them; the order changes."""
    size = int(stage.pick(500, 60))
    sleepers, worse, grown = size // 5, [], 0.0
    server = stage.alone().nodes[0]
    async with Vitals([server]) as vitals:
        for turn in stage.turns():
            times = {}
            for slow in (0, sleepers) if turn % 2 else (sleepers, 0):
                room, before = f"hall {turn} {slow}", memory(server)
                times[slow] = await _talk(stage, server, room, size - sleepers, sleepers - slow, slow)
                grown = max(grown, (vitals.peak - before) / MEGABYTE) if slow else grown
            worse.append(times[sleepers] / times[0])
    figures = stage.figures
    figures.peak = vitals.peak
    figures.note(f"grew by {grown:.0f} MB for {sleepers} sleepers; the others' p99 was {median(worse):.2f} times "
                 f"that without sleepers (median of rounds)")  # fmt: skip
    figures.bar(f"grew by {grown:.0f} MB", grown < 30 + KEPT_MEGABYTES * sleepers)
    figures.bar(f"the others' p99 was {median(worse):.2f} times as long", not stage.long or median(worse) <= WORSE)


async def _talk(
    stage: Stage, server: Server, room: str, judges: int, others: int, sleepers: int
) -> float:  # fmt: skip
    """Say all the words with so many in the room; the p99 of the seconds until each judge had heard a word."""
    readers = await enter(server, judges + others, room)
    with ExitStack() as stack:
        asleep = [sleeper(stack, server.port, room) for _ in range(sleepers)]
        said = await _say(server, room, readers)
        fates = await asyncio.gather(*(asyncio.to_thread(_fate, one) for one in asleep))
    figures = stage.figures
    figures.acknowledged += WORDS
    figures.wrong["gap"] += sum(len(set(range(1, WORDS + 1)) - set(reader.seen)) for reader in readers)
    figures.wrong["twice"] += sum(len(reader.seen) - len(set(reader.seen)) for reader in readers)
    figures.wrong["out of order"] += sum(reader.seen != sorted(reader.seen) for reader in readers)
    figures.bar("others heard everything, in order", all(r.seen == list(range(1, WORDS + 1)) for r in readers))
    figures.bar("nobody who reads was sent away", not any(reader.closed for reader in readers))
    figures.bar(f"Goodbye 4508, or dropped without a word: {fates}", all(fate in (4508, None) for fate in fates))
    lags = [at - said[seq] for r in readers[:judges] for seq, at in zip(r.seen, r.heard_at, strict=True)]
    for reader in readers:
        reader.transport.abort()
    return percentile(lags, 99)


async def _say(server: Server, room: str, readers: list[Reader]) -> dict[int, float]:
    """Post the words, each when everybody who reads has the one before; when each was sent, by number."""
    said: dict[int, float] = {}
    async with connect(f"{server.ws}/ws/", subprotocols=["hubbub.v1"], compression=None, proxy=None) as speaker:
        for number in range(1, WORDS + 1):
            post = {"type": "post", "room": room, "message": LONG, "nonce": f"{room} {number}"}
            said[number] = now()
            await speaker.send(json.dumps(post, ensure_ascii=False))
            assert await _number(speaker) == number
            await until(lambda: all(len(reader.seen) >= number for reader in readers), 20, "all heard it")  # noqa: B023
    return said


async def _number(speaker: ClientConnection) -> int:
    while (heard := json.loads(await speaker.recv()))["type"] != "ok":
        pass
    return int(heard["seq"])


def _fate(connection: object) -> int | None:
    """Wake up and read to the end: the close code, or None when the server dropped the connection."""
    last = None
    for opcode, payload in until_closed(connection):  # type: ignore[arg-type]
        last = close_code(payload) if opcode == CLOSE else None
    return last


ROWS = [
    Row("slow-readers", "100 slow readers among 500",
        "memory bounded (≤ 2 MB for each); the others' p99 at most 20 % worse", slow_readers, short=1, long=4),
]  # fmt: skip
