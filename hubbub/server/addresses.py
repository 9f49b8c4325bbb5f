"""Addresses and paths as settings take them. A wrong one is told in a sentence, not a traceback."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable
from importlib.util import find_spec
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=4000; PRAGMA cache_size=-16000; "
    "PRAGMA wal_autocheckpoint=4000; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"
)


# For each process: one connection of the journal, four of the readers, up to four of pages, and some to spare.
POOL_MIN, POOL_MAX, POOL_LEAST = 1, 12, 6
TCP = {
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms
}
# A node that stands still in the middle of a transaction must not keep the others from the rooms that it locked.
SESSION = {"options": "-c idle_in_transaction_session_timeout=5000"}


class BadSetting(Exception):
    """A setting that can't be used; the message says which, and what it should look like."""


def exit_code(run: Callable[[], int]) -> int:
    """What a program answers that is this: 2, with one sentence, where a setting can't be used."""
    try:
        return run()
    except BadSetting as error:
        print(f"hubbub: {error}", file=sys.stderr)
        return 2


def database_of(url: str, data: Path) -> dict[str, Any]:
    """`DATABASES["default"]` for `postgres://user:password@host:port/name`, or SQLite in `data` when empty."""
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": data / "hubbub.sqlite3",
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 4, "init_command": SQLITE_PRAGMAS},
            "CONN_MAX_AGE": None,
        }
    parts = _split("HUBBUB_DATABASE_URL", url, ("postgres", "postgresql"), "postgres://user:password@host:5432/name")
    _need("HUBBUB_DATABASE_URL", "psycopg", "postgres")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise BadSetting("HUBBUB_DATABASE_URL names no database: postgres://user:password@host:5432/name")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = options.pop("host", "") or unquote(parts.hostname or "")
    pool = _pool(options)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "OPTIONS": {**TCP, **SESSION, **options, "pool": pool},
        "CONN_MAX_AGE": 0,  # a page's connection goes back to the pool; the threads of the node keep theirs
        "CONN_HEALTH_CHECKS": True,
    }


def _pool(options: dict[str, str]) -> dict[str, Any]:
    """Django's pool of psycopg connections, with sizes from `pool_min` and `pool_max` of the address's query."""
    from hubbub.postgresql import Connection  # late: needs psycopg

    try:
        least, most = int(options.pop("pool_min", POOL_MIN)), int(options.pop("pool_max", POOL_MAX))
    except ValueError:
        least, most = 0, 0
    if not 0 <= least <= most or most < POOL_LEAST:
        raise BadSetting(f"HUBBUB_DATABASE_URL: pool_max is a number from {POOL_LEAST} up, pool_min one from 0 to it.")
    return {
        "connection_class": Connection,
        "min_size": least,
        "max_size": most,
        "timeout": 3.0,  # for a connection, when there is none: less than a post may wait for the database
        "reconnect_timeout": 2.0,  # then whoever asks next tries again at once, so a new start is seen at once
    }


def redis_of(url: str) -> dict[str, Any]:
    """`CHANNEL_LAYERS["default"]` for `redis://host:port/0`, or the in-memory layer when empty.

    The number keeps two servers on one Redis apart. Redis itself does not: what is published there is heard under
    every number. So it stands in the names of the channels.
    """
    if not url:
        return {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    parts = _split("HUBBUB_REDIS_URL", url, ("redis", "rediss", "unix"), "redis://host:6379/0")
    _need("HUBBUB_REDIS_URL", "channels_redis", "redis")
    number = parse_qs(parts.query).get("db", [""])[-1] or (parts.scheme != "unix" and parts.path.strip("/")) or "0"
    config = {"hosts": [url], "prefix": f"hubbub{number}"}
    return {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": config}


def prefix_of(text: str) -> str:
    """The path under which everything lies, as "/talk", from `talk`, `/talk` or `/talk/`; "" for none."""
    prefix = text.strip("/")
    if not prefix:
        return ""
    if not all(re.fullmatch(r"[\w~-][\w.~-]*", segment, re.ASCII) for segment in prefix.split("/")):
        raise BadSetting("HUBBUB_PREFIX is not a path of letters, digits and hyphens; it should look like /talk")
    return f"/{prefix}"


def proxies_of(text: str) -> list[IPv4Network | IPv6Network]:
    """The networks of trusted proxies, from addresses and networks with commas between; `*` for every address."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    try:
        return [ip_network(one) for name in names for one in (("0.0.0.0/0", "::/0") if name == "*" else (name,))]
    except ValueError as error:
        raise BadSetting(f"HUBBUB_TRUSTED_PROXIES: {error}; it should look like 127.0.0.1,10.0.0.0/8") from None


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
