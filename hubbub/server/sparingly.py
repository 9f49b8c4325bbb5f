"""A logging filter for loggers that repeat themselves: the same thing at most once a minute."""

from __future__ import annotations

import logging
import time

SECONDS = 60.0


class Sparingly(logging.Filter):
    """Lets a record through unless one with the same format was let through within the last minute."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write it. What the formats of a program are is bounded, so this is too."""
        now = time.monotonic()
        if now - self._said.get(str(record.msg), float("-inf")) < SECONDS:
            return False
        self._said[str(record.msg)] = now
        return True
