"""Answers a search: what the index names, looked at message by message, newest first, a page at a time.

However much there is, a page costs a bounded amount of work: it looks at so many messages and no further, and says how
far it came. What nobody asked for is not counted: no number of results is known, and none is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID

from hubbub import access
from hubbub.history import others, parties, utc
from hubbub.identity import Identity
from hubbub.models import Message, Person, Room
from hubbub.protocol import PersonView, person_view
from hubbub.rows import rows
from hubbub.search.candidates import Clause, candidates, newest
from hubbub.search.context import Piece, context
from hubbub.search.index import has_link
from hubbub.search.query import Query, Span, parse
from hubbub.search.scope import Scope, scope_of
from hubbub.search.words import LONGEST

_MESSAGE, _ROOM, _PERSON = (model._meta.db_table for model in (Message, Room, Person))

PAGE = 20
AT_ONCE = 60  # messages that are read at a time
PROBED = 300  # of the newest, in which a beginning of a word is looked for before the index is asked for it
EXAMINED = 2_000  # and so many characters of them: more is another page
CHARACTERS = 500_000
SHORT = 3  # letters of a beginning that many words have
_SKEW = timedelta(minutes=2)  # times are in the order of ids but for that: clocks of nodes differ


@dataclass(frozen=True, slots=True)
class Found:
    """A message that was found. `room` is what its room is called for the person, `address` what leads there."""

    id: int
    seq: int
    at: datetime
    room: str
    address: str
    kind: str
    author: PersonView
    context: list[Piece]


@dataclass(slots=True)
class Findings:
    """A page of what was found, newest first. `older` is where the next page begins (None: there is no more), and
    `back_to` the moment to which this one looked when it ended early. `nobody` is a name in the query that nobody has.
    `foreign` looks like an operator and is none. Nothing was `asked` when there is no word and no operator.
    """

    found: list[Found] = field(default_factory=list)
    older: int | None = None
    back_to: datetime | None = None
    nobody: str = ""
    foreign: str = ""
    asked: bool = True


def find(
    who: Identity, typed: str, *, zone: tzinfo, today: date, before: int | None = None, typing: bool = False,
    room: str = "", size: int = PAGE,
) -> Findings:  # fmt: skip
    """What `who` may read and `typed` asks for, of the messages with an id below `before`; with a key in `room`, unless
    what was typed names rooms itself, of that room alone. Refuses `bad_search`."""
    query = parse(typed, zone, today, typing=typing)
    if query.empty:
        return Findings(asked=False)
    scope = scope_of(who, query, room)
    if scope.nobody:
        return Findings(nobody=scope.nobody)
    findings = _Search(who, query, scope, size).page(before)
    findings.foreign = query.foreign
    return findings


@dataclass(frozen=True, slots=True)
class _Row:
    """A message as it is stored, with its room and its author."""

    id: int
    seq: int
    at: datetime
    text: str
    html: str
    pinned: bool
    room: int
    key: str
    name: str
    kind: str
    author: PersonView


class _Search:
    """One page's search."""

    def __init__(self, who: Identity, query: Query, scope: Scope, size: int) -> None:
        self.who, self.query, self.scope, self.size = who, query, scope, size
        self.rows: list[tuple[_Row, list[Span]]] = []
        self.examined = self.characters = 0
        self.last: _Row | None = None

    def page(self, before: int | None) -> Findings:
        below = newest() + 1 if before is None else before
        above = 0 if self.query.since is None else _id_at(self.query.since - _SKEW, below)
        if self.query.until is not None:
            below = _id_at(self.query.until + _SKEW, below) + 1
        rest = self._look(above, below)
        shown = self.rows[: self.size]
        findings = Findings(_shown(shown, self.who, self.query))
        if len(self.rows) > self.size:
            findings.older = shown[-1][0].id
        elif rest:
            findings.older, findings.back_to = rest, self.last.at if self.last else None
        return findings

    def _look(self, above: int, below: int) -> int:
        """Look at the messages with above < id < below; below which id nobody has looked, 0 when everywhere."""
        if self.query.pinned:
            pinned = _pinned(self.who, above, below)
            below = self._walk(pinned, below)
            return below if self._full or len(pinned) == EXAMINED else 0
        exact, beginnings = _clauses(self.query, narrow=self.scope.narrow)
        clauses = [*self.scope.clauses, *exact]
        if beginnings:
            below = self._walk_index(clauses, above, below, PROBED)
            if not below or self._full:
                return below
        return self._walk_index([*clauses, *beginnings], above, below, EXAMINED)

    @property
    def _full(self) -> bool:
        return len(self.rows) > self.size or self.characters > CHARACTERS

    def _walk_index(self, clauses: Sequence[Clause], above: int, below: int, most: int) -> int:
        """Look at what the index names, until the page is full or so many were looked at."""
        end = self.examined + most
        for named in candidates(clauses, above, below):
            below = self._walk(named[: end - self.examined], below)
            if self._full or self.examined == end:
                return below
        return 0

    def _walk(self, ids: Sequence[int], below: int) -> int:
        """Look at these messages; below which id nobody has looked."""
        for start in range(0, len(ids), AT_ONCE):
            named = ids[start : start + AT_ONCE]
            self.examined += len(named)
            for row in _read(self.who, named):
                self.characters += len(row.text)
                self.last, below = row, row.id
                if (spans := self._spans(row)) is not None:
                    self.rows.append((row, spans))
                if self._full:
                    return below
            below = named[-1]
        return below

    def _spans(self, row: _Row) -> list[Span] | None:
        """What of the message was looked for; None when it is another than was asked for."""
        query, scope = self.query, self.scope
        fits = (
            (query.since is None or row.at >= query.since)
            and (query.until is None or row.at < query.until)
            and (query.link is None or has_link(row.html) == query.link)
            and (query.pinned is None or row.pinned == query.pinned)
            and (scope.people is None or row.author.id in scope.people)
            and row.author.id not in scope.not_people
            and (scope.rooms is None or row.room in scope.rooms)
            and row.room not in scope.not_rooms
        )
        return query.spans(row.text) if fits else None


def _clauses(query: Query, *, narrow: bool) -> tuple[list[Clause], list[Clause]]:
    """What the index can be asked of the words: those that are whole, and beginnings. A short beginning beside
    something else is not worth asking for: so many words have it."""
    exact = [Clause((term,)) for phrase in query.phrases for term in phrase.terms]
    stems = [phrase.stem for phrase in query.phrases if phrase.prefix]
    exact += [Clause((stem,)) for stem in stems if len(stem) == LONGEST]
    beginnings = [
        Clause((stem,), prefix=True)
        for stem in stems
        if len(stem) < LONGEST and (len(stem) > SHORT or not (exact or narrow))
    ]
    alone = [phrase.terms for phrase in query.without if not (phrase.prefix or phrase.tails) and len(phrase.terms) == 1]
    exact += [Clause(tuple(terms), absent=True) for terms in alone if len(terms[0]) < LONGEST]
    return exact, beginnings


def _pinned(who: Identity, above: int, below: int) -> list[int]:
    """The newest pinned messages. By the index of those, not by a walk: hence the expression to order by."""
    condition, parameters = access.readable(who)
    found = rows(
        f"SELECT m.id FROM {_MESSAGE} m JOIN {_ROOM} r ON r.id = m.room_id"
        f" WHERE m.pinned_at IS NOT NULL AND m.id > %s AND m.id < %s AND {condition} ORDER BY m.id + 0 DESC LIMIT %s",
        above, below, *parameters, EXAMINED,
    )  # fmt: skip
    return [id for (id,) in found]


def _id_at(moment: datetime, below: int) -> int:
    """An id below `below` that parts what was said before `moment` from what was said after it, as far as ids and times
    agree: a binary search."""
    low, high = 0, below
    while low < high:
        middle = (low + high) // 2
        found = rows(f"SELECT id, at FROM {_MESSAGE} WHERE id >= %s AND id < %s ORDER BY id LIMIT 1", middle, high)
        if found and utc(found[0][1]) < moment:
            low = found[0][0] + 1
        else:
            high = middle
    return low - 1


def _read(who: Identity, ids: Sequence[int]) -> Iterator[_Row]:
    """Those of these messages that `who` may read, newest first, made as they are looked at."""
    if not ids:
        return iter(())
    condition, parameters = access.readable(who)
    found = rows(
        "SELECT m.id, m.seq, m.at, m.text, m.html, m.pinned_at, r.id, r.key, r.name, r.kind, p.id, p.name, p.user_id"
        f" FROM {_MESSAGE} m JOIN {_ROOM} r ON r.id = m.room_id JOIN {_PERSON} p ON p.id = m.author_id"
        f" WHERE m.id IN ({', '.join(['%s'] * len(ids))}) AND m.deleted_at IS NULL AND {condition} ORDER BY m.id DESC",
        *ids, *parameters,
    )  # fmt: skip
    return (_row(*columns) for columns in found)


def _row(
    id: int, seq: int, at: datetime, text: str, html: str, pinned: Any, room: int, key: str, name: str, kind: str,
    author: UUID | str, called: str, user: Any,
) -> _Row:  # fmt: skip
    person = person_view(author if isinstance(author, UUID) else UUID(author), called, user is None)
    return _Row(id, seq, utc(at), text, html, pinned is not None, room, key, name, kind, person)


def _shown(found: Iterable[tuple[_Row, list[Span]]], who: Identity, query: Query) -> list[Found]:
    """As they are shown; a direct room has the names of the others in it."""
    found = list(found)
    people = parties({row.key for row, _ in found if row.kind == "direct"})
    return [
        Found(
            row.id,
            row.seq,
            row.at,
            (others(people.get(row.key, []), who.id) if row.kind == "direct" else "") or row.name,
            row.name if row.kind == "public" else row.key,
            row.kind,
            row.author,
            context(row.text, row.html, spans, query.marks),
        )
        for row, spans in found
    ]
