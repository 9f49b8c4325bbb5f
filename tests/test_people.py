"""Lists of people and their pages: who finds whom, and what is told of them."""

from __future__ import annotations

import html
import re
from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hubbub.models import Membership, Person, Room
from hubbub.models.room import new_address
from tests.cast import ANA, say

VIEW = import_module("hubbub.views.people")
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def eve() -> Client:
    """Somebody with an account and a voice."""
    return of("Eve")


def of(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.create_user(name.lower(), password="x"))
    client.post("/chat/-/name/", {"name": name})
    return client


def voice(name: str) -> Person:
    return Person.objects.get(name=name)


def page_of(client: Client, person: Person) -> Any:
    return client.get(f"/chat/-/people/{person.pk.hex}/")


def card(client: Client, person: Person) -> dict[str, Any]:
    return client.get(f"/chat/-/people/{person.pk.hex}/", headers={"Accept": "application/json"}).json()


def found(client: Client, words: str = "") -> list[str]:
    source = client.get("/chat/-/people/", {"q": words}).content.decode()
    return [html.unescape(name) for name in re.findall(r'listing__name" dir="auto">([^<]+)', source)]


def test_people_are_found_by_parts_of_their_names(eve: Client) -> None:
    of("Grace Hopper"), of("Ada <b>")
    assert found(eve) == ["Eve", "Grace Hopper", "Ada <b>"]
    assert found(eve, "hop gra") == ["Grace Hopper"]
    assert found(eve, "<b>") == ["Ada <b>"]
    assert found(eve, "nobody") == []


def test_a_guest_has_a_card_for_who_reads_the_room_they_spoke_in(eve: Client) -> None:
    say(ANA, "lobby", "hello")
    assert found(eve) == ["Eve"], "guests are listed for who shares a room with them"
    assert card(eve, voice("Ana"))["guest"]
    eve.post("/chat/lobby/", {"message": "hello", "nonce": "n"})
    assert found(eve) == ["Eve", "Ana"]


def test_a_guest_of_a_private_room_does_not_exist_for_others(eve: Client) -> None:
    room = Room.objects.create(name="secret", key=new_address(), kind="private", guarded=True)
    guest = Person.objects.create(name="Sly Fox")
    Membership.objects.create(room=room, person=guest)
    hidden, nobody = page_of(eve, guest), eve.get(f"/chat/-/people/{'0' * 32}/")
    assert hidden.status_code == nobody.status_code == 404
    assert hidden.content.replace(guest.pk.hex.encode(), b"0" * 32) == nobody.content
    Membership.objects.create(room=room, person=voice("Eve"))
    assert card(eve, guest)["name"] == "Sly Fox"


def test_a_card_tells_what_both_know_and_nothing_of_other_rooms(eve: Client) -> None:
    say(ANA, "lobby", "x")
    say(ANA, "elsewhere", "x")
    eve.post("/chat/lobby/", {"message": "hello", "nonce": "n"})
    ana = voice("Ana")
    Person.objects.filter(pk=ana.pk).update(about="Paints <fences>.", time_zone="Asia/Tokyo")
    told = card(eve, ana)
    assert [room["name"] for room in told["rooms"]] == ["lobby"]
    assert (told["about"], told["time_zone"], told["you"]) == ("Paints <fences>.", "Asia/Tokyo", False)
    source = page_of(eve, ana).content.decode()
    assert "Paints &lt;fences&gt;." in source
    assert re.search(r"\d\d:\d\d there \(Asia/Tokyo\)", source)
    assert "elsewhere" not in re.sub(r"(?s)<aside.*?</aside>", "", source)


@pytest.mark.parametrize("zone", ["Nowhere/At_All", "../../etc/passwd", "/etc/passwd", ""])
def test_a_time_zone_that_is_none_tells_no_time(eve: Client, zone: str) -> None:
    say(ANA, "lobby", "x")
    Person.objects.filter(name="Ana").update(time_zone=zone)
    answer = page_of(eve, voice("Ana"))
    assert answer.status_code == 200
    assert not re.search(r"\d there \(", answer.content.decode())


@pytest.mark.parametrize("id", ["x", "0" * 31, "A" * 32, "{" + "0" * 32 + "}", "²" * 32])
def test_what_is_no_id_is_not_found(eve: Client, id: str) -> None:
    assert eve.get(f"/chat/-/people/{id}/").status_code == 404


def test_many_people_come_in_pages(eve: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VIEW, "PAGE", 2)
    for name in ("Ann", "Bob", "Cat"):
        of(name)
    seen, path = [], "/chat/-/people/"
    while path:
        source = eve.get(path).content.decode()
        seen += re.findall(r'listing__name" dir="auto">([^<]+)', source)
        link = re.search(r'<a href="([^"]+)" rel="next"', source)
        path = f"/chat/-/people/{html.unescape(link[1])}" if link else ""
    assert seen == ["Eve", "Ann", "Bob", "Cat"]
    assert eve.get("/chat/-/people/", {"page": "x"}).status_code == 200
    assert eve.get("/chat/-/people/", {"page": "99"}).status_code == 200
