"""What is pinned to a room: its page, and its panel's JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from hubbub import chat
from tests.cast import ANA, BEN, say

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ids() -> list[int]:
    said = [stored.message.id for stored in say(ANA, "Lobby", "apple", "berry", "cherry") if stored.message]
    for id in said[:2]:
        chat.pin_now(BEN, id)
    return said


def texts(answer: Any) -> list[str]:
    return [message["message"] for message in json.loads(answer.content)["messages"]]


def test_pins_are_read_by_page_and_by_script(ids: list[int]) -> None:
    page = Client().get("/chat/lobby/-/pins/").content.decode()
    assert page.index("berry") < page.index("apple")
    assert "cherry" not in page
    assert texts(Client().get("/chat/Lobby/-/pins/", HTTP_ACCEPT="application/json")) == ["berry", "apple"]


def test_a_rooms_page_leads_there(ids: list[int]) -> None:
    assert 'href="/chat/Lobby/-/pins/"' in Client().get("/chat/Lobby/").content.decode()


def test_a_deleted_message_is_pinned_no_more(ids: list[int]) -> None:
    chat.delete_now(ANA, ids[1])
    assert texts(Client().get("/chat/lobby/-/pins/", HTTP_ACCEPT="application/json")) == ["apple"]
