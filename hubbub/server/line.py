"""The line between a worker and its supervisor: short messages both ways, and a sign when one of them has gone.

A worker says that it is `ready`, which groups it follows, and what others in a group should hear; the supervisor
passes that on (hubbub.server.relay). Bounded and never waited for: what does not fit is dropped, and the database
has it all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import msgspec

BACKLOG_BYTES = 4 * 1024 * 1024
LARGEST = 16 * 1024 * 1024
_HEAD = 4


class Said(msgspec.Struct, array_like=True):
    """A message on the line. `what` is ready, add, discard or send; `content` is for who hears it."""

    what: str
    group: str = ""
    content: bytes = b""


Heard = Callable[["Line", Said, bytes], None]
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Said).decode


class Line(asyncio.Protocol):
    """One end. `heard` gets each message, decoded and raw; `lost` is called when the other end has gone."""

    def __init__(self, heard: Heard, lost: Callable[[Line], None]) -> None:
        self._heard = heard
        self._lost = lost
        self._inbox = bytearray()
        self._transport: asyncio.Transport | None = None

    def say(self, said: Said) -> bool:
        """Send a message; False when the other end is too far behind, or gone: then it is dropped."""
        return self.pass_on(_encode(said))

    def pass_on(self, raw: bytes) -> bool:
        """The same with a message that is encoded already."""
        transport = self._transport
        if transport is None or transport.is_closing() or len(raw) > LARGEST:
            return False
        if transport.get_write_buffer_size() > BACKLOG_BYTES:
            return False
        transport.write(len(raw).to_bytes(_HEAD, "big") + raw)
        return True

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    # ── as asyncio calls it ──

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none of asyncio's classes

    def data_received(self, data: bytes) -> None:
        inbox = self._inbox
        inbox += data
        at = 0
        while len(inbox) - at >= _HEAD:
            end = at + _HEAD + int.from_bytes(inbox[at : at + _HEAD], "big")
            if end > len(inbox):
                break
            raw = bytes(inbox[at + _HEAD : end])
            at = end
            self._heard(self, _decode(raw), raw)
        del inbox[:at]

    def connection_lost(self, exc: Exception | None) -> None:
        self._lost(self)
