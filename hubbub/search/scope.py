"""Where a search looks: the rooms and people that were named, as they may be known; as clauses for the index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Q

from hubbub import access, blocks, people
from hubbub.errors import Refusal
from hubbub.history import others, parties
from hubbub.identity import Identity
from hubbub.models import Alias
from hubbub.models.room import PRIVATE
from hubbub.models.room_name import name_and_key
from hubbub.search.candidates import Clause
from hubbub.search.index import LINK, OPEN, author_mark, room_mark
from hubbub.search.query import Query
from hubbub.search.words import words

Id = TypeVar("Id", int, str)

_MOST = 300  # people that the index is asked for; past that only the messages are


@dataclass(slots=True)
class Scope:
    """The ids of the rooms and people that messages must be, or must not be, of; None: of any. `nobody` is a name that
    leads nowhere."""

    rooms: set[int] | None = None
    not_rooms: set[int] = field(default_factory=set)
    people: set[str] | None = None
    not_people: set[str] = field(default_factory=set)
    clauses: list[Clause] = field(default_factory=list)
    nobody: str = ""

    @property
    def narrow(self) -> bool:
        """Whether the clauses say more than what this person may read."""
        return self.rooms is not None or self.people is not None


def scope_of(who: Identity, query: Query, room: str = "") -> Scope:
    """What `query` means for `who`, in the room with the key `room` if it names none. Private rooms that they may not
    read are no rooms to them."""
    scope = Scope()
    persons = _people(who, [*query.people, *query.not_people])
    rooms = _rooms(who, [*query.rooms, *query.not_rooms])
    if query.people:
        scope.people = {id for name in query.people for id in _found(scope, name, persons[name])}
    if query.rooms:
        scope.rooms = {id for name in query.rooms for id in _found(scope, name, rooms[name])}
    elif room:
        scope.rooms = _found(scope, room, _called(who, room))
    scope.not_people = {id for name in query.not_people for id in persons[name]}
    scope.not_people |= blocks.of(who.id)
    scope.not_rooms = {id for name in query.not_rooms for id in rooms[name]}
    scope.clauses = [*_readable(who, scope), *_of_people(scope), *_with_link(query)]
    return scope


def _found(scope: Scope, name: str, ids: set[Id]) -> set[Id]:
    if not ids:
        scope.nobody = name
    return ids


def _readable(who: Identity, scope: Scope) -> list[Clause]:
    """The rooms asked for; without any, those open to all and the person's own, but for the closed ones."""
    without = _clause(map(room_mark, scope.not_rooms), absent=True)
    if scope.rooms is not None:
        return [clause for clause in (_clause(map(room_mark, scope.rooms)), without) if clause]
    own, closed = access.differing(who)
    clauses = (_clause([OPEN, *map(room_mark, own)]), without, _clause(map(room_mark, closed), absent=True))
    return [clause for clause in clauses if clause]


def _of_people(scope: Scope) -> list[Clause]:
    wanted = scope.people if scope.people is not None and len(scope.people) <= _MOST else ()
    clauses = (_clause(map(author_mark, wanted)), _clause(map(author_mark, scope.not_people), absent=True))
    return [clause for clause in clauses if clause]


def _with_link(query: Query) -> list[Clause]:
    return [] if query.link is None else [Clause((LINK,), absent=not query.link)]


def _clause(marks: Iterable[str], *, absent: bool = False) -> Clause | None:
    found = tuple(sorted(marks))
    return Clause(found, absent=absent) if found else None


def _rooms(who: Identity, names: Iterable[str]) -> dict[str, set[int]]:
    """The rooms with each of these names that `who` may read: a public one, under an earlier name too, and their
    own."""
    wanted = {name: _folded(name) for name in names}
    own = _own(who) if wanted else []
    return {
        name: _called(who, _key(name)) | {id for id, called in own if words and called == words}
        for name, words in wanted.items()
    }


def _own(who: Identity) -> list[tuple[int, tuple[str, ...]]]:
    """The private and direct rooms of `who`, with the words of what each is called for them."""
    own = access.rooms_readable(who).filter(key__startswith=PRIVATE).values_list("pk", "key", "name", "kind")
    inside = parties(key for _, key, _, kind in own if kind == "direct")
    return [
        (id, _folded(called if kind != "direct" else others(inside.get(key, []), who.id)))
        for id, key, called, kind in own
    ]


def _called(who: Identity, key: str) -> set[int]:
    """The room with this key, or that has it as another name, if `who` may read it."""
    named = Q(key=key) | Q(pk__in=Alias.objects.filter(key=key).values("room"))
    return set(access.rooms_readable(who).filter(named).values_list("pk", flat=True))


def _key(name: str) -> str:
    try:
        return name_and_key(name)[1]
    except Refusal:
        return ""


def _people(who: Identity, names: Sequence[str]) -> dict[str, set[str]]:
    """By each of these names the ids, in hex, of those known to `who` who are called so; else of those whose name has
    these words."""
    wanted = {name: words for name in names if name.lower() != "me" and (words := _folded(name))}
    known = people.perhaps_called(people.visible_to(who.id), wanted.values()).values_list("id", "name")
    called = [(id.hex, words := _folded(name), frozenset(words)) for id, name in known] if wanted else []
    meant = {
        name: {id for id, each, _ in called if each == words}
        or {id for id, _, each in called if each.issuperset(words)}
        for name, words in wanted.items()
    }
    return {name: {who.id.hex} if name.lower() == "me" else meant.get(name, set()) for name in names}


def _folded(name: str) -> tuple[str, ...]:
    return tuple(word.folded for word in words(name))
