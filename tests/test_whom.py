"""Whom a form names: by id, user name or name as it is typed, whether or not they ever came; and what is offered."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from hubbub import chat
from hubbub.models import Membership, Person, Room
from tests.cast import Cast, say
from tests.test_views_about import browser, text_of, url

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unhurried")]

ALL = override_settings(HUBBUB={"LIST_ACCOUNTS": True})
OWN = override_settings(HUBBUB={"LIST_ACCOUNTS": False})


def offered(client: Client, typed: str, room: str = "") -> list[tuple[str, str]]:
    """The (field, name) of each offer."""
    found = client.get("/chat/-/whom/", {"q": typed, "room": room}).json()["people"]
    return [(one["field"], one["name"]) for one in found]


def people_in(key: str) -> set[str]:
    return set(Membership.objects.filter(room__key=key, standing="in").values_list("person__name", flat=True))


def boxes(answer: Any, checked: bool) -> list[str]:
    """The values of the boxes of a form, those that are checked or those that are not."""
    found = re.findall(r'name="(?:person|user)" value="([^"]+)"( checked)?', answer.content.decode())
    return [html.unescape(value) for value, on in found if bool(on) == checked]


# ── a message to several ──


def test_a_form_without_scripts_leads_to_the_room_of_several(cast: Cast) -> None:
    ana = browser("ana")
    assert all((cast.ben, cast.eve))
    page = ana.get("/chat/-/direct/")
    assert page.status_code == 200
    assert 'action="/chat/-/direct/"' in page.content.decode()
    there = ana.post("/chat/-/direct/", {"name": "Ben, eve"})
    assert there.status_code == 303
    room = Room.objects.get()
    assert people_in(room.key) == {"ana", "ben", "eve"}
    assert there["Location"] == url(room.key)
    both = ana.post("/chat/-/direct/", {"person": [cast.eve.id.hex, cast.ben.id.hex]})
    assert both["Location"] == there["Location"]
    asked = ana.post("/chat/-/direct/", {"user": ["ben"], "name": "eve"}, headers={"Accept": "application/json"})
    assert asked.json() == {"url": url(room.key)}


def test_the_form_is_a_page_away_from_everywhere_and_a_guest_is_led_to_sign_in(cast: Cast) -> None:
    say(cast.ana, "lobby", "hello")
    assert 'href="/chat/-/direct/" data-new-message' in browser("ana").get("/chat/lobby/").content.decode()
    guest = Client()
    assert "/accounts/sign-in/" in guest.get("/chat/-/direct/").content.decode()
    assert guest.post("/chat/-/direct/", {"name": "ana"}).status_code == 403
    assert offered(guest, "ana") == []
    assert Room.objects.count() == 1


def test_what_is_not_clear_is_asked_and_what_was_clear_stays(cast: Cast) -> None:
    ana = browser("ana")
    assert all((cast.ben, cast.fay, cast.gus))
    Person.objects.filter(name="gus").update(name="Fay")
    unclear = ana.post("/chat/-/direct/", {"name": "ben, fay"})
    assert unclear.status_code == 400
    assert "Several people are called fay. Choose one in the list below." in text_of(unclear)
    assert boxes(unclear, checked=True) == [cast.ben.id.hex]
    assert set(boxes(unclear, checked=False)) == {cast.fay.id.hex, cast.gus.id.hex}
    assert ana.post("/chat/-/direct/", {"person": [*boxes(unclear, checked=True), cast.gus.id.hex]}).status_code == 303
    assert people_in(Room.objects.get().key) == {"ana", "ben", "Fay"}
    nobody = ana.post("/chat/-/direct/", {"name": "nemo"})
    assert "Nobody is called nemo." in text_of(nobody)
    assert 'value="nemo"' in nobody.content.decode()
    for nothing in (" , ", "\0", "x\0y", "," * 9000):
        assert ana.post("/chat/-/direct/", {"name": nothing, "user": "\0"}).status_code == 400


# ── accounts that never came ──


@OWN
def test_an_account_that_never_came_is_let_in_by_its_user_name(cast: Cast) -> None:
    User.objects.create_user("Zoe", first_name="Zoe", last_name="Adler")
    key = chat.make_room_now(cast.ana, "Den", kind="private")
    ana, about = browser("ana"), f"{url(key)}-/about/"
    assert "Nobody is called zo." in text_of(ana.post(about, {"act": "add", "name": "zo"}))
    assert not Person.objects.filter(user__username="Zoe").exists()
    assert ana.post(about, {"act": "add", "name": "zoe"}).status_code == 303
    assert people_in(key) == {"ana", "Zoe Adler"}
    assert browser("Zoe").get(url(key)).status_code == 200  # the account is that Person
    assert Person.objects.filter(user__username="Zoe").count() == 1


@OWN
def test_who_goes_by_another_name_is_still_found_by_the_user_name(cast: Cast) -> None:
    chat.rename_now(cast.ben, "Benjamin")
    assert browser("ana").post("/chat/-/direct/", {"name": "ben"}).status_code == 303
    assert people_in(Room.objects.get().key) == {"ana", "Benjamin"}


@OWN
def test_nobody_is_let_in_because_they_took_the_user_name_of_another(cast: Cast) -> None:
    """Eve calls herself as the account does that never came: it is asked which of them is meant."""
    User.objects.create_user("zoe")
    chat.rename_now(cast.eve, "Zoe")
    unclear = browser("ana").post("/chat/-/direct/", {"name": "zoe"})
    assert unclear.status_code == 400
    assert set(boxes(unclear, checked=False)) == {cast.eve.id.hex, "zoe"}
    assert browser("ana").post("/chat/-/direct/", {"user": "zoe"}).status_code == 303
    assert people_in(Room.objects.get().key) == {"ana", "zoe"}


@OWN
def test_who_is_switched_off_is_nobody(cast: Cast) -> None:
    User.objects.create_user("zoe", is_active=False)
    answer = browser("ana").post("/chat/-/direct/", {"name": "zoe"})
    assert "Nobody is called zoe." in text_of(answer)
    assert offered(browser("ana"), "zoe") == []


def test_accounts_are_offered_by_parts_of_their_names_where_the_host_lists_them() -> None:
    User.objects.create_user("zadler", first_name="Zoe", last_name="Adler")
    ana = browser("ana")
    for typed in ("adl", "Zoe", "zoe adler"):
        with ALL:
            assert offered(ana, typed) == [("user", "Zoe Adler")]
        with OWN:
            assert offered(ana, typed) == []
    with OWN:
        assert offered(ana, "zadler") == [("user", "Zoe Adler")]  # who knows the user name knows
    with ALL:
        assert offered(ana, "ana") == []  # oneself
        assert offered(ana, "") == []
    assert not Person.objects.exists()  # to be offered is not to have come


def test_who_is_in_the_room_already_is_not_offered_and_of_a_foreign_room_nothing_is_told(cast: Cast) -> None:
    key = chat.make_room_now(cast.olga, "Den", kind="private", people=[cast.ben.id])
    assert offered(browser("olga"), "ben") == [("person", "ben")]
    assert offered(browser("olga"), "ben", key) == []
    assert offered(browser("ana"), "ben", key) == [("person", "ben")]
    assert offered(browser("ana"), "ben", "-/nowhere") == [("person", "ben")]


def test_who_is_too_fast_is_told_of_nobody(cast: Cast) -> None:
    assert cast.ben
    ana = browser("ana")
    with override_settings(HUBBUB={"POSTS_PER_SECOND": 1, "POSTS_PER_MINUTE": 1}):
        ana.post("/chat/-/direct/", {"name": "ben"})
        for _ in range(3):
            fast = ana.post("/chat/-/direct/", {"name": "ben, zoe"})
    assert fast.status_code == 429
    assert boxes(fast, checked=True) == boxes(fast, checked=False) == []
    assert 'value="ben, zoe"' in fast.content.decode()


def test_whoever_signs_up_is_known_and_a_guest_who_does_keeps_what_they_said() -> None:
    plain, guest = Client(), Client()
    guest.post("/chat/lobby/", {"message": "hello"})
    for client, name in ((plain, "ana"), (guest, "ben")):
        account = {"username": name, "password1": "correct horse battery", "password2": "correct horse battery"}
        assert client.post("/accounts/sign-up/", account).status_code == 302
    assert sorted(Person.objects.values_list("name", "user__username")) == [("ana", "ana"), ("ben", "ben")]
    assert Membership.objects.get().person.name == "ben"
