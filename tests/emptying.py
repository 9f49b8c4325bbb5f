"""Emptying the database after a test that commits: a pytest plugin, named in pyproject.toml.

Django empties every table and makes content types and permissions anew, which takes longer than most tests do. Here
those tables are emptied that have rows; content types and permissions, which no test writes to, stay as they are.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from django.db import connections, transaction
from django.test import TransactionTestCase

MANY = 1000  # past that Django does it: what is deleted row by row stays in the way of who reads the table next
STAY = {"django_content_type", "auth_permission"}

_as_django_does = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]


def empty(case: TransactionTestCase) -> None:
    """In place of TransactionTestCase._fixture_teardown."""
    for alias in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        if not _few_rows_deleted(connections[alias]):
            _as_django_does(case)
            return


def _few_rows_deleted(connection: Any) -> bool:
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        cursor.execute(_counts(connection.alias))
        counts = cursor.fetchall()
        if any(count > MANY for _, count in counts):
            return False
        for table, count in counts:  # foreign keys are looked at when it is committed
            if count:
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
    return True


@cache
def _counts(alias: str) -> str:
    """A query: each table with the number of its rows, at most one more than MANY."""
    connection = connections[alias]
    quoted = connection.ops.quote_name
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True, include_views=False)) - STAY)
    return " UNION ALL ".join(
        f"SELECT '{table}', (SELECT count(*) FROM (SELECT 1 FROM {quoted(table)} LIMIT {MANY + 1}) counted)"
        for table in tables
    )


TransactionTestCase._fixture_teardown = empty  # type: ignore[attr-defined]
