"""Database and Redis addresses, as settings take them. A wrong one is told in a sentence, not a traceback."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=10000; PRAGMA cache_size=-16000; "
    "PRAGMA wal_autocheckpoint=4000; PRAGMA foreign_keys=ON;"
)


class BadSetting(Exception):
    """A setting that can't be used; the message says which, and what it should look like."""


def database_of(url: str, data: Path) -> dict[str, Any]:
    """`DATABASES["default"]` for `postgres://user:password@host:port/name`, or SQLite in `data` when empty."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": data / "hubbub.sqlite3",
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 10, "init_command": SQLITE_PRAGMAS},
            "CONN_MAX_AGE": None,
        }
    parts = _split("HUBBUB_DATABASE_URL", url, ("postgres", "postgresql"), "postgres://user:password@host:5432/name")
    _need("HUBBUB_DATABASE_URL", "psycopg", "postgres")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise BadSetting("HUBBUB_DATABASE_URL names no database: postgres://user:password@host:5432/name")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = options.pop("host", "") or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": {"connect_timeout": 5, **options},
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }


def redis_of(url: str) -> dict[str, Any]:
    """`CHANNEL_LAYERS["default"]` for `redis://host:port/0`, or the in-memory layer when empty."""
    if not url:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    _split("HUBBUB_REDIS_URL", url, ("redis", "rediss", "unix"), "redis://host:6379/0")
    _need("HUBBUB_REDIS_URL", "channels_redis", "redis")
    return {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [url]}}


def number(setting: str, default: int) -> int:
    """The whole number in this environment variable."""
    text = os.environ.get(setting, "") or str(default)
    if not (text.isascii() and text.isdigit()):
        raise BadSetting(f"{setting} is {text!r}; it should be a whole number.")
    return int(text)


def _need(setting: str, package: str, extra: str) -> None:
    if find_spec(package) is None:
        raise BadSetting(f"{setting} needs the package {package}: pip install 'hubbub[{extra}]'.")


def _split(setting: str, url: str, schemes: tuple[str, ...], example: str) -> Any:
    try:
        parts = urlsplit(url)
        bad = parts.scheme not in schemes or parts.port == 0
    except ValueError:
        bad = True
    if bad:
        raise BadSetting(f"{setting} is not an address that Hubbub knows; it should look like {example}")
    return parts
