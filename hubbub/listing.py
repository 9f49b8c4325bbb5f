"""Who looks at the list of public rooms, and is told when it is another. A hint: what the layer loses, the page finds
out when it looks again by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from hubbub import announce
from hubbub.models.room import PRIVATE
from hubbub.protocol import GUARDS, Frame, Listed, encode
from hubbub.sessions import Bearer

GATHER_SECONDS = 0.3  # many changes are told at once


class Listing:
    """Of one node. Call from its event loop only. `say` tells the other nodes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, say: Callable[[str, dict[str, Any]], None]) -> None:
        self._loop = loop
        self._say = say
        self._readers: set[Bearer] = set()
        self._due = False

    def watch(self, reader: Bearer, on: bool) -> None:
        """Tell this socket from now on, or no more."""
        (self._readers.add if on else self._readers.discard)(reader)

    def committed(self, announcements: Sequence[tuple[str, Frame]]) -> None:
        """What was committed here: a public room's first number, or its own state, makes the list another."""
        for key, frame in announcements:
            if (frame.number == 1 or frame.mark & GUARDS) and not key.startswith(PRIVATE):
                self.changed()
                self._say(announce.NODES, {"type": "hubbub.listed"})
                return

    def changed(self) -> None:
        """The list is another, here or elsewhere."""
        if self._readers and not self._due:
            self._due = True
            self._loop.call_later(GATHER_SECONDS, self._tell)

    def _tell(self) -> None:
        self._due = False
        frame = encode(Listed())
        for reader in list(self._readers):
            reader.tell(frame)
