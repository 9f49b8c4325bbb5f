"""How fast, and how many: per person and per network address, in memory, per node. Safe from any thread."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Hashable

from hubbub.conf import settings
from hubbub.errors import rate_limited

_REMEMBERED = 50_000


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


class Rates:
    """The rates and quotas of one process."""

    def __init__(self) -> None:
        self._buckets = Buckets()
        self._sockets: Counter[Hashable] = Counter()

    def check_post(self, person: Hashable, address: str) -> None:
        """Count a post. Raises Refusal `rate_limited` when the person or the address is too fast."""
        s = settings()
        if not s.rate_limits:
            return
        for key, rate, size in (
            (("second", person), float(s.posts_per_second), float(s.posts_per_second)),
            (("minute", person), s.posts_per_minute / 60, float(s.posts_per_minute)),
            (("address", address), s.posts_per_minute_address / 60, float(s.posts_per_minute_address)),
        ):
            if wait := self._buckets.take(key, rate, size):
                raise rate_limited(wait)

    def check_rename(self, person: Hashable) -> None:
        """Count a new name. Raises Refusal `rate_limited` when the person takes too many."""
        limit = settings().renames_per_minute
        if settings().rate_limits and (wait := self._buckets.take(("name", person), limit / 60, float(limit))):
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
        s = settings()
        full = self._sockets["person", person] >= s.sockets_per_person
        full = full or self._sockets["address", address] >= s.sockets_per_address
        if full and s.rate_limits:
            return False
        self._sockets["person", person] += 1
        self._sockets["address", address] += 1
        return True

    def close_socket(self, person: Hashable, address: str) -> None:
        """A counted socket is gone."""
        for key in (("person", person), ("address", address)):
            self._sockets[key] -= 1
            if self._sockets[key] <= 0:
                del self._sockets[key]


rates = Rates()
