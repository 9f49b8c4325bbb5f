"""What the lines of a log need: which request or socket the present work is for, and of an error what may be written
down. Knows no sockets."""

from __future__ import annotations

import itertools
import secrets
from contextvars import Context, ContextVar

_trace: ContextVar[str] = ContextVar("hubbub_trace", default="")
_prefix = secrets.token_hex(4)
_numbers = itertools.count(1)


def trace() -> str:
    """The id of the request or socket that is being worked for; empty for the node's own work."""
    return _trace.get()


def begin(id: str = "") -> str:
    """From here on, this task works for `id`, or for an id made now. Returns it."""
    id = id or f"{_prefix}-{next(_numbers):x}"
    _trace.set(id)
    return id


def nobody() -> Context:
    """A context for work that outlives whoever happened to begin it, such as the journal's."""
    return Context()


def first_line(error: BaseException) -> str:
    """What an error says first. After that a database tells which row it could not store, and so what was said."""
    return str(error).strip().partition("\n")[0] or type(error).__name__
