"""A new name by a plain form."""

from __future__ import annotations

import pytest
from django.test import Client

from hubbub.models import Person, Room
from tests.test_views import ana, ben, for_client, text_of

__all__ = ["ana", "ben"]  # fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unhurried")]


def test_a_guest_is_renamed_everywhere(ana: Client) -> None:
    ana.post("/chat/lobby/", {"message": "x", "nonce": "n"})
    answer = ana.post("/chat/-/name/", {"name": " Zoë  Q ", "next": "/chat/lobby/"})
    assert (answer.status_code, answer["Location"]) == (303, "/chat/lobby/")
    assert "Zoë Q" in text_of(Client().get("/chat/lobby/"))
    assert for_client(ana.get("/chat/lobby/"))["you"]["name"] == "Zoë Q"
    assert Room.objects.get().seq == 2


def test_a_guest_is_renamed_before_the_first_word(ana: Client) -> None:
    ana.post("/chat/-/name/", {"name": "Zoë"})
    ana.post("/chat/lobby/", {"message": "x", "nonce": "n"})
    assert Person.objects.get().name == "Zoë"


def test_an_account_that_never_spoke_is_renamed_too(ben: Client) -> None:
    ben.post("/chat/-/name/", {"name": "Benedict"})
    assert for_client(ben.get("/chat/lobby/"))["you"]["name"] == "Benedict"
    ben.post("/chat/lobby/", {"message": "x", "nonce": "n"})
    assert Person.objects.get().name == "Benedict"


def test_a_name_nobody_can_have_is_refused(ana: Client) -> None:
    answer = ana.post("/chat/-/name/", {"name": "  "})
    assert answer.status_code == 400
    assert "at least one visible character" in text_of(answer)
    answer = ana.post("/chat/-/name/", {"name": "\u202e"}, headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["message"]


def test_the_browsers_code_gets_the_new_name_and_a_ticket(ana: Client) -> None:
    you = for_client(ana.get("/chat/lobby/"))["you"]
    answer = ana.post("/chat/-/name/", {"name": "Zoë"}, headers={"Accept": "application/json"})
    assert answer.json()["you"] == {**you, "name": "Zoë"}
    assert answer.json()["ticket"]


@pytest.mark.parametrize("next_", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"])
def test_a_new_name_leads_nobody_astray(ana: Client, next_: str) -> None:
    assert ana.post("/chat/-/name/", {"name": "Zoë", "next": next_})["Location"] == "/chat/"


def test_names_are_changed_by_post_alone(ana: Client) -> None:
    assert ana.get("/chat/-/name/").status_code == 405
