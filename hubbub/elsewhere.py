"""What the people here do at the other nodes: which tokens they took there, and how many sockets they hold.

A node decides at once, from its own memory, and tells the others afterwards: every half second, only what changed. They
take the tokens from their own buckets, into debt if need be, and count the sockets as if they were theirs. So, of N
nodes and until word comes round (half a second and the layer's time), a person can get at most N times what one node
would give in that time; the debt, of one full bucket at most, then holds them back, and over a minute they get the one
budget and that once. Sockets likewise: at most N times as many, opened all within that half second.

A layer may lose any of it. Messages are numbered, so a node that misses one asks for the whole count of sockets; a node
that says nothing for 15 s has none. Without a layer, or while it is down, each node counts by itself. A process that
only serves pages (WSGI) has no node and counts by itself too. Call from the node's event loop only.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from itertools import islice, zip_longest
from typing import Any
from uuid import UUID

from hubbub.announce import NODES
from hubbub.rates import Key, Rates

TELL_SECONDS = 0.5
REPEAT_SECONDS = 5.0
FORGET_SECONDS = 15.0
ENTRIES = 2000  # in one message
_NODES, _KEYS = 1000, 200_000  # remembered at most: nodes, and keys of each
_LONGEST, _MOST = 64, 1_000_000

Say = Callable[[str, dict[str, Any]], None]
Entries = list[tuple[str, str, int]]  # as told: kind, whose, how many


class _Peer:
    """What another node said last."""

    __slots__ = ("heard", "number", "sockets")

    def __init__(self) -> None:
        self.number = -1
        self.heard = 0.0
        self.sockets: dict[Key, int] = {}


class Elsewhere:
    """The word between one node's rates and those of the others."""

    def __init__(self, rates: Rates, node: str, say: Say) -> None:
        self._rates = rates
        self._node = node
        self._say = say
        self._peers: dict[str, _Peer] = {}
        self._sockets: Counter[Key] = Counter()
        self._number = 0
        self._said = 0.0
        self._whole = True

    def start(self) -> None:
        """Begin to tell, and ask the others what they have."""
        self._rates.tell(self._sockets)
        self._ask("")

    def stop(self) -> None:
        """End it."""
        self._rates.tell_no_more()

    def leave(self) -> None:
        """Tell the others that this node's sockets are gone: who held them comes to one of them now."""
        self._tell({}, {}, whole=True)

    def tick(self, *, connected: bool = True) -> None:
        """Every half second: forget silent nodes, and tell what is new, or every 5 s that this node is there.

        While the layer is down only the latter is said; tokens taken meanwhile are not told later.
        """
        self._forget_silent()
        again = time.monotonic() - self._said > REPEAT_SECONDS
        if not (connected or again):
            return
        taken, changed = self._rates.news()
        whole, self._whole = self._whole or not connected, False
        if taken or changed or whole or again:
            self._tell(taken if connected else {}, self._rates.sockets() if whole else changed, whole=whole)

    def heard(self, message: dict[str, Any]) -> None:
        """Another node's word. What is not as we would say it is left out."""
        if message["type"] == "hubbub.rates.ask":
            self._whole = self._whole or message.get("of") in ("", self._node)
        elif isinstance(number := message.get("number"), int) and (peer := self._peer(message.get("node"))):
            if message.get("whole") is True:
                self._forget_sockets(peer)
            elif number != peer.number + 1:
                self._ask(message["node"])
            peer.number, peer.heard = number, time.monotonic()
            for key, tokens in _understood(message.get("taken")):
                self._rates.charge(key, tokens)
            for key, count in _understood(message.get("sockets")):
                self._count(peer, key, count)

    # ── telling ──

    def _tell(self, taken: Mapping[Key, int], sockets: Mapping[Key, int], *, whole: bool) -> None:
        """Say it in messages of a bounded size, the first of which may say that the count of sockets begins anew."""
        self._said = time.monotonic()
        for pieces in zip_longest(_pieces(taken), _pieces(sockets)):
            self._number += 1
            told = {"number": self._number, "whole": whole, "taken": pieces[0] or [], "sockets": pieces[1] or []}
            self._say(NODES, {"type": "hubbub.rates", **told})
            whole = False

    def _ask(self, node: str) -> None:
        """Ask a node, or with "" every node, for the whole count of its sockets."""
        self._say(NODES, {"type": "hubbub.rates.ask", "of": node})

    # ── hearing ──

    def _peer(self, node: Any) -> _Peer | None:
        """The node of this name; None when it can't be one, or there are too many."""
        if (
            not isinstance(node, str)
            or len(node) > _LONGEST
            or (len(self._peers) >= _NODES and node not in self._peers)
        ):
            return None
        return self._peers.setdefault(node, _Peer())

    def _count(self, peer: _Peer, key: Key, count: int) -> None:
        """`peer` has `count` sockets of `key` now."""
        before = peer.sockets.pop(key, 0)
        if len(peer.sockets) >= _KEYS:
            count = 0
        if count:
            peer.sockets[key] = count
        self._sockets[key] += count - before
        if self._sockets[key] <= 0:
            del self._sockets[key]

    def _forget_sockets(self, peer: _Peer) -> None:
        for key in list(peer.sockets):
            self._count(peer, key, 0)

    def _forget_silent(self) -> None:
        oldest = time.monotonic() - FORGET_SECONDS
        for node, peer in list(self._peers.items()):
            if peer.heard < oldest:
                self._forget_sockets(peer)
                del self._peers[node]


def _pieces(counts: Mapping[Key, int]) -> Iterator[Entries]:
    """The counts as they are told, in pieces; one that is empty for none."""
    told = [(kind, who.hex if isinstance(who, UUID) else str(who), count) for (kind, who), count in counts.items()]
    for start in range(0, max(len(told), 1), ENTRIES):
        yield told[start : start + ENTRIES]


def _understood(entries: Any) -> Iterator[tuple[Key, int]]:
    """The entries that are as we would tell them."""
    for entry in islice(entries, ENTRIES) if isinstance(entries, list | tuple) else ():
        match entry:
            case [("person" | "name") as kind, str(who), int(count)] if _is_id(who) and 0 <= count <= _MOST:
                yield (kind, UUID(hex=who)), count
            case ["address", str(who), int(count)] if len(who) <= _LONGEST and 0 <= count <= _MOST:
                yield ("address", who), count


def _is_id(text: str) -> bool:
    return len(text) == 32 and all(digit in "0123456789abcdef" for digit in text)
