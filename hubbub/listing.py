"""Who looks at the list of public rooms, or of people, and is told when it is another. A hint: what the layer loses,
the page finds out when it looks again by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from sys import intern
from typing import Any

from hubbub import announce
from hubbub.models.room import PRIVATE
from hubbub.protocol import GUARDS, Frame, Listed, encode
from hubbub.sessions import Bearer

GATHER_SECONDS = 0.3  # many changes are told at once
ROOMS, PEOPLE = "rooms", "people"


def concerns_rooms(announcements: Sequence[tuple[str, Frame]]) -> bool:
    """Whether the list of rooms is another now: by a public room's first number, or by its own state."""
    return any(
        (frame.number == 1 or frame.mark & GUARDS) and not key.startswith(PRIVATE) for key, frame in announcements
    )


def listed_words(of: str) -> dict[str, Any]:
    """What nodes say to each other when a list is another."""
    return {"type": "hubbub.listed", "of": of}


class Listing:
    """Of one node. Call from its event loop only. `say` tells the other nodes."""

    def __init__(self, loop: asyncio.AbstractEventLoop, say: Callable[[str, dict[str, Any]], None]) -> None:
        self._loop = loop
        self._say = say
        self._readers: dict[str, set[Bearer]] = {ROOMS: set(), PEOPLE: set()}
        self._due: set[str] = set()

    def watch(self, reader: Bearer, of: str, on: bool) -> None:
        """Tell this socket of this list from now on, or no more."""
        (self._readers[of].add if on else self._readers[of].discard)(reader)

    def forget(self, reader: Bearer) -> None:
        """This socket is gone."""
        for readers in self._readers.values():
            readers.discard(reader)

    def committed(self, announcements: Sequence[tuple[str, Frame]]) -> None:
        """What was committed here."""
        if concerns_rooms(announcements):
            self.tell(ROOMS)

    def tell(self, of: str) -> None:
        """A list is another by what was done here."""
        self.changed(of)
        self._say(announce.NODES, listed_words(of))

    def changed(self, of: str) -> None:
        """A list is another, here or elsewhere."""
        if self._readers.get(of) and of not in self._due:
            self._due.add(of)
            self._loop.call_later(GATHER_SECONDS, self._tell, of)

    def _tell(self, of: str) -> None:
        self._due.discard(of)
        frame = encode(Listed(of=intern(of)))
        for reader in list(self._readers[of]):
            reader.tell(frame)
