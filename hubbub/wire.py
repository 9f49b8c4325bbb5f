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

    __slots__ = ("closing", "limit")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.closing: Goodbye | None = None

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

    def goodbye(self, why: Goodbye) -> None:
        """Close with this code; what was delivered before still goes out first."""
        raise NotImplementedError  # pragma: no cover


class FastWire(Wire):
    """Straight to the transport: no queue, no task, no copy."""

    __slots__ = ("_extension", "_send", "_tasks", "_transport")

    def __init__(self, extension: Extension, send: Send, limit: int) -> None:
        super().__init__(limit)
        self._extension = extension
        self._transport = extension.transport
        self._send = send
        self._tasks: set[asyncio.Task[None]] = set()

    def deliver(self, burst: Burst) -> None:
        # The hottest lines of the product: no call here that is not the transport's own.
        transport = self._transport
        if self.closing is not None or self._extension.close_sent or transport.is_closing():
            return
        if transport.get_write_buffer_size() > self.limit:
            self.goodbye(Goodbye.TOO_SLOW)
        else:
            transport.write(burst.wire)

    def goodbye(self, why: Goodbye) -> None:
        if self.closing is None:
            self.closing = why
            loop = asyncio.get_running_loop()
            # The handshake may stand behind a full buffer: do not wait for a reader that does not read.
            loop.call_later(LINGER_SECONDS, self._abort)
            task = loop.create_task(_close(self._send, why))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _abort(self) -> None:
        if not self._transport.is_closing():
            self._transport.abort()


class PlainWire(Wire):
    """Through ASGI `send`, by a task that runs only while there is something to send."""

    __slots__ = ("_behind", "_send", "_task", "_waiting")

    def __init__(self, send: Send, limit: int) -> None:
        super().__init__(limit)
        self._send = send
        self._waiting: deque[bytes] = deque()
        self._behind = 0
        self._task: asyncio.Task[None] | None = None

    def deliver(self, burst: Burst) -> None:
        if self.closing is not None:
            return
        if self._behind > self.limit:
            self._waiting.clear()
            self.goodbye(Goodbye.TOO_SLOW)
            return
        self._waiting.extend([frame.payload for frame in burst.frames])
        self._behind += len(burst.wire)
        self._run()

    def goodbye(self, why: Goodbye) -> None:
        if self.closing is None:
            self.closing = why
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
                await _close(self._send, self.closing)
        except Exception:  # the socket is gone, and each server says so with an exception of its own
            self._waiting.clear()
        finally:
            self._task = None


async def _close(send: Send, why: Goodbye) -> None:
    try:
        await send({"type": "websocket.close", "code": int(why), "reason": why.reason})
    except Exception:  # the socket is gone, and each server says so with an exception of its own
        return


def open_wire(scope: dict[str, Any], send: Send, limit: int) -> Wire:
    """The fast wire where the server offers it, else the plain one."""
    extension = scope.get("extensions", {}).get(EXTENSION)
    return FastWire(extension, send, limit) if extension is not None else PlainWire(send, limit)
