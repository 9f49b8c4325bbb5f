"""Keeps what was made once, by what it was made of, up to so many bytes of it. Knows nothing of what that is.

By weight, not by number: of what people write, one piece may be a thousand times as large as another.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Made = TypeVar("Made")

EACH = 500  # bytes that a piece costs besides its own: its key, its place


class Shelf(Generic[Made]):
    """Once it holds more than `most` bytes, what nobody asked for the longest goes. `weigh` gives the bytes of a piece.
    Safe from any thread."""

    def __init__(self, most: int, weigh: Callable[[Made], int]) -> None:
        self.most = most
        self.bytes = 0
        self._weigh = weigh
        self._pieces: OrderedDict[Hashable, tuple[Made, int]] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._pieces)

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is kept under the key, else what `make` gives, which is kept from now on."""
        with self._lock:
            if (kept := self._pieces.get(key)) is not None:
                self._pieces.move_to_end(key)
                return kept[0]
        made = make()
        self._put(key, made, self._weigh(made) + EACH)
        return made

    def clear(self) -> None:
        """Forget all of it."""
        with self._lock:
            self._pieces.clear()
            self.bytes = 0

    def _put(self, key: Hashable, made: Made, weight: int) -> None:
        with self._lock:
            _, before = self._pieces.pop(key, (None, 0))  # another thread made it meanwhile
            self._pieces[key] = made, weight
            self.bytes += weight - before
            while self.bytes > self.most:
                _, (_, gone) = self._pieces.popitem(last=False)
                self.bytes -= gone
