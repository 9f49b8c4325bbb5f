"""Which database Hubbub is in, and which kind of it."""

from __future__ import annotations

from pathlib import Path

from django.db import connections

from hubbub.backup.errors import WrongUse
from hubbub.backup.postgresql import PostgreSQL
from hubbub.backup.sqlite import SQLite
from hubbub.conf import settings
from hubbub.journal.batch import database as alias_in_use

Database = SQLite | PostgreSQL


def database() -> Database:
    """The database that Hubbub writes to. Raises WrongUse for a kind that can't be backed up from here."""
    alias = alias_in_use()
    connection = connections[alias]
    if connection.vendor == "postgresql":
        return PostgreSQL(alias)
    if connection.vendor == "sqlite" and not connection.is_in_memory_db():  # type: ignore[attr-defined]  # SQLite's own
        return SQLite(alias)
    raise WrongUse(f"A database of {connection.display_name} can't be backed up from here; use its own tools.")


def secret_file() -> Path | None:
    """The file in which the server keeps its secret; None when it is kept elsewhere."""
    path = settings().secret_key_file
    return Path(path) if path else None
