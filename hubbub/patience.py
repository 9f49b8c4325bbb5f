"""How long a thread waits for the database. Knows no database: `postgresql.py` keeps to it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from hubbub.conf import settings

_NEVER = float("inf")


class _Thread(threading.local):
    until = _NEVER
    each = False


_thread = _Thread()


@contextmanager
def patience(*, each: bool = False) -> Iterator[None]:
    """Whatever this thread asks the database for in here is over, or has failed, within `database_seconds`: all of it
    together, or with `each` every single call. Inside of another one the outer bound stands.
    """
    if _thread.until < _NEVER:
        yield
        return
    was = _thread.each
    _thread.each = each
    if not each:
        _thread.until = time.monotonic() + settings().database_seconds
    try:
        yield
    finally:
        _thread.until, _thread.each = _NEVER, was


def deadline() -> float:
    """The moment (`time.monotonic()`) at which a call that begins now must be over; infinite in a thread of nobody's
    concern, such as a migration."""
    if _thread.each:
        return time.monotonic() + settings().database_seconds
    return _thread.until


def for_another_try() -> bool:
    """Whether at least half of the patience is left."""
    return deadline() - time.monotonic() > settings().database_seconds / 2
