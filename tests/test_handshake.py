"""The opening handshake: what we take in one look is what the library takes, word for word."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from websockets.server import ServerProtocol

from hubbub.server import handshake

KEY = "dGhlIHNhbXBsZSBub25jZQ=="  # RFC 6455, §1.3
USUAL = {
    "host": "chat.example.org",
    "upgrade": "websocket",
    "connection": "keep-alive, Upgrade",
    "sec-websocket-key": KEY,
    "sec-websocket-version": "13",
}


def head(target: str = "/ws/", lines: list[tuple[str, str]] | None = None, **changes: str | None) -> bytes:
    headers = {**USUAL, **{name.replace("_", "-"): value for name, value in changes.items()}}
    pairs = [(name, value) for name, value in headers.items() if value is not None] + (lines or [])
    return "".join([f"GET {target} HTTP/1.1\r\n", *(f"{n}: {v}\r\n" for n, v in pairs), "\r\n"]).encode("latin-1")


def the_library_accepts(request: bytes) -> bool:
    protocol = ServerProtocol()
    protocol.receive_data(request)
    events = protocol.events_received()
    return bool(events) and protocol.accept(events[0]).status_code == 101  # type: ignore[arg-type]


def test_the_usual_handshake_is_read_whole() -> None:
    read = handshake.read(head("/ws/chat/caf%C3%A9/?since=3&x=%20", sec_websocket_protocol="a, hubbub.v1"))
    assert read is not None
    assert (read.path, read.query, read.subprotocols) == ("/ws/chat/caf%C3%A9/", "since=3&x=%20", ["a", "hubbub.v1"])
    assert (b"host", b"chat.example.org") in read.headers


def test_the_answer_is_the_standards_example() -> None:
    answer = handshake.answer(KEY.encode(), [(b"date", b"today")], "hubbub.v1").split(b"\r\n")
    assert answer[0] == b"HTTP/1.1 101 Switching Protocols"
    assert b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in answer
    assert {b"date: today", b"Sec-WebSocket-Protocol: hubbub.v1", b"Upgrade: websocket"} <= set(answer)
    assert answer[-2:] == [b"", b""]


@pytest.mark.parametrize(
    "request_",
    [
        b"",
        b"GET / HTTP/1.1\r\n",
        head()[:-2],
        head() + b"\x81\x00",
        head().replace(b"GET", b"POST"),
        head().replace(b"HTTP/1.1", b"HTTP/1.0"),
        head("http://chat.example.org/ws/"),
        head("/caf\xe9/"),
        head(upgrade="h2c"),
        head(upgrade=None),
        head(connection="close"),
        head(connection=None),
        head(sec_websocket_version="8"),
        head(sec_websocket_key="c2hvcnQ="),
        head(sec_websocket_key=KEY[:-3] + "R=="),
        head(sec_websocket_key=None),
        head(lines=[("sec-websocket-key", KEY)]),
        head(lines=[("Upgrade", "websocket")]),
        head(lines=[("sec-websocket-protocol", "a"), ("Sec-WebSocket-Protocol", "b")]),
        head(transfer_encoding="chunked"),
    ],
)
def test_an_unusual_head_is_left_to_the_library(request_: bytes) -> None:
    assert handshake.read(request_) is None


_token = st.text(string.ascii_letters + string.digits + "-", min_size=1, max_size=12)
_value = st.text(
    string.printable.replace("\r", "").replace("\n", "").replace("\x0b", "").replace("\x0c", ""), max_size=20
)
_own = st.sampled_from(
    ["Upgrade", "Connection", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol"]
)


@given(st.lists(st.tuples(_token | _own, _value | st.sampled_from([KEY, "websocket", "Upgrade", "13"])), max_size=6))
@example([("upgrade", "websocket")])
@example([("connection", "Upgrade")])
def test_what_is_taken_here_the_library_takes_too(lines: list[tuple[str, str]]) -> None:
    for request in (head(lines=lines), head(upgrade=None, connection=None, lines=lines)):
        if handshake.read(request) is not None:
            assert the_library_accepts(request)
