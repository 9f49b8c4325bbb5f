"""Which messages the index names for some clauses, newest first. Knows the two databases' languages; knows no people.

The work is bounded by taking few at a time: SQLite's FTS5 walks its lists from the newest message backwards, and stops.
PostgreSQL's GIN gives a list as a whole, so what is common is found by walking the newest messages instead, and only
what is rare in them is asked of the index, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isqrt

from django.db import connections, router

from hubbub.models import Message
from hubbub.rows import rows
from hubbub.search.index import TABLE

_MESSAGE = Message._meta.db_table
_FIRST = 60  # named at once in the beginning, twice as many each time after: each question has its price
_MOST = 2_000  # that PostgreSQL's index names at once: it has looked for all of them anyway
# How far PostgreSQL walks, times the root of how many messages there are: what is too rare to be found on the way is so
# rare that the index has a short list of it, and either costs a few milliseconds in a million.
_REACH = 20


@dataclass(frozen=True, slots=True)
class Clause:
    """A message has one of these terms; or none of them when `absent`. With `prefix` a term may go on."""

    terms: tuple[str, ...]
    absent: bool = False
    prefix: bool = False


def newest() -> int:
    """The id of the newest message; 0 when there is none."""
    return int(rows(f"SELECT COALESCE(MAX(id), 0) FROM {_MESSAGE}")[0][0])


def candidates(clauses: Sequence[Clause], above: int, below: int) -> Iterator[list[int]]:
    """The ids of the messages that satisfy all clauses, of those with above < id < below, the newest first: in
    portions, each looked for when it is taken. One clause at least is not `absent`."""
    if connections[router.db_for_read(Message)].vendor == "sqlite":
        return _of_fts5(clauses, above, below)
    return _of_gin(" & ".join(map(_one_of, clauses)), above, below)


def _of_fts5(clauses: Sequence[Clause], above: int, below: int) -> Iterator[list[int]]:
    """FTS5's query language (its documentation, section 3): quoted strings, AND, OR, NOT."""
    present = " AND ".join(f"({_any_of(clause)})" for clause in clauses if not clause.absent)
    absent = " OR ".join(_any_of(clause) for clause in clauses if clause.absent)
    match, limit = f"({present}) NOT ({absent})" if absent else present, _FIRST
    while found := _ids(_MATCH, match, above, below, limit):
        yield found
        if len(found) < limit:
            return
        below, limit = found[-1], limit * 2


_MATCH = f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s AND rowid > %s AND rowid < %s ORDER BY rowid DESC LIMIT %s"


def _any_of(clause: Clause) -> str:
    return " OR ".join(f'"{term}"{" *" if clause.prefix else ""}' for term in clause.terms)


def _of_gin(query: str, above: int, below: int) -> Iterator[list[int]]:
    limit = _FIRST
    while True:
        floor = max(above, below - 1 - _REACH * isqrt(below))
        if found := _ids(_WALK, floor, below, query, limit):
            yield found
        if len(found) < limit:
            break
        below, limit = found[-1], limit * 2
    below = floor + 1
    while below > above + 1 and (found := _ids(_ASK, query, above, below, _MOST)):
        yield found
        if len(found) < _MOST:
            return
        below = found[-1]


# IS TRUE keeps PostgreSQL from taking the index of words for it, an expression to order by from walking.
_WALK = (
    f"SELECT message_id FROM {TABLE} WHERE message_id > %s AND message_id < %s AND (words @@ %s::tsquery) IS TRUE"
    " ORDER BY message_id DESC LIMIT %s"
)
_ASK = (
    f"SELECT message_id FROM {TABLE} WHERE words @@ %s::tsquery AND message_id > %s AND message_id < %s"
    " ORDER BY message_id + 0 DESC LIMIT %s"
)


def _ids(select: str, *parameters: object) -> list[int]:
    return [id for (id,) in rows(select, *parameters)]


def _one_of(clause: Clause) -> str:
    """A tsquery (PostgreSQL's manual, 8.11.2). No term has a quote or a backslash in it."""
    return ("!" if clause.absent else "") + f"({' | '.join(_lexeme(term, clause.prefix) for term in clause.terms)})"


def _lexeme(term: str, prefix: bool) -> str:
    return f"'{term}'{':*' if prefix else ''}"
