"""What a composer may complete a name to: those here first, each resolving exactly, and nobody else's rooms."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub import chat
from hubbub.identity import Identity
from hubbub.mentions import offers
from hubbub.models import Membership, Person, Room
from tests.cast import ANA, BEN, EVE, say

pytestmark = pytest.mark.django_db(transaction=True)


def guest(name: str, digits: str = "") -> Identity:
    return Identity(uuid.UUID(digits.ljust(32, "0")) if digits else uuid.uuid4(), name)


def inserts(typed: str, *here: Identity, room: str = "lobby") -> list[str]:
    return [one.insert for one in offers.people(ANA, room, typed, [person.view for person in here])]


def test_people_are_found_by_the_beginning_of_a_word_and_those_here_come_first() -> None:
    for name in ("Quiet Otter", "Olga", "Ben Otto", "Mara"):
        say(guest(name), "lobby", "hello")
    olga = guest("Ottilie")
    assert inserts("ot") == ["@Ben Otto", "@Quiet Otter"]
    assert inserts("OT", olga) == ["@Ottilie", "@Ben Otto", "@Quiet Otter"]
    assert inserts("quiet o") == ["@Quiet Otter"]
    assert inserts("quiet otter ") == []
    assert inserts("zz") == []
    assert [one.here for one in offers.people(ANA, "lobby", "ot", [olga.view])] == [True, False, False]


def test_accents_do_not_count_while_a_name_is_typed() -> None:
    for name in ("Zoë Berg", "Łukasz Nowak"):
        say(guest(name), "lobby", "hello")
    assert inserts("zoe") == inserts("ZOÉ b") == ["@Zoë Berg"]
    assert inserts("luk") == ["@Łukasz Nowak"]


def test_oneself_and_the_banned_are_not_offered() -> None:
    for who in (ANA, BEN, EVE):
        say(who, "lobby", "hello")
    Membership.objects.filter(person_id=EVE.id).update(standing="banned")
    assert inserts("") == ["@Ben"]


def test_of_two_with_one_name_each_gets_the_digits_that_tell_them_apart() -> None:
    for digits in ("a1b2", "a1b2c3", "ffff"):
        say(guest("Quiet Otter", digits), "lobby", "hello")
    assert set(inserts("quiet")) == {"@Quiet Otter#a1b20", "@Quiet Otter#a1b2c", "@Quiet Otter#ffff"}


def test_everybody_is_offered_to_who_may_call_everybody() -> None:
    for who in (ANA, BEN):
        say(who, "lobby", "hello")
    assert inserts("he") == ["@here"]
    assert inserts("ro") == ["@room"]
    with override_settings(HUBBUB={"CALL_EVERYBODY_PEOPLE": 1}):
        assert inserts("he") == []


names = st.sampled_from(["Ana", "ANA", "Ana Bell", "Ana and Co", "Ben", "bén", "Quiet Otter", "Zoë *", "#x", "room"])


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(names, min_size=1, max_size=6), st.integers(0, 2))
def test_whoever_is_offered_is_called_by_what_is_inserted(some: list[str], accounts: int) -> None:
    Membership.objects.all().delete()
    for model in (Room, Person):
        model._base_manager.all().delete()
    room = Room.objects.create(name="lobby", key="lobby")
    for name in some:
        Membership.objects.create(room=room, person=Person.objects.create(name=name))
    for offer in offers.people(ANA, "lobby", "", []):
        drafted = chat.draft(ANA, "lobby", f"hello {offer.insert} and welcome")
        assert list(drafted.mentions) == [offer.person]


def test_rooms_are_public_ones_that_one_may_read() -> None:
    for room in ("Garden fair", "The garden", "Kitchen", "Garden shed"):
        say(BEN, room, "hello")
    Room.objects.create(name="Garden secret", key="-/abc", kind="private", guarded=True)
    shed = Room.objects.get(name="Garden shed")
    Room.objects.filter(pk=shed.pk).update(guarded=True)
    Membership.objects.create(room=shed, person=Person.objects.create(id=ANA.id, name="Ana"), standing="banned")
    assert [one.insert for one in offers.rooms(ANA, "GARD")] == ["#The garden", "#Garden fair"]
    assert len(offers.rooms(ANA, "")) == 3


def test_commands_are_offered_by_their_beginning_with_what_they_do() -> None:
    (topic,) = offers.commands("TO")
    assert (topic.insert, topic.shown) == ("/topic", "/topic [new topic]")
    assert "topic" in topic.note
    assert {one.insert for one in offers.commands("")} >= {"/help", "/me", "/shrug", "/topic"}


def test_the_door_answers_who_may_read_the_room_and_nobody_else(client: Client) -> None:
    say(BEN, "lobby", "hello")
    key = "-/" + "x" * 22
    secret = Room.objects.create(name="secret", key=key, kind="private", guarded=True)
    Membership.objects.create(room=secret, person_id=BEN.id)

    def ask(**query: str) -> Any:
        return client.get("/chat/-/completions/", query)

    (ben,) = ask(room="lobby", kind="person", q="b").json()["offers"]
    assert ben == {"insert": "@Ben", "shown": "Ben", "note": "", "person": BEN.id.hex, "guest": True, "here": False}
    assert ask(room="lobby", kind="room", q="lo").json()["offers"][0]["insert"] == "#lobby"
    assert ask(room="lobby", kind="command", q="he").json()["offers"][0]["insert"] == "/help"
    assert ask(room="lobby", kind="nothing", q="x").json() == {"offers": []}
    shut, absent = ask(room=key, kind="person", q="b"), ask(room="-/" + "y" * 22, kind="person", q="b")
    assert (shut.status_code, absent.status_code) == (404, 404)
    assert shut.json() == absent.json()
    assert ask(room="a/b").status_code == 404
    assert client.post("/chat/-/completions/").status_code == 405
