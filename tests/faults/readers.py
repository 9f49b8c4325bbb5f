"""Many who only listen, cheaply: those who read at once, and those who don't read at all."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from contextlib import ExitStack
from typing import Any

from tests.faults.clients import until
from tests.faults.raw import CLOSE, PING, PONG, Frames, connected, frame, handshake, shake_hands
from tests.servers import Server

ENTER_SECONDS = 30


def _join(room: str) -> bytes:
    return frame(json.dumps({"type": "join", "room": room, "since": 0}).encode())


class Reader(asyncio.Protocol):
    """Somebody in the room who reads everything at once and remembers the numbers in the order they came."""

    def __init__(self, server: Server, room: str) -> None:
        self.port, self.room = server.port, room
        self.seen: list[int] = []
        self.heard_at: list[float] = []  # for each of `seen`, on the monotonic clock
        self.joined = False
        self.closed = False
        self._head = b""
        self._frames: Frames | None = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(handshake("/ws/", self.port, subprotocol="hubbub.v1"))

    def data_received(self, some: bytes) -> None:
        if self._frames is None:
            self._head += some
            head, end, some = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            assert head.startswith(b"HTTP/1.1 101")
            self._frames = Frames()
            self.transport.write(_join(self.room))
        for opcode, payload in self._frames.feed(some):
            self._hear(opcode, payload)

    def _hear(self, opcode: int, payload: bytes) -> None:
        if payload.startswith(b'{"type":"message"'):
            self.seen.append(json.loads(payload)["seq"])
            self.heard_at.append(time.monotonic())
        elif payload.startswith(b'{"type":"synced"'):
            self.joined = True
        elif opcode == PING:
            self.transport.write(frame(payload, PONG))
        elif opcode == CLOSE:
            self.closed = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True


async def enter(server: Server, count: int, room: str) -> list[Reader]:
    """So many readers in the room; returns when all of them are in."""
    loop = asyncio.get_running_loop()
    readers: list[Reader] = []
    for _ in range(count):
        _, reader = await loop.create_connection(lambda: Reader(server, room), server.host, server.port)
        readers.append(reader)
    await until(lambda: all(reader.joined for reader in readers), ENTER_SECONDS, "everybody is in the room")
    return readers


def sleeper(stack: ExitStack, port: int, room: str) -> socket.socket:
    """A connection that joins and then reads no byte."""
    connection = stack.enter_context(connected(port, receive_buffer=4096))
    shake_hands(connection, port)
    connection.sendall(_join(room))
    return connection
