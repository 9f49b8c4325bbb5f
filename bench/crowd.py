"""A crowd on the full socket that talks all the time and comes back as docs/protocol.md asks: how long did each hear
nothing? For restarts, where the load tools in C, which do not wait before they return, would measure something else.
"""

import asyncio
import json
import random
import re
import struct
import time
from base64 import b64encode
from collections.abc import Callable, Coroutine
from secrets import token_bytes
from typing import cast

SPREAD = re.compile(rb"spread=(\d+(?:\.\d+)?)$")
HANDSHAKE = (
    "GET /ws/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: hubbub.v1\r\n\r\n"
)
WAIT_FIRST, WAIT_MOST, WELCOME_WITHIN = 1.0, 15.0, 10.0


class Member(asyncio.Protocol):
    """One client in one room. `heard` has the time of its newest delivery, `gaps` the silences over a loss."""

    def __init__(self, crowd: "Crowd", room: str) -> None:
        self.crowd, self.room = crowd, room
        self.here = False
        self.heard = 0.0
        self.last = 0
        self.wrong = 0
        self.silent_since: float | None = None
        self.gaps: list[float] = []
        self._spread = 0.0
        self._failures = 0
        self._transport: asyncio.Transport | None = None

    async def come(self) -> None:
        """Open the line; come back later when nobody is there."""
        try:
            await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self.crowd.port)
        except OSError:
            self._come_later(0.0)

    def leave(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()

    def say(self, text: str) -> None:
        """Post it."""
        self._send({"type": "post", "room": self.room, "message": text, "nonce": token_bytes(8).hex()})

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._inbox, self._open, self._said = b"", False, 0.0
        head = HANDSHAKE.format(port=self.crowd.port, key=b64encode(token_bytes(16)).decode())
        self._transport.write(head.encode())
        self._patience = asyncio.get_running_loop().call_later(WELCOME_WITHIN, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        self._inbox += data
        if not self._open:
            _, end, rest = self._inbox.partition(b"\r\n\r\n")
            if not end:
                return
            self._open, self._inbox = True, rest
        while (frame := self._next()) is not None:
            self._take(*frame)

    def connection_lost(self, exc: Exception | None) -> None:
        self._patience.cancel()
        if self.silent_since is None and self.heard:
            self.silent_since = self.heard
        self.here = False
        self._come_later(self._said)

    def _come_later(self, spread: float) -> None:
        """As connection.js: within what the server said, then within a bound that doubles."""
        if self.crowd.over:
            return
        if spread:
            self._spread = bound = spread
        else:
            bound = max(self._spread, min(WAIT_MOST, WAIT_FIRST * 2**self._failures))
            self._failures += 1
        loop = asyncio.get_running_loop()
        loop.call_later(random.random() * bound, lambda: self.crowd.keep(self.come()))

    def _next(self) -> tuple[int, bytes] | None:
        inbox = self._inbox
        if len(inbox) < 2:
            return None
        size, at = inbox[1] & 127, 2
        if size == 126 and len(inbox) >= 4:
            size, at = struct.unpack(">H", inbox[2:4])[0], 4
        elif size == 127 and len(inbox) >= 10:
            size, at = struct.unpack(">Q", inbox[2:10])[0], 10
        elif size > 125:
            return None
        if len(inbox) < at + size:
            return None
        self._inbox = inbox[at + size :]
        return inbox[0] & 15, inbox[at : at + size]

    def _take(self, opcode: int, payload: bytes) -> None:
        if opcode == 8:
            said = SPREAD.search(payload)
            self._said = float(said[1]) if said else 0.0
            self._leave_in_order()
        elif payload.startswith(b'{"type":"message"'):
            self._hear(json.loads(payload)["changed"])
        elif payload.startswith(b'{"type":"welcome"'):
            self._patience.cancel()
            epoch = json.loads(payload)["epoch"]
            self._send({"type": "join", "room": self.room, "since": self.last, "epoch": epoch, "here": False})
        elif payload.startswith(b'{"type":"synced"'):
            self.here, self._failures, self._spread = True, 0, 0.0

    def _hear(self, number: int) -> None:
        self.wrong += number != self.last + 1
        self.last = number
        self.heard = time.monotonic()
        if self.silent_since is not None:
            self.gaps.append(self.heard - self.silent_since)
            self.silent_since = None

    def _leave_in_order(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def _send(self, command: dict[str, object]) -> None:
        if self._transport is None:
            return
        payload = json.dumps(command).encode()
        size = bytes([128 | len(payload)]) if len(payload) < 126 else b"\xfe" + struct.pack(">H", len(payload))
        self._transport.write(b"\x81" + size + bytes(4) + payload)  # masked with zeros


class Crowd:
    """`size` members in `rooms` rooms, where somebody who is there says something every `pause` seconds."""

    def __init__(self, port: int, size: int, rooms: int, pause: float = 0.2) -> None:
        self.port, self.pause, self.over = port, pause, False
        self.members = [Member(self, f"blackout-{number % rooms}") for number in range(size)]
        self._rooms = [self.members[number::rooms] for number in range(rooms)]
        self._tasks: set[asyncio.Task[None]] = set()

    async def come(self, within: float = 90) -> None:
        """Everybody comes, a few at a time, and hears something."""
        for start in range(0, len(self.members), 50):
            await asyncio.gather(*(member.come() for member in self.members[start : start + 50]))
            await asyncio.sleep(0.05)
        for room in self._rooms:
            self.keep(self._talk(room))
        await self.until(lambda member: member.heard > 0, within)

    async def all_back(self, within: float = 60) -> None:
        """Until everybody is there again and has heard something since."""
        await self.until(lambda member: member.here and member.silent_since is None, within)

    async def until(self, true: Callable[[Member], bool], within: float) -> None:
        """Until it is true of each member; raises TimeoutError."""
        async with asyncio.timeout(within):
            while not all(true(member) for member in self.members):  # noqa: ASYNC110  no one event tells
                await asyncio.sleep(0.05)

    def end(self) -> None:
        """Let everybody go."""
        self.over = True
        for task in list(self._tasks):
            task.cancel()
        for member in self.members:
            member.leave()

    def keep(self, work: Coroutine[None, None, None]) -> None:
        """Let it run until the end of the crowd."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _talk(self, room: list[Member]) -> None:
        number = 0
        await asyncio.sleep(random.random() * self.pause)
        while True:
            if speaker := next((member for member in room if member.here), None):
                number += 1
                speaker.say(f"word {number}")
            await asyncio.sleep(self.pause)
