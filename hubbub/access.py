"""Who may read, speak and moderate where: the one place that says so.

Most rooms are open to all and cost nothing here. A guarded room (private, direct, archived, slow, somebody banned or
silenced) is looked up together with the asker's membership, in one query. Who may not enter a room hears of it what
they would hear of an address that does not exist.

A site's administrators moderate in every room that they may read; that opens no private room to them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.module_loading import import_string

from hubbub import errors, history
from hubbub.blocks import BLOCK
from hubbub.conf import settings
from hubbub.history import Head
from hubbub.identity import Identity
from hubbub.models import Alias, Membership, Room
from hubbub.models.room import PRIVATE
from hubbub.rows import as_stored, rows

_ROOM, _MEMBERSHIP, _ALIAS = Room._meta.db_table, Membership._meta.db_table, Alias._meta.db_table
_CHUNK = 200

OWNER, MODERATOR, MEMBER = "owner", "moderator", "member"
_RANKS = {"": 0, MEMBER: 1, MODERATOR: 2, OWNER: 3}


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's part in a room. `role` and `standing` are empty for who has never been in it."""

    head: Head
    role: str = ""
    standing: str = ""
    silenced_until: datetime | None = None
    blocks: bool = False  # whether they block anybody, here or elsewhere

    @property
    def may_read(self) -> bool:
        """Whether they may know that the room exists."""
        return may_enter(self.head.kind, self.head.guarded, self.standing) and not (
            self.head.id is None and self.head.key.startswith(PRIVATE)
        )

    def ranks(self, role: str) -> bool:
        """Whether they are in the room as `role` or more; who left has no part in it."""
        return self.standing == "in" and _RANKS[self.role] >= _RANKS[role]


def may_enter(kind: str, guarded: bool, standing: str) -> bool:
    """Whether somebody who stands so may read a room of this kind, and know of it."""
    if not guarded:
        return True
    return standing != "banned" if kind == "public" else standing == "in"


def standing(who: Identity, key: str, name: str = "") -> Standing:
    """Who this is in the room with this key, or that had it as a name before: one query, two where there is no such
    key. The head has no id where there is no such room."""
    asker = [as_stored(who.id)] * 2
    found = rows(f"{_select()} WHERE r.key = %s", *asker, key) or (
        []
        if key.startswith(PRIVATE)
        else rows(f"{_select()} JOIN {_ALIAS} a ON a.room_id = r.id WHERE a.key = %s", *asker, key)
    )
    if not found:
        return Standing(Head(None, name or key, key))
    *room, role, stands, silenced, blocks = found[0]
    return Standing(history.head_of(room), role or "", stands or "", _moment(silenced), bool(blocks))


def _select() -> str:
    return (
        f"SELECT {history.HEAD}, m.role, m.standing, m.silenced_until,"
        f" EXISTS (SELECT 1 FROM {BLOCK} b WHERE b.person_id = %s) FROM {_ROOM} r"
        f" LEFT JOIN {_MEMBERSHIP} m ON m.room_id = r.id AND m.person_id = %s"
    )


def enter(who: Identity, key: str, name: str = "") -> Standing:
    """Who this is in a room that they may read. Refuses `no_such_room` whoever may not, and for an address that does
    not exist."""
    found = standing(who, key, name)
    if not found.may_read:
        raise errors.no_such_room()
    return found


def head(who: Identity, key: str, name: str = "") -> Head:
    """Where that room stands."""
    return enter(who, key, name).head


def may_read(who: Identity, key: str) -> bool:
    """Whether this person may read the room with this key. A public room that does not exist yet: yes."""
    return standing(who, key).may_read


def each_may_read(asked: Sequence[tuple[UUID, str]]) -> list[bool]:
    """The same for many people (by id) and keys of rooms: a query for each room, whoever and how many they are."""
    wanted: dict[str, set[UUID]] = {}
    for person, key in asked:
        wanted.setdefault(key, set()).add(person)
    allowed = {key: _let_in(key, people) for key, people in wanted.items()}
    return [person in allowed[key] for person, key in asked]


def _let_in(key: str, people: set[UUID]) -> set[UUID]:
    stored = {as_stored(person): person for person in people}
    found = rows(
        f"SELECT r.kind, r.guarded, m.person_id, m.standing FROM {_ROOM} r LEFT JOIN {_MEMBERSHIP} m"
        f" ON m.room_id = r.id AND m.person_id IN ({', '.join(['%s'] * len(stored))}) WHERE r.key = %s",
        *stored,
        key,
    )
    if not found:
        return set() if key.startswith(PRIVATE) else people
    standings = {stored[person]: standing for _, _, person, standing in found if person is not None}
    kind, guarded, *_ = found[0]
    return {person for person in people if may_enter(kind, guarded, standings.get(person, ""))}


# ── many at once ────────────────────────────────────────────────────────────────────────────────────


def rooms_readable(who: Identity) -> QuerySet[Room]:
    """Every room that this person may read, public ones that they have never been in among them."""
    theirs = Membership.objects.filter(room=OuterRef("pk"), person_id=who.id)
    return Room.objects.filter(
        Q(guarded=False)
        | Q(kind="public") & ~Exists(theirs.filter(standing="banned"))
        | ~Q(kind="public") & Exists(theirs.filter(standing="in"))
    )


def readable(who: Identity, room: str = "r") -> tuple[str, list[Any]]:
    """The same as a condition of plain SQL on the room table's alias `room`, with its parameters."""
    member = f"SELECT 1 FROM {_MEMBERSHIP} am WHERE am.room_id = {room}.id AND am.person_id = %s AND am.standing"
    return (
        f"(NOT {room}.guarded OR CASE WHEN {room}.kind = 'public' THEN NOT EXISTS ({member} = 'banned')"
        f" ELSE EXISTS ({member} = 'in') END)",
        [as_stored(who.id)] * 2,
    )


def differing(who: Identity) -> tuple[list[int], list[int]]:
    """Where this person's access is another than everybody's: the private and direct rooms that they may read, and the
    public ones that they may not. By their memberships alone, however many rooms there are."""
    found = rows(
        f"SELECT r.id, m.standing FROM {_MEMBERSHIP} m JOIN {_ROOM} r ON r.id = m.room_id WHERE m.person_id = %s"
        " AND m.standing = CASE WHEN r.kind = 'public' THEN 'banned' ELSE 'in' END AND r.guarded",
        as_stored(who.id),
    )
    return [id for id, standing in found if standing == "in"], [id for id, standing in found if standing == "banned"]


def readers(room: int, people: Iterable[UUID]) -> set[UUID]:
    """Who of these people may read the room with this id."""
    people = set(people)
    found = Room.objects.filter(pk=room).values_list("key", flat=True).first()
    return people - {person for _, person in outsiders({found: people})} if found else set()


def outsiders(following: Mapping[str, Iterable[UUID]]) -> set[tuple[str, UUID]]:
    """Who of the people that follow these rooms (by key) may not read them any more."""
    asked = list(following.items())
    gone: set[tuple[str, UUID]] = set()
    for start in range(0, len(asked), _CHUNK):
        gone |= _outsiders(dict(asked[start : start + _CHUNK]))
    return gone


def absent(rooms: Mapping[str, Iterable[UUID]]) -> set[tuple[str, UUID]]:
    """Who of these people is not in these rooms (by key), whether they may read them or not."""
    asked = {key: set(people) for key, people in rooms.items()}
    inside = {(key, person) for key, person, standing in _members(asked) if standing == "in"} if asked else set()
    return {(key, person) for key, people in asked.items() for person in people} - inside


def _outsiders(following: Mapping[str, Iterable[UUID]]) -> set[tuple[str, UUID]]:
    kinds = {key: (kind, guarded) for key, kind, guarded in _rooms(following)}
    guarded = {key: set(people) for key, people in following.items() if kinds.get(key, ("", True))[1]}
    known = {(key, person): standing for key, person, standing in _members(guarded)}
    return {
        (key, person)
        for key, people in guarded.items()
        for person in people
        if not may_enter(*kinds.get(key, ("", True)), known.get((key, person), ""))
        and (key in kinds or key.startswith(PRIVATE))
    }


def _rooms(keys: Iterable[str]) -> list[tuple[str, str, bool]]:
    return list(Room.objects.filter(key__in=list(keys)).values_list("key", "kind", "guarded"))


def _members(following: Mapping[str, set[UUID]]) -> list[tuple[str, UUID, str]]:
    people = sorted(set().union(*following.values()))
    return [
        row
        for start in range(0, len(people), _CHUNK)
        for row in Membership.objects.filter(
            room__key__in=list(following), person_id__in=people[start : start + _CHUNK]
        ).values_list("room__key", "person_id", "standing")
    ]


# ── the site's moderators ───────────────────────────────────────────────────────────────────────────


def moderates_all(who: Identity) -> bool:
    """Whether this account moderates every room that it may read: the host's callable, else who is staff. One query,
    none for a guest."""
    if who.user is None:
        return False
    user: Any = get_user_model()._default_manager.filter(pk=who.user).first()
    if user is None or not getattr(user, "is_active", True):
        return False
    if path := settings().moderator:
        return bool(import_string(path)(user))
    return bool(getattr(user, "is_staff", False))


def seems_to_moderate(who: Identity, standing: Standing) -> bool:
    """The same as far as is known without another query: for what a page offers."""
    return standing.ranks(MODERATOR) or (moderates_all(who) if settings().moderator else who.staff)


def moderates(who: Identity, standing: Standing, role: str = MODERATOR) -> bool:
    """Whether this person may do in the room what a `role` of it may."""
    return standing.may_read and (standing.ranks(role) or moderates_all(who))


def _moment(at: Any) -> datetime | None:
    return None if at is None else history.utc(at)
