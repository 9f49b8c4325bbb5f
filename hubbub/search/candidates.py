"""Which messages the index names for some clauses, newest first. Knows the two databases' languages; knows no people.

The work is bounded by taking few at a time: SQLite's FTS5 walks its lists from the newest message backwards, and stops.
PostgreSQL's GIN gives a list as a whole, so what is common is found by walking the newest messages instead, in windows
that grow, and only what is rare in them is asked of the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connections, router

from hubbub.models import Message
from hubbub.rows import rows
from hubbub.search.index import TABLE

_MESSAGE = Message._meta.db_table
_WINDOWS = (5_000, 100_000)


@dataclass(frozen=True, slots=True)
class Clause:
    """A message has one of these terms; or none of them when `absent`. With `prefix` a term may go on."""

    terms: tuple[str, ...]
    absent: bool = False
    prefix: bool = False


def newest() -> int:
    """The id of the newest message; 0 when there is none."""
    return int(rows(f"SELECT COALESCE(MAX(id), 0) FROM {_MESSAGE}")[0][0])


def candidates(clauses: Sequence[Clause], above: int, below: int, limit: int) -> list[int]:
    """The ids of the newest `limit` messages that satisfy all clauses, of those with above < id < below. One clause at
    least is not `absent`."""
    if connections[router.db_for_read(Message)].vendor == "sqlite":
        return _of_fts5(clauses, above, below, limit)
    return _of_gin(clauses, above, below, limit)


def _of_fts5(clauses: Sequence[Clause], above: int, below: int, limit: int) -> list[int]:
    """FTS5's query language (its documentation, section 3): quoted strings, AND, OR, NOT."""
    present = " AND ".join(f"({_any_of(clause)})" for clause in clauses if not clause.absent)
    absent = " OR ".join(_any_of(clause) for clause in clauses if clause.absent)
    found = rows(
        f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s AND rowid > %s AND rowid < %s ORDER BY rowid DESC LIMIT %s",
        f"({present}) NOT ({absent})" if absent else present, above, below, limit,
    )  # fmt: skip
    return [id for (id,) in found]


def _any_of(clause: Clause) -> str:
    return " OR ".join(f'"{term}"{" *" if clause.prefix else ""}' for term in clause.terms)


def _of_gin(clauses: Sequence[Clause], above: int, below: int, limit: int) -> list[int]:
    query = " & ".join(_one_of(clause) for clause in clauses)
    found: list[int] = []
    for reach in _WINDOWS:
        floor = max(above, below - reach - 1)
        found += _in_window(query, floor, below, limit - len(found), "message_id")
        if len(found) >= limit or floor == above:
            return found
        below = floor + 1
    # An expression to order by keeps PostgreSQL from walking all the rest in the hope of an early end.
    return found + _in_window(query, above, below, limit - len(found), "message_id + 0")


def _in_window(query: str, above: int, below: int, limit: int, order: str) -> list[int]:
    found = rows(
        f"SELECT message_id FROM {TABLE} WHERE words @@ %s::tsquery AND message_id > %s AND message_id < %s"
        f" ORDER BY {order} DESC LIMIT %s",
        query, above, below, limit,
    )  # fmt: skip
    return [id for (id,) in found]


def _one_of(clause: Clause) -> str:
    """A tsquery (PostgreSQL's manual, 8.11.2). No term has a quote or a backslash in it."""
    return ("!" if clause.absent else "") + f"({' | '.join(_lexeme(term, clause.prefix) for term in clause.terms)})"


def _lexeme(term: str, prefix: bool) -> str:
    return f"'{term}'{':*' if prefix else ''}"
