"""Log lines: whose they are, as text or JSON, always one line of what a client sent, and not too many of a kind.

A formatter here writes only what it names. A library that adds whatever a record carries would write requests, and so
tickets, too.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
import traceback
from datetime import UTC, datetime
from typing import Any

import msgspec

from hubbub.server.addresses import BadSetting
from hubbub.trace import first_line, trace

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
SAME_LINES = 10  # of one kind …
SAME_SECONDS = 60.0  # … in this time
POOL = "psycopg.pool"  # one line in this time: while the database is gone there is one for each connection and try
LONGEST = 2000  # characters of a message

# What moves a terminal's cursor or turns its writing round: C0 and C1 (ECMA-48), line ends and directions of Unicode.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def logging_of(form: str, level: str) -> dict[str, Any]:
    """Django's LOGGING for `HUBBUB_LOG` and `HUBBUB_LOG_LEVEL`. Raises BadSetting for words that are neither."""
    form, level = form.lower() or "text", level.upper() or "INFO"
    if form not in _FORMS:
        raise BadSetting(f"HUBBUB_LOG is {form!r}; it should be text or json.")
    if level not in LEVELS:
        raise BadSetting(f"HUBBUB_LOG_LEVEL is {level!r}; it should be one of {', '.join(LEVELS)}.")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": _FORMS[form]}},
        "filters": {"sparing": {"()": Sparing}, "reasons": {"()": Reasons}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["sparing"]}},
        "root": {"handlers": ["stderr"], "level": "ERROR" if level == "ERROR" else "WARNING"},
        "loggers": {
            # Anybody can ask for another host, as often as they like: answered 400, not written down.
            "django.security.DisallowedHost": {"handlers": [], "propagate": False},
            "hubbub": {"level": level},
            # A warning for each request that is not HTTP: anybody can send these too.
            "uvicorn.error": {"level": "ERROR"},
            # A traceback for each try, while hubbub.announce says once that the layer fails and why.
            "channels_redis": {"level": "CRITICAL"},
            POOL: {"filters": ["reasons"]},
            "django.channels.server": {"level": "INFO", "propagate": False},
        },
    }


class Reasons(logging.Filter):
    """Lines with an error in them: why there is no connection, not which one was thrown away."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write this record."""
        return any(isinstance(argument, BaseException) for argument in record.args or ())


class Sparing(logging.Filter):
    """At most ten lines of a kind in a minute, and one of the pool; the next one after that says how many were left
    out. DEBUG is asked for and passes."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._kinds: dict[tuple[str, str], tuple[float, int]] = {}  # since when, how many

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write this record."""
        if record.levelno <= logging.DEBUG:
            return True
        kind, most = ((POOL, ""), 1) if record.name == POOL else ((record.name, str(record.msg)[:200]), SAME_LINES)
        now = time.monotonic()
        with self._lock:
            since, count = self._kinds.get(kind, (now, 0))
            left_out = 0
            if now - since > SAME_SECONDS:
                since, count, left_out = now, 0, count - most
            if len(self._kinds) > 1000:
                self._kinds.clear()
            self._kinds[kind] = (since, count + 1)
        if left_out > 0:
            record.left_out = left_out
        return count < most


class Text(logging.Formatter):
    """`2026-11-22T18:52:00.123Z WARNING hubbub.hub [id]: what`; a traceback follows, each line of it indented."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        id = f" [{trace()}]" if trace() else ""
        line = f"{_time(record)} {record.levelname} {record.name}{id}: {_message(record)}"
        return line + "".join(f"\n    {part}" for part in _exception(record))


class Json(logging.Formatter):
    """One object a line: time, level, logger, message, and where there is one id, worker and exception."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        fields = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            "id": trace(),
            "worker": os.environ.get("HUBBUB_WORKER", ""),
            "exception": " | ".join(_exception(record)),
        }
        return msgspec.json.encode({name: value for name, value in fields.items() if value}).decode()


_FORMS: dict[str, type[logging.Formatter]] = {"text": Text, "json": Json}


def _time(record: logging.LogRecord) -> str:
    """RFC 3339 in UTC with milliseconds."""
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    try:
        said = record.getMessage()
    except Exception:  # a line that was written wrongly is better than none
        said = str(record.msg)
    left_out = getattr(record, "left_out", 0)
    return safe(said) + (f" ({left_out:,} more like it were left out)" if left_out else "")


def safe(text: str) -> str:
    """`text` as one line that does nothing to a terminal, and not without end."""
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} … ({len(text) - LONGEST:,} more characters)"
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _exception(record: logging.LogRecord) -> list[str]:
    """The traceback, oldest cause first; of each error the first line."""
    error = record.exc_info[1] if record.exc_info else None
    lines: list[str] = []
    for one in reversed(_chain(error)):
        frames = traceback.extract_tb(one.__traceback__)[-20:]
        lines += [f"{frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
        lines.append(safe(f"{type(one).__name__}: {first_line(one)}"))
    return lines


def _chain(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain and len(chain) < 5:
        chain.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return chain
