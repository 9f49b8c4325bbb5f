"""WebSockets by hand (RFC 6455), for what a well-behaved library does not do: rubbish, silence, tiny buffers."""

from __future__ import annotations

import base64
import os
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

TEXT, BINARY, CONTINUATION, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10


def resident_bytes(pid: int) -> int:
    """The memory of a process that is in RAM now."""
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kilobytes) * 1024


def handshake(path: str, port: int, *, subprotocol: str = "") -> bytes:
    """The request that opens a WebSocket."""
    lines = [
        f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}", "Sec-WebSocket-Version: 13",
        *([f"Sec-WebSocket-Protocol: {subprotocol}"] if subprotocol else []),
    ]  # fmt: skip
    return "\r\n".join([*lines, "", ""]).encode()


def frame(payload: bytes, opcode: int = TEXT, *, first: int = 0x80, masked: bool = True) -> bytes:
    """A client's frame. `first` holds the bits beside the opcode: 0x80 final, 0x70 reserved."""
    size, mask = len(payload), 0x80 if masked else 0
    head = bytes((first | opcode,))
    if size < 126:
        head += bytes((mask | size,))
    elif size < 65536:
        head += bytes((mask | 126,)) + size.to_bytes(2, "big")
    else:
        head += bytes((mask | 127,)) + size.to_bytes(8, "big")
    if not masked:
        return head + payload
    key = os.urandom(4)
    keys = (key * (size // 4 + 1))[:size]
    return head + key + (int.from_bytes(payload, "big") ^ int.from_bytes(keys, "big")).to_bytes(size, "big")


class Frames:
    """A server's bytes as (opcode, payload)s, however they are cut."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, some: bytes) -> Iterator[tuple[int, bytes]]:
        """The frames that are complete with these bytes."""
        self._rest += some
        start = 0
        while (found := self._one(start)) is not None:
            opcode, begin, start = found
            yield opcode, bytes(self._rest[begin:start])
        del self._rest[:start]

    def _one(self, start: int) -> tuple[int, int, int] | None:
        rest = self._rest
        if len(rest) < start + 2:
            return None
        size, begin = rest[start + 1] & 0x7F, start + 2
        if size >= 126:
            begin += 2 if size == 126 else 8
            size = int.from_bytes(rest[start + 2 : begin], "big")
            if len(rest) < begin:
                return None
        return (rest[start] & 15, begin, begin + size) if len(rest) >= begin + size else None


@contextmanager
def connected(port: int, *, receive_buffer: int = 0) -> Iterator[socket.socket]:
    """A TCP connection to the server, with a receive buffer of a wanted size."""
    with closing(socket.socket()) as connection:
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(20)
        connection.connect(("127.0.0.1", port))
        yield connection


def shake_hands(connection: socket.socket, port: int, path: str = "/ws/", subprotocol: str = "hubbub.v1") -> bytes:
    """Open a WebSocket on the connection; what came after the answer's head."""
    connection.sendall(handshake(path, port, subprotocol=subprotocol))
    answer = b""
    while b"\r\n\r\n" not in answer:
        some = connection.recv(4096)
        assert some, "the server hung up on a good handshake"
        answer += some
    head, _, rest = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 101"), head
    return rest


def until_closed(connection: socket.socket, rest: bytes = b"") -> Iterator[tuple[int, bytes]]:
    """Every frame up to the close frame, which comes last, or up to a broken connection."""
    frames, some = Frames(), rest
    while True:
        for opcode, payload in frames.feed(some):
            yield opcode, payload
            if opcode == CLOSE:
                return
        try:
            some = connection.recv(1 << 18)
        except ConnectionError:
            return
        if not some:
            return


def close_code(payload: bytes) -> int:
    """The code in a close frame."""
    return int.from_bytes(payload[:2], "big")
