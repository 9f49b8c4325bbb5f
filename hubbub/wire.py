"""One socket's outgoing side: ready bytes out, a bound on how far it may be behind, a Goodbye.

The fast wire writes straight to the transport of a server that offers `scope["extensions"]["hubbub.wire"]`
(hubbub.server.websocket does). The plain wire works on every ASGI server. Both keep G6: a reader that is more than
`backlog_bytes` behind is sent away to come back and resume; nobody else waits for it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from hubbub.errors import Goodbye
from hubbub.protocol import Event, Frame, encode

EXTENSION = "hubbub.wire"
LINGER_SECONDS = 5.0

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Burst:
    """The frames of a room that arose in one turn of the loop, joined once for all fast wires."""

    __slots__ = ("frames", "wire")

    def __init__(self, frames: Sequence[Frame]) -> None:
        self.frames = frames
        self.wire = frames[0].wire if len(frames) == 1 else b"".join([frame.wire for frame in frames])


class Extension(Protocol):
    """What a server offers under `hubbub.wire` once the handshake is complete."""

    transport: asyncio.Transport
    close_sent: bool


class Wire:
    """What every wire can do."""

    __slots__ = ("bar", "closing", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.bar = limit  # higher than the limit while a catch-up is on its way
        self.closing: Goodbye | None = None

    def behind(self) -> int:
        """Bytes that were delivered to this wire and have not left it."""
        raise NotImplementedError  # pragma: no cover

    def deliver(self, burst: Burst) -> None:
        """Send a room's frames, or say Goodbye if the reader is too far behind."""
        raise NotImplementedError  # pragma: no cover

    def send(self, event: Event) -> None:
        """Send an answer to this socket alone."""
        self.deliver(Burst((encode(event),)))

    def send_frames(self, frames: Sequence[Frame]) -> None:
        """Send frames to this socket alone."""
        if frames:
            self.deliver(Burst(frames))

    def catch_up(self, frames: Sequence[Frame]) -> None:
        """Send what this reader asked for in one piece: however big it is, it does not count as being slow."""
        if frames:
            burst = Burst(frames)
            self.deliver(burst)
            self.bar = self.behind() + self.limit

    async def room_for_more(self) -> None:
        """Return once the reader is no further behind than the limit, or the wire is closing."""
        # A transport tells how far behind it is, not when it no longer is
        while self.closing is None and self.behind() > self.limit:  # noqa: ASYNC110
            await asyncio.sleep(0.05)

    def goodbye(self, why: Goodbye, spread: float = 0) -> None:
        """Close with this code; what was delivered before still goes out first. `spread`: see Goodbye.reason_with."""
        raise NotImplementedError  # pragma: no cover


class FastWire(Wire):
    """Straight to the transport: no queue, no task, no copy."""

    __slots__ = ("_extension", "_send", "_tasks", "_transport", "write")

    def __init__(self, extension: Extension, send: Send, limit: int) -> None:
        super().__init__(limit)
        self._extension = extension
        self._transport = extension.transport
        self.write: Callable[[bytes], None] = extension.transport.write  # unchecked: see hubbub.crowd
        self._send = send
        self._tasks: set[asyncio.Task[None]] = set()

    def deliver(self, burst: Burst) -> None:
        transport = self._transport
        if self.closing is not None or self._extension.close_sent or transport.is_closing():
            return
        behind = transport.get_write_buffer_size()
        if behind > self.bar:
            self.goodbye(Goodbye.TOO_SLOW)
            return
        if behind <= self.limit:
            self.bar = self.limit
        transport.write(burst.wire)

    def behind(self) -> int:
        return self._transport.get_write_buffer_size()

    def goodbye(self, why: Goodbye, spread: float = 0) -> None:
        if self.closing is None:
            self.closing = why
            self.write = _nowhere
            loop = asyncio.get_running_loop()
            # The handshake may stand behind a full buffer: do not wait for a reader that does not read.
            loop.call_later(LINGER_SECONDS, self._abort)
            task = loop.create_task(_close(self._send, why, why.reason_with(spread)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _abort(self) -> None:
        if not self._transport.is_closing():
            self._transport.abort()


class PlainWire(Wire):
    """Through ASGI `send`, by a task that runs only while there is something to send."""

    __slots__ = ("_behind", "_reason", "_send", "_task", "_waiting")

    def __init__(self, send: Send, limit: int) -> None:
        super().__init__(limit)
        self._send = send
        self._waiting: deque[bytes] = deque()
        self._behind = 0
        self._task: asyncio.Task[None] | None = None

    def deliver(self, burst: Burst) -> None:
        if self.closing is not None:
            return
        if self._behind > self.bar:
            self._waiting.clear()
            self.goodbye(Goodbye.TOO_SLOW)
            return
        if self._behind <= self.limit:
            self.bar = self.limit
        payloads = [frame.payload for frame in burst.frames]
        self._waiting.extend(payloads)
        self._behind += sum(map(len, payloads))
        self._run()

    def behind(self) -> int:
        return self._behind

    def goodbye(self, why: Goodbye, spread: float = 0) -> None:
        if self.closing is None:
            self.closing = why
            self._reason = why.reason_with(spread)
            self._run()

    def _run(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._drain())

    async def _drain(self) -> None:
        try:
            while self._waiting:
                payload = self._waiting.popleft()
                await self._send({"type": "websocket.send", "text": payload.decode()})
                self._behind -= len(payload)
            self._behind = 0
            if self.closing is not None:
                await _close(self._send, self.closing, self._reason)
        except Exception:  # the socket is gone, and each server says so with an exception of its own
            self._waiting.clear()
        finally:
            self._task = None


def _nowhere(data: bytes) -> None:
    """Where the writes of a wire go that has said Goodbye."""


async def _close(send: Send, why: Goodbye, reason: str) -> None:
    # daphne's library refuses to send codes between 1001 and 2999: then one of ours that means the same to a client.
    instead = Goodbye.TOO_SLOW if why in (Goodbye.RESTART, Goodbye.TRY_LATER) else Goodbye.BAD_PROTOCOL
    for code in (why, instead):
        try:
            await send({"type": "websocket.close", "code": int(code), "reason": reason})
        except Exception:  # noqa: S112  the socket is gone, or the code not taken: each server says so its own way
            continue
        return


def open_wire(scope: dict[str, Any], send: Send, limit: int) -> Wire:
    """The fast wire where the server offers it, else the plain one."""
    extension = scope.get("extensions", {}).get(EXTENSION)
    return FastWire(extension, send, limit) if extension is not None else PlainWire(send, limit)
