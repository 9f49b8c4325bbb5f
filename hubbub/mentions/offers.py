"""What a composer may complete a name to: people of the room, public rooms, slash commands. What is offered resolves
exactly to whom or what it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F, Q

from hubbub import access, slash
from hubbub.identity import Identity
from hubbub.mentions.names import CALLED, READERS, called_alike, may_call_everybody
from hubbub.models import Membership, Person, Room
from hubbub.models.room_name import room_key
from hubbub.protocol import PersonView
from hubbub.render.mentions import EVERYBODY, Called
from hubbub.rows import rows
from hubbub.spellings import bare

_PERSON, _MEMBERSHIP, _ROOM = Person._meta.db_table, Membership._meta.db_table, Room._meta.db_table

MOST = 8
LOOKED_THROUGH = 2_000  # of a room's people, those who read there last

_SUFFIX = 4  # digits of an id, and more where these are the same


@dataclass(frozen=True, slots=True)
class Offer:
    """`insert` is what is written, `shown` what is chosen from; the rest says who or what it is."""

    insert: str
    shown: str
    note: str = ""
    person: str = ""
    guest: bool = False
    here: bool = False


def people(who: Identity, key: str, typed: str, here: Sequence[PersonView]) -> list[Offer]:
    """People of the room whose name, or a word of it, begins with what was typed: those who are here first."""
    present = {person.id for person in here}
    known = {person.id: person for person in [*_readers(key), *here] if person.id != who.id.hex}
    ranked = [
        (rank, person.id not in present, order, person)
        for order, person in enumerate(known.values())
        if (rank := _rank(room_key(person.name), typed)) is not None
    ]
    chosen = [person for *_, person in sorted(ranked, key=lambda entry: entry[:3])[:MOST]]
    alike = called_alike(key, {person.name for person in chosen}, here)
    return [
        Offer(
            f"@{person.name}{_suffix(person, alike[room_key(person.name)])}",
            person.name,
            person=person.id,
            guest=person.guest,
            here=person.id in present,
        )
        for person in chosen
    ] + _everybody(who, key, typed)


def rooms(who: Identity, typed: str) -> list[Offer]:
    """Public rooms that one may read, whose name or a word of it begins so: the liveliest first."""
    begun = room_key(typed)
    found = access.rooms_readable(who).filter(kind=Room.Kind.PUBLIC, archived_at=None)
    found = found.filter(Q(key__startswith=begun) | Q(key__contains=f" {begun}")) if begun else found
    listed = found.order_by(F("last_at").desc(nulls_last=True)).values_list("name", "topic")[:MOST]
    return [Offer(f"#{name}", f"#{name}", topic) for name, topic in listed]


def commands(typed: str) -> list[Offer]:
    """Slash commands whose name begins so."""
    return [
        Offer(f"/{one.name}", " ".join(filter(None, [f"/{one.name}", str(one.hint)])), str(one.sentence))
        for one in slash.commands()
        if one.name.startswith(typed.lower())
    ]


def _readers(key: str) -> list[PersonView]:
    """Who may read the room, those who read last first."""
    found = rows(
        f"SELECT p.id, p.name, p.user_id FROM {_MEMBERSHIP} m JOIN {_ROOM} r ON r.id = m.room_id"
        f" JOIN {_PERSON} p ON p.id = m.person_id WHERE {CALLED} AND {READERS} ORDER BY m.read_seq DESC LIMIT %s",
        key,
        key,
        LOOKED_THROUGH,
    )
    return [PersonView(id.hex if isinstance(id, UUID) else id, name, user is None) for id, name, user in found]


def _rank(name: str, typed: str) -> int | None:
    """0 where the name begins so, 1 where one of its words does, with accents or without. White space after a word asks
    for another."""
    name, begun = bare(name), bare(room_key(typed)) + (" " if typed[-1:].isspace() and typed.strip() else "")
    return 0 if name.startswith(begun) else 1 if f" {begun}" in name else None


def _suffix(person: PersonView, alike: Sequence[Called]) -> str:
    """The digits that tell a person from others of the same name, where the name alone does not."""
    accounts = [one for one in alike if not one.guest]
    meant = accounts or alike
    if [one.id for one in meant] == [person.id] and f"@{room_key(person.name)}" not in EVERYBODY:
        return ""
    others = [one.id for one in alike if one.id != person.id]
    length = next(n for n in range(_SUFFIX, 33) if all(other[:n] != person.id[:n] for other in others))
    return f"#{person.id[:length]}"


def _everybody(who: Identity, key: str, typed: str) -> list[Offer]:
    words = [word for word in EVERYBODY if typed and word[1:].startswith(room_key(typed))]
    return [Offer(word, word) for word in words] if words and may_call_everybody(key, who) else []
