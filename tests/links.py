"""A TCP link to a server on this machine that can be slowed, frozen, cut and healed, like a cable between two hosts.

It runs on an event loop in a thread of its own, so tests may block. What it carries it does not understand.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal, Self

Way = Literal["up", "down"]  # up: to the server; down: back to the client

BOTH: tuple[Way, Way] = ("up", "down")
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing drops what is unsent and answers RST
READ_BYTES = 1 << 20


class Link:
    """A port that leads to `target` until told otherwise. Its methods may be called from any thread; all but
    `stop` may be called again and again.

    While frozen, connections stay open and nothing passes; new ones are accepted (as a host's kernel does) and hear
    nothing. What was on its way goes on when healed, as it does after packets were lost and sent again.
    """

    def __init__(self, target: int, host: str = "127.0.0.1") -> None:
        self.target = (host, target)
        self.carried = {"up": 0, "down": 0}  # bytes
        self._lag = 0.0
        self._frozen: set[Way] = set()
        self._trap: tuple[Way, bytes] | None = None
        self._sprung = threading.Event()
        self._calls: set[_Call] = set()
        self._listener: socket.socket | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="link")
        self._thread.start()
        self.port = 0
        self._now(self._listen)

    # ── what a test does to it ──

    def delay(self, seconds: float) -> None:
        """Everything takes so much longer, each way. 0: as fast as it gets."""
        self._lag = seconds

    def freeze(self, *ways: Way) -> None:
        """Nothing passes any more in these ways (both if none is named); connections stay open."""
        self._now(self._freeze, ways or BOTH)

    def cut(self) -> None:
        """Reset every connection and refuse new ones."""
        self._now(self._cut)

    def reset(self) -> None:
        """Reset every connection; new ones are welcome."""
        self._now(self._reset)

    def cut_at(self, way: Way, mark: bytes) -> threading.Event:
        """Cut in the moment when something with `mark` in it has come this way, and don't let it through. The event
        is set when that has happened."""
        self._sprung.clear()
        self._trap = (way, mark)
        return self._sprung

    def heal(self) -> None:
        """No delay, nothing frozen, new connections welcome."""
        self._lag, self._trap = 0.0, None
        self._now(self._heal)

    def stop(self) -> None:
        """End it for good."""
        self._now(self._cut)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __len__(self) -> int:
        """Connections that are open now."""
        return len(self._calls)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    # ── on its own loop ──

    def _now(self, do: Callable[..., Any], *arguments: Any) -> None:
        async def call() -> None:
            do(*arguments)

        asyncio.run_coroutine_threadsafe(call(), self._loop).result(10)

    def _listen(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=4096)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._loop.add_reader(self._listener, self._accept)

    def _accept(self) -> None:
        assert self._listener is not None
        with suppress(BlockingIOError, ConnectionError):
            line, _ = self._listener.accept()
            self._loop.create_task(self._loop.connect_accepted_socket(lambda: _Call(self).end("up"), line))

    def _freeze(self, ways: tuple[Way, ...]) -> None:
        self._frozen.update(ways)

    def _cut(self) -> None:
        if self._listener is not None:
            self._loop.remove_reader(self._listener)
            self._listener.close()
            self._listener = None
        self._reset()

    def _reset(self) -> None:
        for call in list(self._calls):
            call.reset()

    def _heal(self) -> None:
        self._frozen.clear()
        for call in list(self._calls):
            call.flow()
        if self._listener is None:
            self._listen()

    def _springs(self, way: Way, data: bytes) -> bool:
        """Whether this is what the trap waits for; then everything is cut."""
        if self._trap is None or self._trap[0] != way or self._trap[1] not in data:
            return False
        self._trap = None
        self._cut()
        self._sprung.set()
        return True


class _Call:
    """One connection through a link: its two ends, and what is under way between them."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.queues: dict[Way, deque[tuple[float, bytes]]] = {"up": deque(), "down": deque()}
        self.ends: dict[Way, _End] = {}
        self.over = False
        self._alarms: set[Way] = set()

    def end(self, way: Way) -> _End:
        """The end whose data goes this way."""
        self.ends[way] = _End(self, way)
        return self.ends[way]

    def opened(self, way: Way) -> None:
        """One of the ends stands; when the client's does, the server is called."""
        if self.over or self.link._listener is None:  # cut while it was being opened
            self.reset()
            return
        self.link._calls.add(self)
        if way == "up" and "up" not in self.link._frozen:
            self._dial()
        self.flow()

    def _dial(self) -> None:
        self.end("down")
        loop = self.link._loop
        loop.create_task(self._connect()).add_done_callback(lambda task: task.exception() and self.reset())

    async def _connect(self) -> None:
        await self.link._loop.create_connection(lambda: self.ends["down"], *self.link.target)

    def take(self, way: Way, data: bytes) -> None:
        """Data, or the end of it as b"", came in."""
        if data and self.link._springs(way, data):
            return
        self.queues[way].append((self.link._loop.time() + self.link._lag, data))
        self._pass_on(way)

    def flow(self) -> None:
        """Pass on what waits and may."""
        if "down" not in self.ends and "up" not in self.link._frozen:
            self._dial()
        for way in BOTH:
            self._pass_on(way)

    def _pass_on(self, way: Way) -> None:
        into = self.ends.get("down" if way == "up" else "up")
        queue, loop = self.queues[way], self.link._loop
        while queue and into is not None and into.transport is not None and way not in self.link._frozen:
            due, data = queue[0]
            if due > loop.time():
                self._wake(way, due)
                break
            queue.popleft()
            self.link.carried[way] += len(data)
            into.give(data)
        self.ends[way].hold(self._full(way)) if way in self.ends else None

    def _full(self, way: Way) -> bool:
        """Whether to read no more for now: what has not passed on stays with the sender, as on a real line."""
        if way in self.link._frozen:
            return True
        into = self.ends.get("down" if way == "up" else "up")
        under_way = sum(len(data) for _, data in self.queues[way])
        return under_way > READ_BYTES or (into is not None and into.stuffed)

    def _wake(self, way: Way, due: float) -> None:
        if way not in self._alarms:
            self._alarms.add(way)
            self.link._loop.call_at(due, self._woken, way)

    def _woken(self, way: Way) -> None:
        self._alarms.discard(way)
        self._pass_on(way)

    def close_if_ended(self) -> None:
        """Close both ends once neither has anything more to say."""
        if all(end.ended or end.transport is None for end in self.ends.values()):
            for end in self.ends.values():
                if end.transport is not None:
                    end.transport.close()

    def reset(self) -> None:
        """Both ends get an RST."""
        self.over = True
        self.link._calls.discard(self)
        for end in self.ends.values():
            end.reset()

    def closed(self) -> None:
        """One end is gone; when both are, so is the call."""
        if all(end.transport is None for end in self.ends.values()):
            self.link._calls.discard(self)


class _End(asyncio.Protocol):
    """One socket of a call. `way` is where its data goes."""

    def __init__(self, call: _Call, way: Way) -> None:
        self.call = call
        self.way = way
        self.transport: asyncio.Transport | None = None
        self.stuffed = False
        self.ended = False  # nothing more will be written to it
        self._held = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.call.opened(self.way)

    def data_received(self, data: bytes) -> None:
        self.call.take(self.way, data)

    def eof_received(self) -> bool:
        self.call.take(self.way, b"")
        return True  # the other direction may still have something to say

    def connection_lost(self, error: Exception | None) -> None:
        self.transport = None
        if error is not None:
            self.call.reset()
        self.call.closed()

    def pause_writing(self) -> None:
        self.stuffed = True
        self.call.flow()

    def resume_writing(self) -> None:
        self.stuffed = False
        self.call.flow()

    def give(self, data: bytes) -> None:
        """Write what the other end said; b"" ends it."""
        assert self.transport is not None
        if data:
            self.transport.write(data)
        elif self.transport.can_write_eof():
            self.transport.write_eof()
            self.ended = True
            self.call.close_if_ended()

    def hold(self, on: bool) -> None:
        """Read no more, or again."""
        if self.transport is not None and on != self._held and not self.transport.is_closing():
            self._held = on
            (self.transport.pause_reading if on else self.transport.resume_reading)()

    def reset(self) -> None:
        if self.transport is not None:
            line = self.transport.get_extra_info("socket")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
            self.transport.abort()
