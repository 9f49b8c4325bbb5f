"""Who looks at the list of public rooms, of people, or at what the moderators of a room do, and is told when it is
another. A hint: what the layer loses, the page finds out when it looks again by itself.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence
from sys import intern
from typing import Any

from hubbub import access, announce
from hubbub.chores import Chores
from hubbub.identity import Identity
from hubbub.models.room import PRIVATE
from hubbub.protocol import GUARDS, Frame, Listed, encode
from hubbub.sessions import Bearer

GATHER_SECONDS = 0.3  # many changes are told at once
ROOMS, PEOPLE, ACTS = "rooms", "people", "acts"

List = tuple[str, str]  # of what, and the key of the room whose acts it is about


def concerns_rooms(announcements: Sequence[tuple[str, Frame]]) -> bool:
    """Whether the list of rooms is another now: by a public room's first number, or by its own state."""
    return any(
        (frame.number == 1 or frame.mark & GUARDS) and not key.startswith(PRIVATE) for key, frame in announcements
    )


def listed_words(of: str, room: str = "") -> dict[str, Any]:
    """What nodes say to each other when a list is another."""
    return {"type": "hubbub.listed", "of": of, "room": room}


class Listing:
    """Of one node. Call from its event loop only. `say` tells the other nodes, `read` runs a function in a reader
    thread."""

    def __init__(
        self,
        chores: Chores,
        say: Callable[[str, dict[str, Any]], None],
        read: Callable[..., Awaitable[Any]],
    ) -> None:
        self._chores = chores
        self._say = say
        self._read = read
        self._readers: dict[List, set[Bearer]] = {}
        self._due: set[List] = set()

    def watch(self, reader: Bearer, of: str, on: bool, room: str = "") -> None:
        """Tell this socket of this list from now on, or no more."""
        if on:
            self._readers.setdefault((of, room), set()).add(reader)
        else:
            self._drop((of, room), reader)

    def forget(self, reader: Bearer) -> None:
        """This socket is gone."""
        for what in list(self._readers):
            self._drop(what, reader)

    def committed(self, announcements: Sequence[tuple[str, Frame]]) -> None:
        """What was committed here."""
        if concerns_rooms(announcements):
            self.tell(ROOMS)

    def tell(self, of: str, room: str = "") -> None:
        """A list is another by what was done here."""
        self.changed(of, room)
        self._say(announce.NODES, listed_words(of, room))

    def changed(self, of: str, room: str = "") -> None:
        """A list is another, here or elsewhere."""
        what = (of, room)
        if what in self._readers and what not in self._due:
            self._due.add(what)
            self._chores.loop.call_later(GATHER_SECONDS, self._tell, what)

    def _drop(self, what: List, reader: Bearer) -> None:
        readers = self._readers.get(what, set())
        readers.discard(reader)
        if not readers:
            self._readers.pop(what, None)

    def _tell(self, what: List) -> None:
        self._due.discard(what)
        of, room = what
        if of == ACTS:
            self._chores.begin(self._chores.survive(self._tell_moderators(room)))
        else:
            self._hint(what, self._readers.get(what, ()))

    def _hint(self, what: List, readers: Collection[Bearer]) -> None:
        of, room = what
        frame = encode(Listed(of=intern(of), room=room))
        for reader in list(readers):
            reader.tell(frame)

    async def _tell_moderators(self, room: str) -> None:
        """Only who moderates the room at this moment may know that something was done there."""
        readers = self._readers.get((ACTS, room), set())
        allowed = await self._read(_moderating, [reader.identity for reader in readers], room)
        self._hint((ACTS, room), [reader for reader in readers if reader.identity in allowed])


def _moderating(people: Sequence[Identity], room: str) -> set[Identity]:
    """Who of these people moderates the room with this key. There are few who look."""
    return {who for who in set(people) if access.moderates(who, access.standing(who, room))}
