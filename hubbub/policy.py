"""Who is let in just now: whether guests are, and whether an account can be made.

The settings say it; where a host's `POLICY` has a say in it too, its answer counts for two seconds in each process. On
an event loop nobody is asked: there the node asks in a reader thread, and what is known counts.
"""

from __future__ import annotations

import asyncio
import contextlib
import time

from django.core.signals import setting_changed
from django.db import DatabaseError
from django.utils.module_loading import import_string

from hubbub.conf import settings

EVERY_SECONDS = 2.0

_OPEN = (True, True)
_known, _asked = _OPEN, float("-inf")


def guests() -> bool:
    """Whether people without an account may read and speak."""
    return settings().guests and _now()[0]


def sign_up() -> bool:
    """Whether an account can be made by whoever wants one."""
    return _now()[1]


def refresh() -> None:
    """Ask the host's policy now. Raises its DatabaseError; what it said last goes on to count then."""
    global _known, _asked
    _asked = time.monotonic()
    guests, sign_up = import_string(settings().policy)()
    _known = (bool(guests), bool(sign_up))


def _now() -> tuple[bool, bool]:
    if not settings().policy:
        return _OPEN
    if time.monotonic() - _asked > EVERY_SECONDS and asyncio._get_running_loop() is None:
        with contextlib.suppress(DatabaseError):
            refresh()
    return _known


def _forget(*, setting: str, **_: object) -> None:
    global _known, _asked
    if setting == "HUBBUB":
        _known, _asked = _OPEN, float("-inf")


setting_changed.connect(_forget)
