"""Everything that is not the protocol, made from dice; and how to hurl it at a server."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Sequence

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
    shake_hands,
    until_closed,
)

REFUSED_FIRST = 50  # of a connection; the next one is answered with a Goodbye

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


# ── hurling it ──────────────────────────────────────────────────────────────────────────────────────────────────────


def hurl(
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
                send_all(connection, last)
                if hang_up:
                    connection.shutdown(socket.SHUT_WR)
        return refused, None


def send_all(connection: socket.socket, some: bytes) -> None:
    """Send, or be stopped by a server that has heard enough."""
    try:
        connection.sendall(some)
    except ConnectionError:
        return


def knock_badly(port: int, request: bytes) -> None:
    with connected(port) as connection:
        send_all(connection, request)
