"""Small reads of the hot paths in plain SQL: no query is built, no object made. SQLite and PostgreSQL agree on them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connections, router

from hubbub.models import Message, Person


def rows(statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """The rows of a SELECT with %s marks."""
    with connections[router.db_for_read(Message)].cursor() as cursor:
        cursor.execute(statement, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def as_stored(id: UUID) -> Any:
    """A person's id as this database stores it, in parameters and rows."""
    return id if connections[router.db_for_read(Message)].features.has_native_uuid_field else id.hex


def account_as_stored(pk: Any) -> Any:
    """An account's key as this database stores it in `Person.user`."""
    return Person._meta.get_field("user").get_db_prep_save(pk, connections[router.db_for_read(Message)])
