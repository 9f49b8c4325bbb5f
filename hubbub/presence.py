"""Who is here and who types: never stored, told at most once a second, forgotten 45 s after a node falls silent.

Each node knows its own people and hears, every 15 s and at each change, those of the others.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any

from hubbub.announce import room_group
from hubbub.conf import settings
from hubbub.protocol import Frame, Here, IsTyping, PersonView, encode

REPEAT_SECONDS = 15.0
FORGET_SECONDS = 45.0
SHOWN = 50

Say = Callable[[str, dict[str, Any]], None]
Tell = Callable[[str, Frame], None]


class _Elsewhere:
    """The people whom another node has in a room."""

    __slots__ = ("count", "heard", "people")

    def __init__(self, people: list[PersonView], count: int) -> None:
        self.people = people
        self.count = count
        self.heard = time.monotonic()


class Presence:
    """Who is in which room. Call from the node's event loop only."""

    def __init__(self, tell: Tell, say: Say) -> None:
        self._tell = tell
        self._say = say
        self._mine: dict[str, dict[str, tuple[PersonView, int]]] = {}
        self._theirs: dict[str, dict[str, _Elsewhere]] = {}
        self._dirty: set[str] = set()
        self._said = float("-inf")

    def enter(self, key: str, person: PersonView) -> None:
        """A socket of `person` follows the room."""
        room = self._mine.setdefault(key, {})
        known, sockets = room.get(person.id, (None, 0))
        room[person.id] = (person, sockets + 1)
        if known != person:
            self._dirty.add(key)

    def leave(self, key: str, person: PersonView) -> None:
        """A socket of `person` follows it no more."""
        room = self._mine.get(key, {})
        known, sockets = room.get(person.id, (person, 0))
        if sockets > 1:
            room[person.id] = (known, sockets - 1)
            return
        room.pop(person.id, None)
        if not room:
            self._mine.pop(key, None)
        self._dirty.add(key)

    def rename(self, person: PersonView) -> None:
        """Show a person's new name in every room they are in here."""
        for key, room in self._mine.items():
            if known := room.get(person.id):
                room[person.id] = (person, known[1])
                self._dirty.add(key)

    def count(self, key: str) -> int:
        """How many people are in the room, as far as this node knows. Safe to ask from any thread."""
        elsewhere = list(self._theirs.get(key, {}).values())
        if not elsewhere:
            return len(self._mine.get(key, ()))
        if any(len(other.people) < other.count for other in elsewhere):
            return len(self._mine.get(key, ())) + sum(other.count for other in elsewhere)
        return len(set(self._mine.get(key, ())) | {p.id for other in elsewhere for p in other.people})

    def here(self, key: str) -> Here:
        """Who is in the room: a count, and up to 50 people unless the room is large."""
        count = self.count(key)
        if count > settings().presence_limit:
            return Here(room=key, count=count)
        return Here(room=key, count=count, people=self.people(key)[:SHOWN])

    def people(self, key: str) -> list[PersonView]:
        """Who is in the room, as far as this node knows: accounts first, then by name. Safe to ask from any thread."""
        people = {p.id: p for other in list(self._theirs.get(key, {}).values()) for p in other.people}
        people.update({person.id: person for person, _ in list(self._mine.get(key, {}).values())})
        return sorted(people.values(), key=lambda person: (person.guest, person.name.casefold(), person.id))

    def ids(self, keys: Collection[str]) -> set[str]:
        """Who is in any of these rooms, as far as this node knows. Safe to ask from any thread."""
        mine = (id for key in keys for id in list(self._mine.get(key, ())))
        theirs = (p.id for key in keys for other in list(self._theirs.get(key, {}).values()) for p in other.people)
        return {*mine, *theirs}

    def typing(self, key: str, person: PersonView) -> None:
        """Tell the room, here and elsewhere, that somebody types; not in large rooms."""
        if self.count(key) <= settings().presence_limit:
            self._tell(key, encode(IsTyping(room=key, person=person)))
            words = {"type": "hubbub.typing", "room": key, "person": _packed(person)}
            self._say(room_group(key), words)

    def tick(self) -> None:
        """Once a second: forget silent nodes, tell what changed, and every 15 s say again who is here."""
        self._forget_silent()
        again = time.monotonic() - self._said > REPEAT_SECONDS
        if again:
            self._said = time.monotonic()
        for key in set(self._mine) if again else self._dirty:
            self._say_mine(key)
        for key in self._dirty:
            self._tell(key, encode(self.here(key)))
        self._dirty.clear()

    def say_again(self) -> None:
        """Say at the next turn who is here: the others may have missed it."""
        self._said = float("-inf")

    def heard(self, message: dict[str, Any]) -> None:
        """What another node says of who is in a room, or types there."""
        if message["type"] == "hubbub.typing":
            self._tell(message["room"], encode(IsTyping(room=message["room"], person=_unpacked(message["person"]))))
            return
        key, node = message["room"], message["node"]
        people = [_unpacked(packed) for packed in message["people"]]
        before = self._theirs.setdefault(key, {}).get(node)
        self._theirs[key][node] = now = _Elsewhere(people, message["count"])
        if before is None or (before.people, before.count) != (now.people, now.count):
            self._dirty.add(key)

    def _say_mine(self, key: str) -> None:
        room = self._mine.get(key, {})
        people = [_packed(person) for person, _ in list(room.values())[: settings().presence_limit]]
        self._say(room_group(key), {"type": "hubbub.here", "room": key, "people": people, "count": len(room)})

    def _forget_silent(self) -> None:
        oldest = time.monotonic() - FORGET_SECONDS
        for key, nodes in list(self._theirs.items()):
            for node, elsewhere in list(nodes.items()):
                if elsewhere.heard < oldest:
                    del nodes[node]
                    self._dirty.add(key)
            if not nodes:
                del self._theirs[key]


def _packed(person: PersonView) -> list[Any]:
    return [person.id, person.name, person.guest]


def _unpacked(packed: list[Any]) -> PersonView:
    return PersonView(*packed)
