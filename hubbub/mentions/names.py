"""Whom and what the names in a text mean. One query for the people, one for the rooms, and only where an @ or # begins
a word; a plain post asks nothing.

People are those who are in the room, have spoken or read there, or are here now; a banned one is not called, and in a
private room nobody who left. Rooms are public ones: a link must not tell of a private one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from hubbub import access
from hubbub.conf import settings
from hubbub.identity import Identity
from hubbub.models import Alias, Membership, Person, Room
from hubbub.models.room_name import room_key
from hubbub.protocol import PersonView
from hubbub.render.mentions import EVERYBODY, Called, Names, ends, marks
from hubbub.rows import as_stored, rows
from hubbub.spellings import accented, bare, shorter

_PERSON, _MEMBERSHIP = Person._meta.db_table, Membership._meta.db_table
_ROOM, _ALIAS = Room._meta.db_table, Alias._meta.db_table

# The room with a key, or that had it as a name before; twice the key for parameters.
CALLED = f"(r.key = %s OR r.id = (SELECT room_id FROM {_ALIAS} WHERE key = %s))"
# Who of a room's members may read it.
READERS = "(m.standing = 'in' OR (m.standing = 'left' AND r.kind = 'public'))"

_LONGEST_WORD = 20  # characters of one of EVERYBODY, with the marks that may stand between its letters


@dataclass(frozen=True, slots=True)
class Meant:
    """What the names in a text may mean, and who of them has done nothing yet that was stored."""

    names: Names
    strangers: tuple[PersonView, ...] = ()


def may_call(text: str) -> bool:
    """Whether `text` may call anybody: whether it is worth a look at the database."""
    return ("@" in text or "#" in text) and next(marks(text), None) is not None


def names_in(text: str, key: str, author: Identity, here: Sequence[PersonView]) -> Meant:
    """What the names in `text` may mean in the room with this key, where the people `here` are now."""
    places = list(marks(text))
    called = [place for place in places if text[place] == "@"]
    linked = [place for place in places if text[place] == "#"]
    people, strangers = _people(key, _beginnings(text, called), here) if called else ({}, ())
    rooms = _rooms({room_key(text[place + 1 : end]) for place in linked for end in ends(text, place)})
    words = frozenset(word for word in EVERYBODY if any(_says(text, place, word) for place in called))
    if words and not may_call_everybody(key, author):
        words = frozenset()
    return Meant(Names(people, shorter(people), rooms, words), strangers)


def may_call_everybody(key: str, author: Identity) -> bool:
    """Whether `author` may say @room and @here in this room: everybody in a small one, moderators in any."""
    most = settings().call_everybody_people
    found = rows(
        f"SELECT 1 FROM {_MEMBERSHIP} m JOIN {_ROOM} r ON r.id = m.room_id WHERE {CALLED} AND {READERS} LIMIT %s",
        key,
        key,
        most + 1,
    )
    return len(found) <= most or access.moderates(author, access.standing(author, key))


def called_alike(key: str, names: Iterable[str], here: Sequence[PersonView] = ()) -> dict[str, list[Called]]:
    """Who in the room has each of these names, by the name's key."""
    found, _ = _people(key, {variant for name in names for variant in _variants(name)}, here)
    return {room_key(name): found.get(room_key(name), []) for name in names}


def known(ids: Iterable[str]) -> set[str]:
    """Those of these people who are stored: hex ids."""
    wanted = [as_stored(UUID(id)) for id in ids]
    if not wanted:
        return set()
    found = rows(f"SELECT id FROM {_PERSON} WHERE id IN ({_marks(wanted)})", *wanted)
    return {id.hex if isinstance(id, UUID) else id for (id,) in found}


def _says(text: str, place: int, word: str) -> bool:
    within = text[: place + _LONGEST_WORD]
    return any(room_key(within[place:end]) == word for end in ends(within, place))


def _people(
    key: str, beginnings: set[str], here: Sequence[PersonView]
) -> tuple[dict[str, list[Called]], tuple[PersonView, ...]]:
    """The room's people whose names begin with one of these characters, by the key of their name; and who of them is
    stored nowhere: guests who have done nothing yet but come in."""
    if not beginnings:
        return {}, ()
    present = [person for person in here if person.name[:1] in beginnings]
    ids = [as_stored(UUID(person.id)) for person in present]
    also = f" UNION SELECT id, name, user_id FROM {_PERSON} WHERE id IN ({_marks(ids)})" if ids else ""
    found = rows(
        f"SELECT p.id, p.name, p.user_id FROM {_MEMBERSHIP} m JOIN {_ROOM} r ON r.id = m.room_id"
        f" JOIN {_PERSON} p ON p.id = m.person_id"
        f" WHERE {CALLED} AND {READERS} AND SUBSTR(p.name, 1, 1) IN ({_marks(sorted(beginnings))}){also}",
        key,
        key,
        *sorted(beginnings),
        *ids,
    )
    people = {_hex(id): (name, Called(_hex(id), user is None)) for id, name, user in found}
    strangers = tuple(person for person in present if person.guest and person.id not in people)
    people.update({person.id: (person.name, Called(person.id, guest=True)) for person in strangers})
    named: dict[str, list[Called]] = {}
    for name, called in people.values():
        named.setdefault(room_key(name), []).append(called)
    return named, strangers


def _rooms(keys: set[str]) -> dict[str, str]:
    """Those of these keys that are public rooms', with their names."""
    if not keys:
        return {}
    which, given = _marks(sorted(keys)), sorted(keys)
    found = rows(
        f"SELECT key, name FROM {_ROOM} WHERE key IN ({which}) AND kind = 'public' UNION ALL"
        f" SELECT a.key, r.name FROM {_ALIAS} a JOIN {_ROOM} r ON r.id = a.room_id WHERE a.key IN ({which})"
        " AND r.kind = 'public'",
        *given,
        *given,
    )
    return dict(found)


def _beginnings(text: str, places: Iterable[int]) -> set[str]:
    """What names may begin with that are typed at these places, with accents or without."""
    typed = {variant for place in places for variant in _variants(text[place + 1 : place + 5])}
    plain = set(map(bare, typed))
    return (typed | plain).union(*(accented().get(letter, ()) for letter in plain))


def _variants(text: str) -> set[str]:
    """What a name may begin with that is typed like this: the first character, in each case."""
    first = {unicodedata.normalize(form, text)[:1] for form in ("NFC", "NFKC")} | {text[:1]}
    return {case(one)[:1] for one in first for case in (str, str.lower, str.upper, str.title, str.casefold)}


def _hex(id: UUID | str) -> str:
    return id.hex if isinstance(id, UUID) else id


def _marks(values: Sequence[object]) -> str:
    return ", ".join(["%s"] * len(values))
