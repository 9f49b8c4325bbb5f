"""How fast, and how many: per person and per network address, decided here and now from memory. Safe from any thread.

What the same people do at other nodes `elsewhere.py` tells; nothing here waits for that.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Mapping

from hubbub.conf import settings
from hubbub.errors import Goodbye, rate_limited

_REMEMBERED = 50_000

Key = tuple[str, Hashable]  # a kind, and whose: ("person", …), ("address", …), ("name", …)


class Buckets:
    """Token buckets by key (the token bucket of RFC 2697): `rate` tokens a second, at most `size` saved."""

    def __init__(self) -> None:
        self._levels: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: Hashable, rate: float, size: float) -> float:
        """Take a token for `key`. Returns 0, or the seconds until there is one, and then nothing was taken."""
        now = time.monotonic()
        with self._lock:
            level, at = self._levels.pop(key, (size, now))
            level = min(size, level + (now - at) * rate)
            wait = 0.0 if level >= 1 else (1 - level) / rate
            self._levels[key] = (level - 1 if not wait else level, now)
            while len(self._levels) > _REMEMBERED:
                self._levels.popitem(last=False)
        return wait

    def charge(self, key: Hashable, tokens: int, rate: float, size: float) -> None:
        """Take away what was taken elsewhere. It may become a debt, of one full bucket at most."""
        now = time.monotonic()
        with self._lock:
            level, at = self._levels.pop(key, (size, now))
            level = min(size, level + (now - at) * rate)
            self._levels[key] = (max(level - tokens, -size), now)
            while len(self._levels) > _REMEMBERED:
                self._levels.popitem(last=False)


class Rates:
    """The rates and quotas of one process."""

    def __init__(self) -> None:
        self._buckets = Buckets()
        self._sockets: Counter[Key] = Counter()
        self._elsewhere: Mapping[Key, int] = {}
        self._told = False
        self._lock = threading.Lock()
        self._taken: Counter[Key] = Counter()
        self._changed: set[Key] = set()

    def check_post(self, person: Hashable, address: str) -> None:
        """Count a post. Raises Refusal `rate_limited` when the person or the address is too fast."""
        if not settings().rate_limits:
            return
        for key, rate, size in (*_person_buckets(person), _address_bucket(address)):
            if wait := self._buckets.take(key, rate, size):
                raise rate_limited(wait)
        if self._told:
            self._count(("person", person), ("address", address))

    def check_rename(self, person: Hashable) -> None:
        """Count a new name. Raises Refusal `rate_limited` when the person takes too many."""
        if not settings().rate_limits:
            return
        if wait := self._buckets.take(*_name_bucket(person)):
            raise rate_limited(wait)
        if self._told:
            self._count(("name", person))

    def check_search(self, person: Hashable, address: str) -> None:
        """Count a search. Raises Refusal `rate_limited` when the person or the address makes too many."""
        if not settings().rate_limits:
            return
        limits = (settings().searches_per_minute, settings().searches_per_minute_address)
        for whose, limit in zip((person, address), limits, strict=True):
            if wait := self._buckets.take(("search", whose), limit / 60, float(limit)):
                raise rate_limited(wait)

    def command_pause(self, socket: Hashable) -> float:
        """Count a command. Seconds for which this socket should be read no further."""
        rate = settings().commands_per_second
        return self._buckets.take(("command", socket), rate, 2 * rate) if settings().rate_limits else 0.0

    def check_refusals(self, socket: Hashable) -> bool:
        """Count a post refused for speed. False when the socket does not slow down."""
        limit = settings().refusals_per_minute
        return not self._buckets.take(("refused", socket), limit / 60, float(limit))

    def check_typing(self, person: Hashable, room: str) -> bool:
        """Whether this "I am typing" may be told: one a second for a person and room."""
        return not settings().rate_limits or not self._buckets.take(("typing", person, room), 1.0, 2.0)

    def check_frame(self, socket: Hashable) -> bool:
        """Count a frame that is not our protocol. False when the socket sent too many."""
        limit = settings().bad_frames_per_minute
        return not self._buckets.take(("frame", socket), limit / 60, float(limit))

    def open_socket(self, person: Hashable, address: str) -> bool:
        """Count a new socket. False, and not counted, when the person or the address has too many."""
        keys: tuple[Key, Key] = (("person", person), ("address", address))
        if settings().rate_limits and self._full(keys, self._elsewhere):
            return False
        for key in keys:
            self._sockets[key] += 1
        self._changed.update(keys if self._told else ())
        return True

    def close_socket(self, person: Hashable, address: str) -> None:
        """A counted socket is gone."""
        keys: tuple[Key, Key] = (("person", person), ("address", address))
        for key in keys:
            self._sockets[key] -= 1
            if self._sockets[key] <= 0:
                del self._sockets[key]
        self._changed.update(keys if self._told else ())

    def turned_away(self, person: Hashable, address: str) -> Goodbye:
        """What to say to a socket too many. Sockets at other nodes may be about to go, or gone with their node: then
        it may come back by itself."""
        return Goodbye.FLOODING if self._full((("person", person), ("address", address)), {}) else Goodbye.TRY_LATER

    def _full(self, keys: tuple[Key, Key], elsewhere: Mapping[Key, int]) -> bool:
        limits = (settings().sockets_per_person, settings().sockets_per_address)
        return any(self._sockets[key] + elsewhere.get(key, 0) >= limit for key, limit in zip(keys, limits, strict=True))

    # ── between the nodes ──

    def tell(self, elsewhere: Mapping[Key, int]) -> None:
        """From now on keep what other nodes should know, and count the sockets in `elsewhere` as well."""
        self._elsewhere = elsewhere
        self._told = True
        self._changed.update(self._sockets)

    def tell_no_more(self) -> None:
        """Nobody asks any more."""
        self._elsewhere = {}
        self._told = False
        self.news()

    def news(self) -> tuple[Counter[Key], dict[Key, int]]:
        """Since the last call: the tokens taken, and the sockets of whoever has more or fewer now."""
        with self._lock:
            taken, self._taken = self._taken, Counter()
        changed, self._changed = self._changed, set()
        return taken, {key: self._sockets.get(key, 0) for key in changed}

    def sockets(self) -> dict[Key, int]:
        """All open sockets that are counted here."""
        return dict(self._sockets)

    def charge(self, key: Key, tokens: int) -> None:
        """Another node took tokens of the same budget."""
        for bucket, rate, size in _BUCKETS[key[0]](key[1]):
            self._buckets.charge(bucket, tokens, rate, size)

    def _count(self, *keys: Key) -> None:
        with self._lock:
            for key in keys:
                self._taken[key] += 1


Bucket = tuple[Key, float, float]  # its key, tokens a second, and how many it holds


def _person_buckets(person: Hashable) -> tuple[Bucket, Bucket]:
    s = settings()
    return (
        (("second", person), float(s.posts_per_second), float(s.posts_per_second)),
        (("minute", person), s.posts_per_minute / 60, float(s.posts_per_minute)),
    )


def _address_bucket(address: Hashable) -> Bucket:
    limit = settings().posts_per_minute_address
    return ("address", address), limit / 60, float(limit)


def _name_bucket(person: Hashable) -> Bucket:
    limit = settings().renames_per_minute
    return ("name", person), limit / 60, float(limit)


_BUCKETS: dict[str, Callable[[Hashable], tuple[Bucket, ...]]] = {
    "person": _person_buckets,
    "address": lambda address: (_address_bucket(address),),
    "name": lambda person: (_name_bucket(person),),
}

rates = Rates()
