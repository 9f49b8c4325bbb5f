"""Sign up, sign in, sign out; a guest who signs up keeps what they said."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hubbub.models import Message, Person

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


def sign_up(client: Client, name: str = "ana", **more: str) -> Any:
    return client.post("/accounts/sign-up/", {"username": name, "password1": PASSWORD, "password2": PASSWORD, **more})


def you(client: Client) -> dict[str, Any]:
    source = client.get("/chat/lobby/").content.decode()
    return json.loads(re.search(r'id="hubbub-page" type="application/json">(.*?)</script>', source)[1])["you"]


@pytest.fixture
def guest() -> Client:
    """A guest who has spoken."""
    client = Client()
    client.post("/chat/lobby/", {"message": "as a guest", "nonce": "1"})
    return client


def test_who_signs_up_is_signed_in(client: Client) -> None:
    answer = sign_up(client)
    assert (answer.status_code, answer["Location"]) == (302, "/chat/")
    assert (you(client)["name"], you(client)["guest"]) == ("ana", False)


def test_a_guest_who_signs_up_keeps_what_they_said(guest: Client) -> None:
    before = you(guest)
    sign_up(guest)
    guest.post("/chat/lobby/", {"message": "as ana", "nonce": "2"})
    assert you(guest) == {"id": before["id"], "name": "ana", "guest": False}
    assert set(Message.objects.values_list("author__name", "author__user__username")) == {("ana", "ana")}
    assert Person.objects.count() == 1


def test_a_guest_who_signs_in_for_the_first_time_keeps_what_they_said(guest: Client) -> None:
    User.objects.create_user("ana", password=PASSWORD)
    guest.post("/accounts/sign-in/", {"username": "ana", "password": PASSWORD})
    assert not you(guest)["guest"]
    assert Person.objects.get().user.username == "ana"


def test_a_guest_who_signs_in_to_an_account_with_a_voice_does_not_mix_the_two(guest: Client) -> None:
    other = Client()
    sign_up(other)
    other.post("/chat/lobby/", {"message": "as ana", "nonce": "1"})
    guest.post("/accounts/sign-in/", {"username": "ana", "password": PASSWORD})
    assert Person.objects.count() == 2
    assert you(guest)["id"] == you(other)["id"]


def test_nobody_takes_over_another_guests_words(guest: Client) -> None:
    """The cookie is signed: an id alone, which everybody sees, is not enough."""
    eve = Client()
    eve.cookies["hubbub_guest"] = Person.objects.get().id.hex
    sign_up(eve, "eve")
    assert Person.objects.get(id=you(guest)["id"]).user is None


def test_the_guest_of_before_is_nobody_after_signing_out(guest: Client) -> None:
    """Who uses this browser next must not speak with the account's voice."""
    before = you(guest)
    sign_up(guest)
    assert you(guest)["id"] == before["id"]
    guest.post("/accounts/sign-out/")
    assert you(guest)["guest"]
    answer = guest.post("/chat/lobby/", {"message": "who am I?", "nonce": "9"})
    assert answer.status_code == 303, "whoever signed out can't speak as a guest any more"
    assert Message.objects.get(nonce="9").author.user is None
    assert Message.objects.get(nonce="9").author.id.hex != before["id"]


def test_signing_out_takes_a_post(client: Client) -> None:
    sign_up(client)
    assert client.get("/accounts/sign-out/").status_code == 405
    assert client.post("/accounts/sign-out/")["Location"] == "/chat/"
    assert you(client)["guest"]


def test_signing_in_leads_on_but_not_astray(client: Client) -> None:
    User.objects.create_user("ana", password=PASSWORD)
    for next_, leads in (
        ("/chat/lobby/", "/chat/lobby/"),
        ("https://evil.example/", "/chat/"),
        ("//evil.example", "/chat/"),
    ):
        answer = Client().post("/accounts/sign-in/", {"username": "ana", "password": PASSWORD, "next": next_})
        assert answer["Location"] == leads
        assert sign_up(Client(), f"u{abs(hash(next_))}", next=next_)["Location"] == leads


@pytest.mark.parametrize("password", ["short", "12345678901", "password", ""])
def test_a_weak_password_is_refused(client: Client, password: str) -> None:
    answer = client.post("/accounts/sign-up/", {"username": "ana", "password1": password, "password2": password})
    assert answer.status_code == 200
    assert "field__error" in answer.content.decode()
    assert not User.objects.exists()


def test_a_wrong_password_is_refused(client: Client) -> None:
    User.objects.create_user("ana", password=PASSWORD)
    answer = client.post("/accounts/sign-in/", {"username": "ana", "password": "wrong"})
    assert answer.status_code == 200
    assert 'role="alert"' in answer.content.decode()
