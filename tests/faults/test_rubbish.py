"""100,000 malformed frames: the same process, bounded memory, a short log, and good company is not disturbed."""

from __future__ import annotations

import asyncio
import json
import random
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.asyncio.client import connect

from tests.conftest import StartServer
from tests.faults.raw import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    TEXT,
    close_code,
    connected,
    frame,
    handshake,
    resident_bytes,
    shake_hands,
    until_closed,
)  # fmt: skip
from tests.servers import Server

FRAMES = 100_000
REFUSED_FIRST = 50  # of a connection; the next one is answered with a Goodbye
TOGETHER = 4
MEGABYTE = 1 << 20

Dice = random.Random

# ── frames that are WebSocket but not our protocol: refused, and after 50 of them a Goodbye ─────────────────────────


def not_json(dice: Dice) -> bytes:
    return frame(dice.choice([b"", b"{", b"hello", b'{"type":"ping"', b"\x00", b"[1,2", b"nul", b"{'type': 'ping'}"]))


def wrong_shape(dice: Dice) -> bytes:
    value = dice.choice(
        ["null", "1", '"x"', "[]", "{}", '{"type":7}', '{"type":"sing"}', '{"type":"POST"}', '{"message":1}']
    )
    return frame(value.encode())


def wrong_type(dice: Dice) -> bytes:
    wrong = dice.choice(["null", "7", "1e999", "true", "[]", "{}", '["lobby"]', "-1", "123456789012345678901234567890"])
    kind = dice.choice(["join", "leave", "post", "history", "read", "typing"])
    return frame(f'{{"type":"{kind}","room":{wrong},"message":{wrong},"seq":{wrong}}}'.encode())


def missing_or_unknown_field(dice: Dice) -> bytes:
    return frame(
        dice.choice([b'{"type":"post"}', b'{"type":"join"}', b'{"type":"ping","more":1}', b'{"massage":"hi"}'])
    )


def too_deep(dice: Dice) -> bytes:
    depth = dice.choice([50, 500, 5_000, 30_000])
    opening = dice.choice([b"[", b'{"type":'])
    return frame((opening * depth)[:60_000])


def too_long_field(dice: Dice) -> bytes:
    return frame(json.dumps({"type": "leave", "room": "x" * dice.choice([257, 5_000, 50_000])}).encode())


def lone_surrogate(dice: Dice) -> bytes:
    return frame(b'{"type":"leave","room":"\\ud8%02x"}' % dice.randrange(256))


def binary(dice: Dice) -> bytes:
    return frame(dice.randbytes(dice.randrange(200)), BINARY)


def rubbish_in_pieces(dice: Dice) -> bytes:
    """A message in fragments that is well made, and not JSON once it is put together."""
    pieces = [frame(b"{", TEXT, first=0), *[frame(b"[", CONTINUATION, first=0)] * dice.randrange(4)]
    return b"".join([*pieces, frame(b"}", CONTINUATION)])


REFUSED = [
    *[not_json, wrong_shape, wrong_type, missing_or_unknown_field, lone_surrogate, binary] * 6,
    *[rubbish_in_pieces, too_long_field] * 2,
    too_deep,
]

# ── frames after which the connection is closed ─────────────────────────────────────────────────────────────────────


def too_many(dice: Dice) -> bytes:
    return b"".join(not_json(dice) for _ in range(10))


def bad_utf8(dice: Dice) -> bytes:
    return frame(
        b'{"type":"' + dice.choice([b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf8\x88\x80\x80", b"\xe2\x82"]) + b'"}'
    )


def oversize(dice: Dice) -> bytes:
    return frame(b"x" * dice.choice([65_537, 100_000]))


def oversize_announced(dice: Dice) -> bytes:
    return bytes((0x81, 0xFF)) + dice.choice([1 << 40, 1 << 62, (1 << 64) - 1]).to_bytes(8, "big")


def oversize_in_pieces(dice: Dice) -> bytes:
    piece = frame(b"y" * 30_000, CONTINUATION, first=0)
    return frame(b"y" * 30_000, TEXT, first=0) + piece * dice.randrange(2, 5)


def continuation_of_nothing(dice: Dice) -> bytes:
    return frame(b"more", CONTINUATION, first=dice.choice([0, 0x80]))


def text_inside_text(dice: Dice) -> bytes:
    return frame(b"{", TEXT, first=0) + frame(b"{}", TEXT)


def unmasked(dice: Dice) -> bytes:
    return frame(b'{"type":"ping"}', masked=False)


def reserved_bits(dice: Dice) -> bytes:
    return frame(b"{}", first=0x80 | dice.choice([0x40, 0x20, 0x10, 0x70]))


def reserved_opcode(dice: Dice) -> bytes:
    return frame(b"", dice.choice([3, 4, 5, 6, 7, 11, 12, 13, 14, 15]))


def control_too_long(dice: Dice) -> bytes:
    return frame(b"p" * 126, dice.choice([PING, CLOSE]))


def control_in_pieces(dice: Dice) -> bytes:
    return frame(b"p", PING, first=0)


def bad_close(dice: Dice) -> bytes:
    return frame(dice.choice([b"\x03", b"\x03\xed", b"\x00\x00", b"\x03\xe8\xff\xfe"]), CLOSE)


def torn_off(dice: Dice) -> bytes:
    """A frame that ends in the middle, and the connection with it."""
    return frame(b'{"type":"ping"}' * 20)[: dice.randrange(1, 100)]


CLOSING = {
    too_many: {4400},
    bad_utf8: {1007},
    oversize: {1009},
    oversize_announced: {1009, 1002},
    oversize_in_pieces: {1009},
    continuation_of_nothing: {1002},
    text_inside_text: {1002},
    unmasked: {1002},
    reserved_bits: {1002},
    reserved_opcode: {1002},
    control_too_long: {1002},
    control_in_pieces: {1002},
    bad_close: {1002, 1007},
    torn_off: {None},
}

# ── requests that never become a WebSocket ──────────────────────────────────────────────────────────────────────────


def broken_handshake(dice: Dice, port: int) -> bytes:
    good = handshake("/ws/", port, subprotocol="hubbub.v1")
    lines = good.split(b"\r\n")
    return dice.choice([
        good[: dice.randrange(1, len(good) - 4)],
        good,  # and away before the answer
        dice.randbytes(300),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + dice.randbytes(100),
        good.replace(b"Version: 13", b"Version: 99"),
        b"\r\n".join(line for line in lines if not line.startswith(b"Sec-WebSocket-Key")),
        good.replace(b"GET", b"POST"),
        good.replace(b"GET /ws/", b"GET /ws/" + b"a" * 70_000),
        good.replace(b"GET /ws/", b"GET /ws/chat/%ff%00%0a/"),
        good.replace(b"GET /ws/", b"GET /elsewhere/"),
        good.replace(b"Host:", b"H\x00st:"),
        good.replace(b"\r\n\r\n", b"\r\nOrigin: http://[\r\n\r\n"),
        good.replace(b"\r\n\r\n", b"\r\nCookie: sessionid=\xff\xfe; hubbub_guest=x\r\n\r\n"),
        good.replace(b"GET /ws/", b"GET /ws/?ticket=%ff:" + dice.randbytes(8).hex().encode()),
    ])  # fmt: skip


# ── the tests ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("rubbish", CLOSING)
def test_a_frame_against_the_standard_is_answered_with_the_right_close_code(
    lasting_server: Server, rubbish: Callable[[Dice], bytes]
) -> None:
    first = REFUSED_FIRST if rubbish is too_many else 1
    for seed in range(8):
        before, last, torn = [not_json(Dice(seed))] * first, rubbish(Dice(seed)), rubbish is torn_off
        refused, code = _hurl(lasting_server.port, before, last, hang_up=torn)
        assert refused in (first, first + 1)  # the allowance grows again by one in 1.2 s
        assert code in CLOSING[rubbish]


def test_each_rubbish_of_ours_is_refused_and_the_socket_stays(lasting_server: Server) -> None:
    for make in dict.fromkeys(REFUSED):
        refused, code = _hurl(lasting_server.port, [make(Dice(seed)) for seed in range(8)], frame(b"\x03\xe8", CLOSE))
        assert (refused, code) == (8, 1000), make.__name__


async def test_a_hundred_thousand_malformed_frames_disturb_nobody(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_RATE_LIMITS="off")
    _throw(server, Dice(1), rounds=20)  # whatever is made once is made
    pid, before, lines = server.pid, resident_bytes(server.pid), len(_log(server))
    company = asyncio.create_task(_talk(server))
    tally = await _throw_everything(server)
    grown, said = resident_bytes(server.pid) - before, _log(server)[lines:]
    assert server.process is not None
    assert server.process.poll() is None, "it still runs"
    assert server.pid == pid
    company.cancel()
    slowest, words = await company
    print(f"\n{tally.total():,} frames: {dict(tally)}; {grown / MEGABYTE:.1f} MB more, {len(said)} log lines;", end=" ")
    print(f"{words} words of good company, the slowest took {slowest * 1000:.0f} ms")
    assert tally.total() >= FRAMES
    assert grown < 30 * MEGABYTE
    assert len(said) < 100, "\n".join(said[:20])
    assert words > 50, "the company was kept waiting"
    assert slowest < 3


def _log(server: Server) -> list[str]:
    return server.log.read_text(errors="replace").splitlines()


async def _throw_everything(server: Server) -> Counter[str]:
    rounds = FRAMES // (REFUSED_FIRST + 1) // TOGETHER + 1
    loop = asyncio.get_running_loop()
    tally: Counter[str] = Counter()
    with ThreadPoolExecutor(TOGETHER) as pool:
        work = [loop.run_in_executor(pool, _throw, server, Dice(seed), rounds) for seed in range(TOGETHER)]
        for some in await asyncio.gather(*work):
            tally += some
    return tally


def _throw(server: Server, dice: Dice, rounds: int) -> Counter[str]:
    """Rounds of 50 frames to be refused and one that ends the connection; what the server really looked at."""
    tally: Counter[str] = Counter()
    closing = list(CLOSING)
    for turn in range(rounds):
        frames = [dice.choice(REFUSED)(dice) for _ in range(REFUSED_FIRST)]
        last = closing[turn % len(closing)]
        path, subprotocol = dice.choice([("/ws/", "hubbub.v1"), ("/ws/chat/lobby/", "")])
        refused, code = _hurl(server.port, frames, last(dice), path, subprotocol, hang_up=last is torn_off)
        assert refused in (REFUSED_FIRST, REFUSED_FIRST + 1), f"{refused} refused, then {code}"
        assert code in CLOSING[last], f"{last.__name__} was answered with {code}"
        tally["refused"] += refused
        tally[f"closed {code}" if code else "torn off"] += 1
        _knock_badly(server.port, broken_handshake(dice, server.port))
        tally["broken handshake"] += 1
    return tally


def _hurl(
    port: int,
    frames: Sequence[bytes],
    last: bytes,
    path: str = "/ws/",
    subprotocol: str = "hubbub.v1",
    *,
    hang_up: bool = False,
) -> tuple[int, int | None]:
    """Send frames, and a last one when all were refused, and no more: how many were refused, and the close code."""
    with connected(port) as connection:
        rest = shake_hands(connection, port, path, subprotocol)
        refused = 0
        connection.sendall(b"".join(frames) or last)
        for opcode, payload in until_closed(connection, rest):
            if opcode == CLOSE:
                return refused, close_code(payload)
            refused += payload.startswith(b'{"type":"refused"')
            if refused == len(frames) and refused and payload.startswith(b'{"type":"refused"'):
                _send_all(connection, last)
                if hang_up:
                    connection.shutdown(socket.SHUT_WR)
        return refused, None


def _send_all(connection: socket.socket, some: bytes) -> None:
    """Send, or be stopped by a server that has heard enough."""
    try:
        connection.sendall(some)
    except ConnectionError:
        return


def _knock_badly(port: int, request: bytes) -> None:
    with connected(port) as connection:
        _send_all(connection, request)


async def _talk(server: Server) -> tuple[float, int]:
    """Good company: posts, and hears itself, until cancelled. The slowest answer in seconds, and the posts."""
    loop, slowest, words = asyncio.get_running_loop(), 0.0, 0
    async with connect(f"{server.ws}/ws/", subprotocols=["hubbub.v1"], compression=None) as company:
        await company.send('{"type":"join","room":"parlour"}')
        try:
            while True:
                words += 1
                began = loop.time()
                post = {"type": "post", "room": "parlour", "message": f"word {words}", "nonce": f"{words}"}
                await company.send(json.dumps(post))
                await _both(company, f"{words}")
                slowest = max(slowest, loop.time() - began)
                await asyncio.sleep(0.02)
        except asyncio.CancelledError:
            return slowest, words


async def _both(company: object, nonce: str) -> None:
    """Wait for the acknowledgement and for the message itself."""
    wanted = {"ok", "message"}
    while wanted:
        heard = json.loads(await company.recv())  # type: ignore[attr-defined]
        if heard.get("nonce") == nonce:
            wanted.remove(heard["type"])
