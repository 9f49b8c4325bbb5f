"""The opening handshake of a WebSocket (RFC 6455, §4.2), in one look at the head of the request. Bytes only; no I/O.

Only the usual head is taken here, which is what browsers and libraries send. With any other one the caller turns to
its library, which takes its time and says what is wrong.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha1

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_KEY = re.compile(rb"[A-Za-z0-9+/]{21}[AQgw]==")  # 16 bytes in base64
_NAMES = re.compile(rb"[\w!#$%&'*+.^`|~-]+(, ?[\w!#$%&'*+.^`|~-]+)*", re.ASCII)  # RFC 9110, §5.6.2

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Head:
    """What a client asks for. `headers` have lower-case names, in the order in which they came."""

    path: str
    query: str
    headers: Headers
    subprotocols: list[str]
    key: bytes


def read(head: bytes) -> Head | None:
    """The head of a request for a WebSocket; None when it is not whole or not the usual one."""
    if not head.startswith(b"GET /") or head.find(b"\r\n\r\n") != len(head) - 4:
        return None
    first, *lines = head[4:-4].split(b"\r\n")
    target, _, version = first.partition(b" ")
    if version != b"HTTP/1.1" or not target.isascii():
        return None
    headers = [_header(line) for line in lines]
    once = dict(headers)
    if len(once) != len(headers) and _asked_twice(headers):
        return None
    key = once.get(b"sec-websocket-key", b"")
    offered = once.get(b"sec-websocket-protocol")
    if not (_asks_for_upgrade(once) and _KEY.fullmatch(key) and (offered is None or _NAMES.fullmatch(offered))):
        return None
    path, _, query = target.decode().partition("?")
    subprotocols = [name.strip() for name in offered.decode().split(",")] if offered else []
    return Head(path, query, headers, subprotocols, key)


def answer(key: bytes, headers: Iterable[tuple[bytes, bytes]], subprotocol: str | None) -> bytes:
    """The response that opens the WebSocket, with these headers besides its own."""
    accept = b64encode(sha1(key + _GUID).digest())  # noqa: S324  the standard's; nothing is kept secret by it
    lines = [
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        + accept,
        *[name + b": " + value for name, value in headers],
    ]
    if subprotocol:
        lines.append(b"Sec-WebSocket-Protocol: " + subprotocol.encode())
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.lower(), value.strip(b" \t")


def _asked_twice(headers: Headers) -> bool:
    """Whether a header of the handshake itself is there more than once."""
    own = [name for name, _ in headers if name.startswith((b"sec-websocket-", b"upgrade", b"connection"))]
    return len(own) != len(set(own))


def _asks_for_upgrade(headers: dict[bytes, bytes]) -> bool:
    tokens = [token.strip() for token in headers.get(b"connection", b"").lower().split(b",")]
    wanted = headers.get(b"upgrade", b"").lower(), headers.get(b"sec-websocket-version")
    return b"upgrade" in tokens and wanted == (b"websocket", b"13") and b"transfer-encoding" not in headers
