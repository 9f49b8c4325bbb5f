"""Ten thousand connections at once: every one is served, or refused cleanly."""

from __future__ import annotations

import asyncio
import json
import resource
from collections import Counter
from typing import Any

from websockets.asyncio.client import connect

from tests.faults.clients import within
from tests.faults.cluster import SHARED, Vitals, memory, now
from tests.faults.matrix.row import Row
from tests.faults.raw import CLOSE, PING, PONG, Frames, close_code, frame, handshake
from tests.faults.stage import Stage
from tests.servers import Server

FILES = 11_000
PATIENCE = 120.0
CLEAN = ("served", "closed 1013", "closed 4429", "HTTP 503", "HTTP 429")


class Caller(asyncio.Protocol):
    """One of them: comes, joins, stays."""

    def __init__(self, server: Server, room: str) -> None:
        self.server, self.room = server, room
        self.fate = ""
        self.heard = 0
        self.at = 0.0
        self._head = b""
        self._frames: Frames | None = None
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(handshake("/ws/", self.server.port, subprotocol="hubbub.v1"))

    def data_received(self, some: bytes) -> None:
        if self._frames is None:
            self._head += some
            head, end, some = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            status = int(head.split(b" ")[1])
            if status != 101:
                self._end(f"HTTP {status}")
                return
            self._frames = Frames()
            self.transport.write(frame(json.dumps({"type": "join", "room": self.room, "since": 0}).encode()))
        for opcode, payload in self._frames.feed(some):
            if opcode == PING:
                self.transport.write(frame(payload, PONG))
            elif opcode == CLOSE:
                self._end(f"closed {close_code(payload)}")
            elif payload.startswith(b'{"type":"synced"'):
                self._end("served")
            elif payload.startswith(b'{"type":"message"'):
                self.heard += 1

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(f"broken off ({exc})" if exc else "hung up on")

    def _end(self, fate: str) -> None:
        if not self.fate:
            self.fate, self.at = fate, now()


async def stampede(stage: Stage) -> None:
    """First without quotas, when all must be served; then with the quota of one address, when most must be refused."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    try:
        for turn in stage.turns():
            await _rush(stage, quota=turn % 2 == 1)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def _rush(stage: Stage, *, quota: bool) -> None:
    count, figures = int(stage.pick(10_000, 600)), stage.figures
    server = stage.alone(**({"HUBBUB_RATE_LIMITS": "on"} if quota else SHARED)).nodes[0]
    async with Vitals([server]) as vitals:
        before, began = memory(server), now()
        callers = [Caller(server, f"hall {number % 100}") for number in range(count)]
        await asyncio.gather(*(_call(caller) for caller in callers))
        await within(lambda: all(caller.fate for caller in callers), PATIENCE)
        fates = Counter(caller.fate or "no answer" for caller in callers)
        each = (memory(server) - before) / max(1, fates["served"]) / 1024
        if not quota:
            await _tell_all(stage, server, callers)
    for caller in callers:
        if caller.transport is not None:
            caller.transport.abort()
    figures.peak = max(figures.peak, vitals.peak)
    figures.heal += [caller.at - began for caller in callers if caller.fate in CLEAN]
    told = ", ".join(f"{times:,} {fate}" for fate, times in fates.most_common())
    figures.note(f"with the quota of one address: {told}" if quota else f"{told}, {each:.0f} KB each")
    figures.bar(f"all served or refused cleanly: {told}", sum(fates[fate] for fate in CLEAN) == count)
    figures.bar(f"without quotas all are served: {told}", quota or fates["served"] == count)


async def _call(caller: Caller) -> None:
    loop, server = asyncio.get_running_loop(), caller.server
    try:
        async with asyncio.timeout(PATIENCE):
            await loop.create_connection(lambda: caller, server.host, server.port)
    except (OSError, TimeoutError) as error:
        caller.fate = f"not let in ({type(error).__name__})"


async def _tell_all(stage: Stage, server: Server, callers: list[Caller]) -> None:
    """Say something in each room: everybody hears it once."""
    async with connect(f"{server.ws}/ws/", subprotocols=["hubbub.v1"], compression=None, proxy=None) as speaker:
        for room in {caller.room for caller in callers}:
            await speaker.send(json.dumps({"type": "post", "room": room, "message": "all here?", "nonce": room}))
        await within(lambda: all(caller.heard for caller in callers), 30)
    stage.figures.bar("everybody heard what was said then, once", all(caller.heard == 1 for caller in callers))


def _too_few_files() -> str:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return "" if hard >= FILES or hard == resource.RLIM_INFINITY else f"{FILES:,} open files are needed, {hard:,} given"


ROWS = [
    Row("stampede", "10,000 connections at once", "all served or refused cleanly; without quotas all served",
        stampede, short=2, long=2, needs=(_too_few_files,)),
]  # fmt: skip
