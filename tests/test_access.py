"""Who may read where: one rule, whether it is asked for one room, for all, in plain SQL or for those who follow."""

from __future__ import annotations

import asyncio
from itertools import product
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import override_settings

from hubbub import access, identity, journal, node
from hubbub.access import Standing, may_enter
from hubbub.errors import Refusal
from hubbub.history import Head
from hubbub.identity import Identity
from hubbub.journal import ReadMark
from hubbub.models import Alias, Membership, Person, Room
from hubbub.models.room import new_address
from hubbub.models.room_name import name_and_key
from tests.cast import ANA, BEN, EVE, draft, refused, say, stored

pytestmark = pytest.mark.django_db(transaction=True)

STANDINGS = ("", "in", "left", "banned")
KINDS = [("public", False), ("public", True), ("private", True), ("direct", True)]


def make_room(kind: str = "private", *, guarded: bool = True, **fields: Any) -> Room:
    key = fields.pop("key", "lobby")
    key = key if kind == "public" else new_address()
    return Room.objects.create(name=fields.pop("name", "Den"), key=key, kind=kind, guarded=guarded, **fields)


def put(who: Identity, room: Room, standing: str = "in", **fields: Any) -> None:
    Person.objects.get_or_create(id=who.id, defaults={"name": who.name})
    Membership.objects.update_or_create(person_id=who.id, room=room, defaults={"standing": standing, **fields})


@pytest.fixture
def world() -> dict[str, tuple[Room, bool]]:
    """A room for each kind and each way in which Ana may stand in it: the room, and whether she may read it."""
    rooms = {}
    for (kind, guarded), standing in product(KINDS, STANDINGS):
        name = f"{kind}-{guarded}-{standing}"
        rooms[name] = (make_room(kind, guarded=guarded, name=name, key=name), may_enter(kind, guarded, standing))
        if standing:
            put(ANA, rooms[name][0], standing)
    return rooms


def test_only_guarded_rooms_are_closed_and_to_whom() -> None:
    assert [may_enter(kind, guarded, s) for (kind, guarded), s in product(KINDS, STANDINGS)] == [
        True, True, True, True,      # public
        True, True, True, False,     # public, with somebody banned
        False, True, False, False,   # private
        False, True, False, False,   # direct
    ]  # fmt: skip


def test_where_access_is_another_than_everybody_s_is_told_by_memberships_alone(
    world: dict[str, tuple[Room, bool]],
) -> None:
    everybody = {room.pk for room, _ in world.values() if room.kind == "public"}
    allowed = {room.pk for room, may in world.values() if may}
    own, closed = access.differing(ANA)
    assert (set(own), set(closed)) == (allowed - everybody, everybody - allowed)
    assert (own and closed) != []
    assert access.differing(EVE) == ([], [])


def test_every_way_to_ask_gives_the_same_answer(world: dict[str, tuple[Room, bool]]) -> None:
    readable = {room.pk for room in access.rooms_readable(ANA)}
    condition, parameters = access.readable(ANA)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT r.id FROM {Room._meta.db_table} r WHERE {condition}", parameters)
        in_sql = {row[0] for row in cursor.fetchall()}
    outside = access.outsiders({room.key: [ANA.id] for room, _ in world.values()})
    for name, (room, may) in world.items():
        ways = {
            "one": access.may_read(ANA, room.key),
            "each": access.each_may_read([(BEN.id, room.key), (ANA.id, room.key)])[1],
            "all": room.pk in readable,
            "sql": room.pk in in_sql,
            "followers": (room.key, ANA.id) not in outside,
            "readers": ANA.id in access.readers(room.pk, [ANA.id]),
        }
        assert ways == dict.fromkeys(ways, may), name


def test_many_are_answered_as_one_is(world: dict[str, tuple[Room, bool]]) -> None:
    keys = [*(room.key for room, _ in world.values()), new_address(), "nobody has made it"]
    asked = [(who, key) for who, key in product((ANA, BEN, EVE), keys)]
    answers = access.each_may_read([(who.id, key) for who, key in asked])
    assert answers == [access.may_read(who, key) for who, key in asked]


@pytest.fixture
def herd() -> tuple[Room, list[Identity]]:
    """A private room and sixty guests, every other of whom is in it."""
    room, guests = make_room(), [Identity(uuid4(), f"Guest {n}") for n in range(60)]
    for who in guests[::2]:
        put(who, room)
    return room, guests


async def test_a_herd_that_returns_to_a_private_room_shares_the_looks(
    herd: tuple[Room, list[Identity]], monkeypatch: pytest.MonkeyPatch
) -> None:
    room, guests = herd
    asked: list[str] = []
    plain = access.rows
    monkeypatch.setattr(access, "rows", lambda *query: (asked.append(query[0]), plain(*query))[1])
    here = node.Node(asyncio.get_running_loop())  # only its readers are at work: it listens to nobody
    try:
        came = await asyncio.gather(*(here.admissions.ask((who.id, room.key)) for who in guests))
    finally:
        here._readers.close()
    assert came == [True, False] * 30
    assert len(asked) <= 3, "a query for each of the herd"


def test_a_head_is_refused_as_an_address_that_does_not_exist() -> None:
    room = make_room(topic="secret")
    with pytest.raises(Refusal) as hidden:
        access.head(EVE, room.key)
    with pytest.raises(Refusal) as nothing:
        access.head(EVE, new_address())
    with pytest.raises(Refusal) as malformed:
        name_and_key("-/what is this")
    said = {
        (refusal.value.code, refusal.value.message, refusal.value.field) for refusal in (hidden, nothing, malformed)
    }
    assert said == {("no_such_room", "There is no such room.", "room")}


def test_asking_is_one_query_and_a_name_that_was_left_behind_two(django_assert_num_queries: Any) -> None:
    say(ANA, "lobby", "hello")
    room = Room.objects.get()
    Alias.objects.create(key="hall", room=room)
    with django_assert_num_queries(1):
        assert access.standing(ANA, "lobby").role == "member"
    with django_assert_num_queries(2):
        assert access.standing(ANA, "hall").head.key == "lobby"
    with django_assert_num_queries(1):
        assert not access.may_read(ANA, new_address())


def test_speaking_under_a_name_that_was_left_behind_leads_to_the_room() -> None:
    say(ANA, "lobby", "hello")
    Alias.objects.create(key="hall", room=Room.objects.get())
    both = journal.write([draft(BEN, "Hall", "by another name"), draft(BEN, "lobby", "by its own")])
    assert [stored(outcome).message.room for outcome in both] == ["lobby", "lobby"]
    assert Room.objects.count() == 1


# ── speaking ──


@pytest.mark.parametrize("standing", ["", "left", "banned"])
def test_who_may_not_enter_can_neither_speak_nor_be_marked_as_reading(standing: str) -> None:
    room = make_room()
    if standing:
        put(EVE, room, standing)
    outcomes = journal.write([draft(EVE, room.key, "x"), ReadMark(EVE, room.key, 1)])
    nothing = journal.write([draft(EVE, new_address(), "x"), ReadMark(EVE, new_address(), 1)])
    said = [(refused(o).code, refused(o).message, refused(o).field) for o in [*outcomes, *nothing]]
    assert set(said) == {("no_such_room", "There is no such room.", "room")}
    assert not Membership.objects.filter(standing="in").exists()
    assert not Room.objects.exclude(pk=room.pk).exists()


def test_a_stored_message_is_not_acknowledged_to_who_lost_access() -> None:
    room = make_room()
    put(ANA, room)
    assert stored(journal.write([draft(ANA, room.key, "x", "n")])[0]).message
    put(ANA, room, "left")
    assert refused(journal.write([draft(ANA, room.key, "x", "n")])[0]).code == "no_such_room"


def test_one_who_is_shut_out_does_not_keep_the_others_of_the_batch_from_speaking() -> None:
    room = make_room()
    put(ANA, room)
    eve, ana, lobby = journal.write([draft(EVE, room.key, "x"), draft(ANA, room.key, "y"), draft(EVE, "lobby", "z")])
    assert refused(eve).code == "no_such_room"
    assert (stored(ana).message.seq, stored(lobby).message.seq) == (1, 1)


def test_an_archived_room_is_read_and_not_spoken_in_but_a_retry_is_answered() -> None:
    say(ANA, "lobby", "hello")
    journal.write([draft(ANA, "lobby", "before", "n")])
    Room.objects.update(guarded=True, archived_at="2026-01-01T00:00Z")
    assert access.may_read(EVE, "lobby")
    assert refused(journal.write([draft(ANA, "lobby", "x")])[0]).code == "archived"
    assert stored(journal.write([draft(ANA, "lobby", "before", "n")])[0]).message.seq == 2


def test_speaking_in_a_public_room_that_one_left_is_coming_back() -> None:
    say(ANA, "lobby", "hello")
    Membership.objects.update(standing="left")
    assert say(ANA, "lobby", "back")
    assert Membership.objects.get().standing == "in"


def test_an_account_that_speaks_first_owns_the_room_and_a_guest_owns_nothing() -> None:
    ben = identity.of_user(User.objects.create_user("ben"))
    journal.write([draft(ben, "his", "first"), draft(ANA, "hers", "first"), draft(ben, "hers", "second")])
    roles = Membership.objects.order_by("room__key", "person__name").values_list("room__key", "person__name", "role")
    assert list(roles) == [("hers", "Ana", "member"), ("hers", "ben", "member"), ("his", "ben", "owner")]


# ── moderating ──


def test_staff_moderates_every_room_that_it_may_read() -> None:
    staff = identity.of_user(User.objects.create_user("root", is_staff=True))
    ben = identity.of_user(User.objects.create_user("ben"))
    private = make_room()
    say(ANA, "lobby", "hello")
    assert access.moderates(staff, access.standing(staff, "lobby"), access.OWNER)
    assert not access.moderates(staff, access.standing(staff, private.key))
    assert not access.moderates(ben, access.standing(ben, "lobby"))
    assert not access.moderates(ANA, access.standing(ANA, "lobby"))


def only_ben(user: Any) -> bool:
    return bool(user.username == "ben")


def test_a_project_says_who_moderates() -> None:
    staff = identity.of_user(User.objects.create_user("root", is_staff=True))
    ben = identity.of_user(User.objects.create_user("ben"))
    with override_settings(HUBBUB={"MODERATOR": f"{__name__}.only_ben"}):
        assert [access.moderates_all(who) for who in (staff, ben, ANA)] == [False, True, False]


def test_a_role_counts_only_while_in_the_room() -> None:
    head = Head(1, "Den", "den", kind="public", guarded=True)
    assert Standing(head, "moderator", "in").ranks("moderator")
    assert Standing(head, "owner", "in").ranks("moderator")
    assert not Standing(head, "member", "in").ranks("moderator")
    assert not Standing(head, "owner", "left").ranks("member")
