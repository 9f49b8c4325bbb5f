"""Readers that do not read, among 200: sent away within bounded memory, nobody else waits, and all can come back."""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests.conftest import StartServer
from tests.faults.clients import until
from tests.faults.raw import (
    CLOSE,
    close_code,
    connected,
    frame,
    resident_bytes,
    shake_hands,
    until_closed,
)
from tests.faults.readers import Reader, enter, sleeper
from tests.servers import Server

ROOM = "hall"
READERS = 190
SLOW = 10
LONG = "語" * 8000  # 24 kB as it is typed, 48 kB as it is told
WORDS = 120
MEGABYTE = 1 << 20
JOIN = {"type": "join", "room": ROOM, "since": 0}


@pytest.mark.parametrize("kind", ["fast", "uvicorn"])
async def test_those_who_do_not_read_are_sent_away_and_hold_up_nobody(start_server: StartServer, kind: str) -> None:
    server = start_server(kind, HUBBUB_RATE_LIMITS="off")
    readers = await enter(server, READERS, ROOM)
    with ExitStack() as stack:
        sleepers = [sleeper(stack, server.port, ROOM) for _ in range(SLOW)]
        before = resident_bytes(server.pid)
        peak = await _say_long_words(server, readers)
        grown = peak - before
        fates = [await asyncio.to_thread(_fate, sleeper) for sleeper in sleepers]
    print(f"\n{kind}: grew by {grown / MEGABYTE:.0f} MB; fates {sorted(map(str, fates))}")

    assert all(reader.seen == list(range(1, WORDS + 1)) for reader in readers), "others missed something"
    assert not any(reader.closed for reader in readers), "somebody who reads was sent away"
    assert all(fate in (4508, None) for fate in fates), "Goodbye 4508, or dropped without a word"
    assert grown < 40 * MEGABYTE, "what is kept for slow readers is bounded"
    for reader in readers:
        reader.transport.abort()


@pytest.mark.parametrize("kind", ["fast", "uvicorn"])
async def test_who_was_sent_away_comes_back_and_misses_nothing(start_server: StartServer, kind: str) -> None:
    server = start_server(kind, HUBBUB_RATE_LIMITS="off")
    [reader] = await enter(server, 1, ROOM)
    await _say_long_words(server, [reader])
    seen, live = await asyncio.to_thread(_come_back, server.port)
    assert seen == list(range(1, WORDS + 1))
    assert live == [WORDS + 1], "and is in the room again"
    reader.transport.abort()


async def _say_long_words(server: Server, readers: list[Reader]) -> int:
    """Post all the words, each when everybody who reads has the one before; the most memory the server had."""
    peak = 0
    async with _full_socket(server) as speaker:
        for number in range(1, WORDS + 1):
            post = {"type": "post", "room": ROOM, "message": LONG, "nonce": f"word {number}"}
            await speaker.send(json.dumps(post, ensure_ascii=False))
            ok = await _next(speaker, "ok")
            assert ok["seq"] == number
            await until(lambda: all(len(reader.seen) >= ok["seq"] for reader in readers), 10, "all heard it")  # noqa: B023
            peak = max(peak, resident_bytes(server.pid))
    return peak


def _full_socket(server: Server) -> connect:
    return connect(f"{server.ws}/ws/", subprotocols=["hubbub.v1"], compression=None, max_size=None)


async def _next(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        heard = json.loads(await socket.recv())
        if heard["type"] == kind:
            return heard


def _come_back(port: int) -> tuple[list[int], list[int]]:
    """Join from the start over a thin connection and then say something: the numbers caught up with, and heard live."""
    seen: list[int] = []
    live: list[int] = []
    with connected(port, receive_buffer=65536) as connection:
        rest = shake_hands(connection, port)
        connection.sendall(frame(json.dumps(JOIN).encode()))
        hears = seen
        for _, payload in until_closed(connection, rest):
            if payload.startswith(b'{"type":"message"'):
                hears.append(json.loads(payload)["seq"])
            elif payload.startswith(b'{"type":"synced"'):
                hears = live
                post = {"type": "post", "room": ROOM, "message": "back", "nonce": "back"}
                connection.sendall(frame(json.dumps(post).encode()))
            if live:
                break
    return seen, live


def _fate(connection: Any) -> int | None:
    """Wake up and read to the end: the close code, or None when the server dropped the connection."""
    last = None
    for opcode, payload in until_closed(connection):
        last = close_code(payload) if opcode == CLOSE else None
    return last
