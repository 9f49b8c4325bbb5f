"""The quick switcher's list: what one may read and whom one may look up, and not a trace of anything else."""

from __future__ import annotations

import uuid
from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hubbub.models import Membership, Person, Room
from hubbub.models.room import new_address
from tests.cast import ANA, BEN, say
from tests.test_people import of

VIEW = import_module("hubbub.views.switcher")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def eve() -> Client:
    """Somebody with an account, in no room yet."""
    client = Client()
    client.force_login(User.objects.create_user("eve", password="x"))
    client.post("/chat/-/name/", {"name": "Eve"})
    return client


def voice(username: str) -> Person:
    return Person.objects.get(user__username=username)


def listed(client: Client, words: str = "") -> dict[str, Any]:
    answer = client.get("/chat/-/switcher/", {"q": words} if words else {})
    assert answer["Cache-Control"] == "private, no-store"
    return answer.json()


def names(client: Client, words: str = "") -> tuple[list[str], list[str]]:
    answer = listed(client, words)
    return [room["name"] for room in answer["rooms"]], [person["name"] for person in answer["people"]]


def private(name: str, **more: Any) -> Room:
    return Room.objects.create(name=name, key=new_address(), kind="private", guarded=True, **more)


def test_public_rooms_are_listed_with_the_last_word_first(eve: Client) -> None:
    say(ANA, "first", "x")
    say(ANA, "Second & last", "x")
    answer = listed(eve)
    assert [room["name"] for room in answer["rooms"]] == ["Second & last", "first"]
    assert eve.get(answer["rooms"][0]["url"]).status_code == 200
    assert not answer["more"]


def test_a_private_room_is_listed_for_who_is_in_it_and_for_nobody_else(eve: Client) -> None:
    room = private("secret plans")
    assert names(eve) == ([], [])
    part = Membership.objects.create(room=room, person=voice("eve"))
    assert names(eve)[0] == ["secret plans"]
    for standing in ("left", "banned"):
        Membership.objects.filter(pk=part.pk).update(standing=standing)
        assert names(eve)[0] == []
        assert names(eve, "secret")[0] == []


def test_who_is_banned_from_a_public_room_does_not_find_it(eve: Client) -> None:
    say(ANA, "lobby", "x")
    room = Room.objects.get()
    Room.objects.update(guarded=True)
    Membership.objects.create(room=room, person=voice("eve"), standing="banned")
    assert names(eve)[0] == []


def test_accounts_are_found_by_all_guests_only_by_who_shares_a_room(eve: Client) -> None:
    say(ANA, "lobby", "x")
    Person.objects.create(name="Grace", user=User.objects.create_user("grace"))
    assert names(eve)[1] == ["Grace"]
    eve.post("/chat/lobby/", {"message": "hello", "nonce": "n"})
    assert names(eve)[1] == ["Grace", "Ana"]


def test_nobody_finds_themselves(eve: Client) -> None:
    assert "Eve" not in names(eve)[1]


def test_what_is_typed_is_looked_for_word_by_word(eve: Client) -> None:
    say(ANA, "garden plans", "x")
    say(BEN, "garden", "x")
    say(BEN, "plans of 100%", "x")
    assert names(eve, "plan GARD")[0] == ["garden plans"]
    assert names(eve, "100%")[0] == ["plans of 100%"]
    assert names(eve, "%")[0] == ["plans of 100%"]


def test_on_a_large_server_it_says_that_there_is_more(eve: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VIEW, "LISTED", 3)
    for number in range(5):
        Room.objects.create(name=f"room {number}", key=f"room {number}-{uuid.uuid4().hex}")
    answer = listed(eve)
    assert (len(answer["rooms"]), answer["more"]) == (3, True)
    assert names(eve, "room 0")[0] == ["room 0"]


def test_it_costs_few_queries_however_much_there_is(eve: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        say(ANA, f"room {number}", "x")
    with django_assert_max_num_queries(
        7
    ):  # session and account twice: for who asks, and for whether they own the server
        listed(eve)


def test_a_direct_room_is_called_by_the_others_in_it() -> None:
    eve, ben = of("Eve"), of("Ben")
    ben.post(f"/chat/-/people/{voice('eve').pk.hex}/direct/")
    for client, name in ((eve, "Ben"), (ben, "Eve")):
        (room,) = listed(client)["rooms"]
        assert (room["name"], room["kind"]) == (name, "direct")
        assert client.get(room["url"]).status_code == 200
