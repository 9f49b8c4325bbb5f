"""One socket's outgoing side: order, the bound on how far it may be behind, Goodbyes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.errors import Goodbye, spread_of
from hubbub.protocol import Frame, Pong
from hubbub.wire import Burst, FastWire, PlainWire, Wire, open_wire


class Server:
    """An ASGI server: keeps what is sent; may be slow, or gone."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.open = asyncio.Event()
        self.open.set()
        self.gone = False

    async def send(self, event: dict[str, Any]) -> None:
        await self.open.wait()
        if self.gone:
            raise ConnectionError("gone")
        self.sent.append(event)


class Extension:
    """What a server offers under `hubbub.wire`, and its transport in one."""

    def __init__(self) -> None:
        self.transport = self
        self.close_sent = False
        self.written = b""
        self.behind = 0
        self.aborted = False

    def write(self, wire: bytes) -> None:
        self.written += wire

    def get_write_buffer_size(self) -> int:
        return self.behind

    def is_closing(self) -> bool:
        return self.aborted

    def abort(self) -> None:
        self.aborted = True


def burst(*numbers: int) -> Burst:
    return Burst([Frame(b'{"n":%d}' % number, number) for number in numbers])


async def rest() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_the_fast_wire_is_taken_where_the_server_offers_it() -> None:
    extension, server = Extension(), Server()
    assert isinstance(open_wire({"extensions": {"hubbub.wire": extension}}, server.send, 1), FastWire)
    assert isinstance(open_wire({"extensions": {}}, server.send, 1), PlainWire)
    assert isinstance(open_wire({}, server.send, 1), PlainWire)


async def test_the_plain_wire_keeps_the_order() -> None:
    server = Server()
    wire = PlainWire(server.send, 10_000)
    server.open.clear()
    for number in range(50):
        wire.deliver(burst(number * 2, number * 2 + 1))
        if number % 7 == 0:
            await rest()
    server.open.set()
    await rest()
    wire.deliver(burst(100))
    for _ in range(10):
        await rest()
    assert [event["text"] for event in server.sent] == [f'{{"n":{number}}}' for number in range(101)]


async def test_the_fast_wire_writes_at_once_and_in_order() -> None:
    extension = Extension()
    wire = FastWire(extension, Server().send, 1000)
    wire.deliver(burst(1, 2))
    wire.send(Pong(ref="x"))
    wire.send_frames([])
    assert extension.written == burst(1, 2).wire + Frame(b'{"type":"pong","ref":"x"}').wire


async def test_the_fast_wire_writes_nothing_after_a_close() -> None:
    for closed in ("close_sent", "aborted"):
        extension = Extension()
        setattr(extension, closed, True)
        FastWire(extension, Server().send, 1000).deliver(burst(1))
        assert extension.written == b""


async def test_a_slow_reader_of_the_plain_wire_is_sent_away_with_bounded_memory() -> None:
    server = Server()
    wire = PlainWire(server.send, 1000)
    server.open.clear()
    for number in range(10_000):
        wire.deliver(burst(number))
    assert wire.closing is Goodbye.TOO_SLOW
    assert len(wire._waiting) < 200
    server.open.set()
    await rest()
    assert server.sent[-1]["code"] == 4508


async def test_a_slow_reader_of_the_fast_wire_is_sent_away_and_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.wire.LINGER_SECONDS", 0.01)
    extension, server = Extension(), Server()
    wire = FastWire(extension, server.send, 1000)
    extension.behind = 1001
    wire.deliver(burst(1))
    wire.deliver(burst(2))
    assert extension.written == b""
    await rest()
    assert [event["code"] for event in server.sent] == [4508]
    async with asyncio.timeout(5):
        while not extension.aborted:  # noqa: ASYNC110  it is told by no event
            await asyncio.sleep(0.01)


async def test_who_reads_again_is_not_sent_away() -> None:
    server = Server()
    wire = PlainWire(server.send, 1000)
    for number in range(10_000):
        wire.deliver(burst(number))
        if number % 20 == 0:
            while wire._task is not None:  # noqa: ASYNC110  it is told by no event
                await asyncio.sleep(0)
    assert wire.closing is None


@pytest.mark.parametrize("kind", ["fast", "plain"])
async def test_a_goodbye_comes_after_what_was_said_before_and_ends_it(kind: str) -> None:
    extension, server = Extension(), Server()
    wire: Wire = FastWire(extension, server.send, 1000) if kind == "fast" else PlainWire(server.send, 1000)
    wire.deliver(burst(1))
    wire.goodbye(Goodbye.RESTART)
    wire.goodbye(Goodbye.SIGNED_OUT)
    wire.deliver(burst(2))
    await rest()
    closes = [event for event in server.sent if event["type"] == "websocket.close"]
    assert closes == [{"type": "websocket.close", "code": 1012, "reason": Goodbye.RESTART.reason}]
    assert server.sent[-1] is closes[0]
    said = extension.written if kind == "fast" else "".join(e.get("text", "") for e in server.sent).encode()
    assert b'{"n":1}' in said
    assert b'{"n":2}' not in said


async def test_a_socket_that_is_gone_troubles_nobody() -> None:
    server = Server()
    server.gone = True
    for wire in (PlainWire(server.send, 1000), FastWire(Extension(), server.send, 1000)):
        wire.deliver(burst(1))
        await rest()
        wire.goodbye(Goodbye.RESTART)
        await rest()


@pytest.mark.parametrize("kind", ["fast", "plain"])
async def test_a_goodbye_says_within_how_long_the_crowd_should_return(kind: str) -> None:
    server = Server()
    wire: Wire = FastWire(Extension(), server.send, 1000) if kind == "fast" else PlainWire(server.send, 1000)
    wire.goodbye(Goodbye.RESTART, 2.5)
    await rest()
    assert server.sent[-1]["reason"] == "The server restarts. Come back in a moment; spread=2.5"


def test_who_should_not_return_is_not_told_when() -> None:
    assert Goodbye.SIGNED_OUT.reason_with(2.5) == Goodbye.SIGNED_OUT.reason


@given(st.integers(0, 10**7))
def test_a_crowd_is_spread_so_that_the_server_can_take_it(clients: int) -> None:
    seconds = spread_of(clients)
    assert 0.5 <= seconds <= 10
    if 1_000 <= clients <= 15_000:
        assert 1_000 <= clients / seconds <= 2_000


def test_a_goodbye_fits_into_a_close_frame() -> None:
    for why in Goodbye:
        assert 0 < len(why.reason_with(10.0).encode()) <= 123
