"""A connection to PostgreSQL that does not hang: a call past its deadline is cancelled, and then cut off.

A frozen server still answers for its kernel, so no TCP setting notices it, and a statement timeout is the server's own.
Give this class to Django's pool: `"OPTIONS": {"pool": {"connection_class": Connection}}`.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Generator
from contextlib import suppress
from typing import Any

import psycopg

from hubbub.patience import deadline

CANCEL_SECONDS = 0.3  # for the server to be told that the answer is not wanted any more
ANSWER_SECONDS = 0.3  # and for it to say so: then the connection lives on


class Connection(psycopg.Connection[Any]):
    """psycopg's connection, every call of which keeps to the thread's `patience`."""

    def wait(self, gen: Any, *args: Any, **kwargs: Any) -> Any:
        """Run a call. Past its deadline it raises OperationalError, as if the server had gone away."""
        until = deadline()
        return super().wait(gen if until == float("inf") else _until(until, gen, self), *args, **kwargs)


def _until(until: float, call: Any, connection: Connection) -> Generator[Any, Any, Any]:
    """The same call, looked at whenever psycopg wakes up in between, which it does ten times a second."""
    cancelled = False
    try:
        wanted = next(call)
        while True:
            ready = yield wanted
            if not ready and time.monotonic() > until:
                if cancelled:
                    _hang_up(connection)
                    until = float("inf")
                else:
                    _cancel(connection)
                    until = time.monotonic() + ANSWER_SECONDS
                cancelled = True
            wanted = call.send(ready)
    except StopIteration as done:
        return done.value


def _cancel(connection: Connection) -> None:
    """Ask the server to stop. Not with an old libpq, which would wait for the answer without a limit."""
    if psycopg.capabilities.has_cancel_safe():
        with suppress(psycopg.Error):
            connection.cancel_safe(timeout=CANCEL_SECONDS)


def _hang_up(connection: Connection) -> None:
    """Shut the socket under the connection: libpq reads the end of it and fails by itself."""
    with suppress(OSError), socket.socket(fileno=os.dup(connection.pgconn.socket)) as line:
        line.shutdown(socket.SHUT_RDWR)
