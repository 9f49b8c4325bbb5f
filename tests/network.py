"""Whose turn it is with this machine's network. Chromium drops what it is loading when a link comes or goes, so tests
that make links and tests with a browser take turns, whichever process they run in.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

_folder = Path(tempfile.gettempdir())


@contextmanager
def steady() -> Iterator[None]:
    """Links stay as they are meanwhile. Any number of tests at once."""
    with ExitStack() as turn:
        with _lock("turnstile", fcntl.LOCK_EX):
            turn.enter_context(_lock("links", fcntl.LOCK_SH))
        yield


@contextmanager
def changing() -> Iterator[None]:
    """Links come and go meanwhile. One test at a time; whoever comes later waits at the turnstile."""
    with _lock("turnstile", fcntl.LOCK_EX), _lock("links", fcntl.LOCK_EX):
        yield


@contextmanager
def _lock(name: str, how: int) -> Iterator[None]:
    descriptor = os.open(_folder / f"hubbub-tests-{os.getuid()}-{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
