"""What this process counts of its own work: plain numbers, made into metrics only when somebody asks for them.

The live path pays one addition for each burst, batch or answer, never one for each wire. Imports nothing of ours.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterable

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CHANGES = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class Histogram:
    """How many values fell under each bound, and their sum. Each has one writer: the loop, or the journal's thread."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value

    def add_all(self, values: Iterable[float]) -> None:
        """Count many."""
        bounds, counts = self.bounds, self.counts
        for value in values:
            counts[bisect_left(bounds, value)] += 1
            self.sum += value


class Tally:
    """Counts by a word. Safe from any thread; for what happens seldom."""

    __slots__ = ("_counts", "_lock")

    def __init__(self, *words: object) -> None:
        self._counts = {str(word): 0 for word in words}  # a first one is a rise from 0, where 0 was told
        self._lock = threading.Lock()

    def add(self, word: object, count: int = 1) -> None:
        """Count `count` more of this."""
        name = str(word)
        with self._lock:
            self._counts[name] = self._counts.get(name, 0) + count

    def counts(self) -> dict[str, int]:
        """What was counted, as it is now."""
        with self._lock:
            return dict(self._counts)


class Figures:
    """The counts of one process since it started. Whole numbers are changed on the node's event loop only."""

    def __init__(self) -> None:
        self.sockets_opened = 0
        self.turned_away = Tally()  # before the handshake was accepted, by code
        self.goodbyes = Tally()  # by code
        self.refusals = Tally()  # by code
        self.posts = Tally("socket", "page")  # stored, by door
        self.stored_at = -1e9  # when a batch was last stored, by time.perf_counter()
        self.posts_again = 0  # answered with the message that their nonce has already
        self.deliveries = 0  # frames to wires: a message to 100 wires is 100
        self.delivered_bytes = 0
        self.catch_ups = 0
        self.catch_up_frames = 0
        self.resets = 0
        self.heads_behind = 0  # rooms that the head check found behind
        self.repaired = 0  # documents fetched from the database to close a gap
        self.announcements_sent = 0
        self.announcements_heard = 0
        self.announcements_dropped = 0
        self.database_errors = Tally("journal", "reader", "page")  # by who asked
        self.pages = Tally("2xx", "3xx", "4xx", "5xx")  # by status
        self.batch_changes = Histogram(CHANGES)
        self.commit_seconds = Histogram(SECONDS)
        self.delivery_seconds = Histogram(SECONDS)
        self.announcement_seconds = Histogram(SECONDS)
        self.loop_lag_seconds = Histogram(SECONDS)


figures = Figures()
