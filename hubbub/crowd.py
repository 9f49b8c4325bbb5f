"""Many wires that get the same frames: the fan-out, and the hottest loop of the product.

A fast wire's transport is written to with no call in between but its own. How far each reader is behind is looked at
once in `LOOK_BYTES`, so the bound of G6 is the wire's limit and that much more.
"""

from __future__ import annotations

from collections.abc import Sequence

from hubbub.figures import figures
from hubbub.protocol import Frame
from hubbub.wire import Burst, FastWire, Wire

LOOK_BYTES = 16 * 1024


class Crowd:
    """The wires of one kind in one room. Call from the node's event loop only."""

    __slots__ = ("_fast", "_others", "_unseen")

    def __init__(self) -> None:
        self._fast: dict[FastWire, None] = {}
        self._others: dict[Wire, None] = {}
        self._unseen = 0

    def __len__(self) -> int:
        return len(self._fast) + len(self._others)

    def add(self, wire: Wire) -> None:
        """`wire` gets what comes from now on."""
        if isinstance(wire, FastWire):
            self._fast[wire] = None
        else:
            self._others[wire] = None

    def discard(self, wire: Wire) -> None:
        """`wire` gets nothing more."""
        self._fast.pop(wire, None)  # type: ignore[call-overload]  # any wire may be asked for
        self._others.pop(wire, None)

    def wires(self) -> list[Wire]:
        """All of them, as they are now."""
        return [*self._fast, *self._others]

    def deliver(self, frames: Sequence[Frame]) -> None:
        """Write the frames, joined, to every wire."""
        burst = Burst(frames)
        wires = len(self._fast) + len(self._others)
        figures.deliveries += wires * len(frames)
        figures.delivered_bytes += wires * len(burst.wire)
        self._unseen += len(burst.wire)
        if self._unseen > LOOK_BYTES:
            self._unseen = 0
            for fast in self._fast:
                fast.deliver(burst)
        else:
            self._write(burst.wire)
        for wire in list(self._others):
            wire.deliver(burst)

    def _write(self, data: bytes) -> None:
        for wire in self._fast:
            try:
                wire.write(data)
            except RuntimeError:
                continue  # its transport is closed already; the socket's own task is about to leave
