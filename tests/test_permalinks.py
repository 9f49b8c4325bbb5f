"""Permalinks and days: each message has an address, and a day leads to its first message. Without JavaScript too."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from hubbub import journal
from hubbub.journal import Rename
from hubbub.models import Message
from tests.cast import ANA, BEN, draft, say
from tests.test_views import bodies, for_client, link

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ana() -> Client:
    return Client()


@pytest.fixture
def words() -> list[int]:
    """The numbers of 120 messages in the lobby."""
    return [s.message.seq for s in journal.write([draft(BEN, "Lobby", f"word {n}") for n in range(120)]) if s.message]


def marked(response: Any) -> list[str]:
    """What the marked messages of the page say."""
    source = response.content.decode()
    return re.findall(r'message--marked"[^>]* aria-current="true".*?__body" dir="auto">(.*?)</div>', source, re.S)


def test_a_permalink_shows_the_message_marked_among_those_around_it(ana: Client, words: list[int]) -> None:
    for place in (0, 1, 24, 60, 95, 118, 119):
        page = ana.get(f"/chat/Lobby/{words[place]}/")
        assert marked(page) == [f"<p>word {place}</p>"]
        shown = bodies(page)
        first = int(shown[0].removeprefix("word "))
        assert shown == [f"word {n}" for n in range(first, first + len(shown))]
        assert len(shown) == 50 or first == 0
        told = for_client(page)
        assert (told["focus"], told["more"], told["newer"]) == (words[place], first > 0, shown[-1] != "word 119")
        assert bool(link(page, "prev")) == told["more"]
        assert bool(link(page, "next")) == told["newer"]


def test_links_lead_on_from_there_in_both_directions(ana: Client, words: list[int]) -> None:
    page = ana.get(f"/chat/Lobby/{words[60]}/")
    older, newer = link(page, "prev"), link(page, "next")
    assert older
    assert newer
    assert bodies(ana.get(older))[-1] == "word 34"
    assert bodies(ana.get(newer))[0] == "word 85"


def test_every_message_says_where_it_is(ana: Client, words: list[int]) -> None:
    source = ana.get("/chat/Lobby/").content.decode()
    links = re.findall(r'<a class="message__link" href="([^"]+)"', source)[:50]
    assert links == [f"/chat/Lobby/{seq}/" for seq in words[70:]]
    assert "marked" not in source


def test_it_may_be_asked_for_without_the_last_slash(ana: Client, words: list[int]) -> None:
    assert ana.get(f"/chat/Lobby/{words[3]}")["Location"] == f"/chat/Lobby/{words[3]}/"


def test_another_spelling_leads_to_the_message(ana: Client, words: list[int]) -> None:
    assert ana.get(f"/chat/LOBBY/{words[3]}/")["Location"] == f"/chat/Lobby/{words[3]}/"


@pytest.mark.parametrize("path", ["/chat/Lobby/0/", "/chat/Lobby/121/", f"/chat/Lobby/{10**30}/", "/chat/nowhere/1/"])
def test_where_no_message_is_nothing_is_found(ana: Client, words: list[int], path: str) -> None:
    assert ana.get(path).status_code == 404


def test_a_number_that_is_not_a_messages_shows_what_stands_around_it(ana: Client, words: list[int]) -> None:
    journal.write([Rename(BEN, "Benedict")])
    say(BEN, "Lobby", "after")
    page = ana.get("/chat/Lobby/121/")
    assert page.status_code == 200
    assert (marked(page), bodies(page)[-1]) == ([], "after")


def test_a_permalink_is_only_looked_at(ana: Client, words: list[int]) -> None:
    assert ana.post("/chat/Lobby/3/", {"message": "x"}).status_code == 405


def test_a_day_leads_to_its_first_message(ana: Client, words: list[int]) -> None:
    begun = datetime(2026, 3, 1, 12, tzinfo=UTC)
    for place, seq in enumerate(words[:30]):
        Message.objects.filter(seq=seq).update(at=begun + timedelta(days=place // 10))
    Message.objects.filter(seq__gt=words[29]).update(at=begun + timedelta(days=40))
    for day, place in (
        ("2026-02-01", 0),
        ("2026-03-01", 0),
        ("2026-03-02", 10),
        ("2026-03-05", 30),
        ("2030-01-01", 119),
    ):
        assert ana.get(f"/chat/Lobby/?at={day}")["Location"] == f"/chat/Lobby/{words[place]}/"


@pytest.mark.parametrize("day", ["", "yesterday", "2026-13-01", "20260301", "2026-W10-1", "0001-01-01", "9999-12-31"])
def test_no_day_breaks_the_page(ana: Client, words: list[int], day: str) -> None:
    assert ana.get("/chat/Lobby/", {"at": day}, follow=True).status_code == 200


def test_a_day_in_a_room_without_messages_is_the_room(ana: Client) -> None:
    assert ana.get("/chat/nowhere/?at=2026-03-01").status_code == 200


def test_the_line_above_what_is_unread_stands_only_where_it_is_true(ana: Client) -> None:
    ana.post("/chat/lobby/", {"message": "mine", "nonce": "n"})
    say(ANA, "lobby", "unread 0")
    assert lines(ana.get("/chat/lobby/")) == 1
    journal.write([draft(ANA, "lobby", f"unread {n}") for n in range(1, 60)])
    assert lines(ana.get("/chat/lobby/")) == 0
    assert lines(ana.get("/chat/lobby/2/")) == 1
    assert lines(ana.get("/chat/lobby/60/")) == 0


def lines(response: Any) -> int:
    """How many lines above unread messages are shown."""
    return int(response.content.decode().count('<div class="unread">'))
