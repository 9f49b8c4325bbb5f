"""The pages, without JavaScript: reading, speaking, older pages, names. And what they tell browsers and proxies."""

from __future__ import annotations

import html
import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings

from hubbub import journal
from hubbub.errors import try_again
from hubbub.models import Membership, Message, Person, Room
from tests.cast import ANA, BEN, draft, say

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unhurried")]


@pytest.fixture
def ana() -> Client:
    """A guest's browser."""
    return Client()


@pytest.fixture
def ben() -> Client:
    """A browser signed in as ben."""
    client = Client()
    client.force_login(User.objects.create_user("ben", password="x"))
    return client


def text_of(response: Any) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))


def bodies(response: Any) -> list[str]:
    """What the messages of the page say."""
    pattern = r'<article class="message[^"]*" id="m\d+".*?__body" dir="auto">(.*?)</div>'
    found = re.findall(pattern, response.content.decode(), re.S)
    return [html.unescape(re.sub(r"<[^>]+>", "", body)).strip() for body in found]


def for_client(response: Any) -> dict[str, Any]:
    source = response.content.decode()
    return json.loads(re.search(r'id="hubbub-page" type="application/json">(.*?)</script>', source)[1])


# ── speaking ──


def test_what_is_posted_stands_on_the_page(ana: Client) -> None:
    answer = ana.post("/chat/lobby/", {"message": "hello *you*", "nonce": "n"})
    message = Message.objects.get()
    assert answer.status_code == 303
    assert answer["Location"] == f"/chat/lobby/#m{message.id}"
    page = Client().get("/chat/lobby/")
    assert bodies(page) == ["hello you"]
    assert f'id="m{message.id}"' in page.content.decode()
    assert b"<em>you</em>" in page.content


def test_nobody_else_sees_it_in_another_room(ana: Client) -> None:
    ana.post("/chat/lobby/", {"message": "secret", "nonce": "n"})
    assert "secret" not in text_of(Client().get("/chat/other/"))


def test_a_form_sent_twice_is_one_message(ana: Client) -> None:
    ana.get("/chat/lobby/")
    first, second = (ana.post("/chat/lobby/", {"message": "once", "nonce": "n"}) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert Message.objects.count() == 1


def test_each_page_has_a_nonce_of_its_own(ana: Client) -> None:
    nonces = {re.search(r'name="nonce" value="([^"]+)"', ana.get("/chat/lobby/").content.decode())[1] for _ in range(3)}
    assert len(nonces) == 3


def test_a_guest_keeps_name_and_voice(ana: Client) -> None:
    page = for_client(ana.get("/chat/lobby/"))
    ana.post("/chat/lobby/", {"message": "one", "nonce": "1"})
    ana.post("/chat/other/", {"message": "two", "nonce": "2"})
    person = Person.objects.get()
    assert (person.id.hex, person.name, person.user) == (page["you"]["id"], page["you"]["name"], None)


def test_looking_makes_nobody_and_no_room(ana: Client) -> None:
    ana.get("/chat/")
    ana.get("/chat/lobby/")
    assert not Person.objects.exists()
    assert not Room.objects.exists()


@pytest.mark.parametrize(("text", "status"), [("  ", 400), ("x" * 8001, 400)])
def test_a_refused_post_keeps_the_draft_and_says_why(ana: Client, text: str, status: int) -> None:
    answer = ana.post("/chat/lobby/", {"message": text, "nonce": "keep"})
    assert answer.status_code == status
    assert not Message.objects.exists()
    assert 'id="composer-note" role="status"></p>' not in answer.content.decode()
    assert text.strip() in answer.content.decode()
    assert 'name="nonce" value="keep"' in answer.content.decode()


def test_who_posts_too_fast_gets_429_and_keeps_the_draft(ana: Client) -> None:
    ana.get("/chat/lobby/")
    with override_settings(HUBBUB={"POSTS_PER_MINUTE": 3}):
        answers = [ana.post("/chat/lobby/", {"message": f"word {n}", "nonce": str(n)}) for n in range(4)]
    assert [answer.status_code for answer in answers] == [303, 303, 303, 429]
    assert ">word 3</textarea>" in answers[3].content.decode()


def test_with_the_database_down_a_post_is_refused_with_503(ana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "write", lambda changes: [try_again()])
    answer = ana.post("/chat/lobby/", {"message": "kept", "nonce": "n"})
    assert answer.status_code == 503
    assert "kept" in answer.content.decode()


def test_a_foreign_form_is_refused() -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/chat/lobby/", {"message": "x", "nonce": "n"}).status_code == 403
    assert not Message.objects.exists()


def test_a_room_that_may_not_be_made_is_refused(ana: Client) -> None:
    with override_settings(HUBBUB={"CREATE_ROOMS": False}):
        assert ana.post("/chat/new/", {"message": "x", "nonce": "n"}).status_code == 404
    assert not Room.objects.exists()


def test_what_a_person_typed_is_never_markup(ana: Client) -> None:
    bad = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'</textarea>"
    ana.post("/chat/-/name/", {"name": "<b>Bob</b>"})
    ana.post("/chat/<i>room/", {"message": bad, "nonce": '"><script>'})
    refused = ana.post("/chat/<i>room/", {"message": bad + "x" * 8000, "nonce": '"><script>'})
    for page in (ana.get("/chat/%3Ci%3Eroom/"), ana.get("/chat/"), refused):
        source = page.content.decode()
        assert "<script>alert" not in source
        assert "<img src=x" not in source
        assert "<b>Bob" not in source
        assert "<i>room" not in source
        assert '"><script>' not in source


# ── reading ──


def words(count: int, room: str = "lobby") -> None:
    journal.write([draft(BEN, room, f"word {n}") for n in range(count)])


def link(response: Any, rel: str) -> str | None:
    pattern = rf'<p class="log__(?:older|newer)"(?! hidden)>\s*<a[^>]*href="([^"]+)"[^>]*rel="{rel}"'
    found = re.search(pattern, response.content.decode())
    return html.unescape(found[1]) if found else None


def test_the_newest_fifty_come_first_and_links_lead_through_all_there_is(ana: Client) -> None:
    words(120)
    page, pages = ana.get("/chat/lobby/"), []
    pages.append(bodies(page))
    while older := link(page, "prev"):
        page = ana.get(older)
        pages.append(bodies(page))
    assert [len(some) for some in pages] == [50, 50, 20]
    assert [word for some in reversed(pages) for word in some] == [f"word {n}" for n in range(120)]
    while newer := link(page, "next"):
        page = ana.get(newer)
    assert bodies(page)[-1] == "word 119"


@pytest.mark.parametrize(
    "query", ["before=", "before=x", "before=-1", f"before={10**22}", "after=0", "before=0", "before=²"]
)
def test_no_query_breaks_the_page(ana: Client, query: str) -> None:
    words(3)
    assert ana.get(f"/chat/lobby/?{query}").status_code == 200


def test_unread_is_counted_shown_and_marked_as_read(ben: Client) -> None:
    ben.post("/chat/lobby/", {"message": "me", "nonce": "n"})
    say(ANA, "lobby", "one", "two")
    page = ben.get("/chat/lobby/")
    assert (for_client(page)["read"], for_client(page)["unread"]) == (1, 2)
    assert page.content.decode().count('<div class="unread">') == 1
    ben.post("/chat/lobby/", {"read": "3"})
    page = ben.get("/chat/lobby/")
    assert for_client(page)["unread"] == 0
    assert page.content.decode().count('<div class="unread">') == 0


def test_a_read_position_never_goes_back(ben: Client) -> None:
    words(5)
    ben.post("/chat/lobby/", {"read": "5"})
    ben.post("/chat/lobby/", {"read": "2"})
    ben.post("/chat/lobby/", {"read": "nonsense"})
    assert Membership.objects.get(person__user__username="ben").read_seq == 5


def test_a_day_and_a_new_speaker_are_shown(ana: Client) -> None:
    say(ANA, "lobby", "one", "two")
    say(BEN, "lobby", "three")
    source = ana.get("/chat/lobby/").content.decode()
    messages = re.sub(r"(?s)<template.*?</template>", "", source)
    assert messages.count('class="day"') == 1
    assert messages.count("message--grouped") == 1


def test_the_client_is_told_where_the_page_stands(ana: Client) -> None:
    words(3)
    page = for_client(ana.get("/chat/lobby/"))
    assert (page["room"], page["name"], page["seq"], page["ordinal"], page["more"]) == ("lobby", "lobby", 3, 3, False)
    assert page["socket"] == "/ws/"
    assert page["room_url_template"] == "/chat/__room__/"
    assert page["limits"] == {"message": 8000, "frame": 65536, "rooms": 50, "edit_hours": 0, "delete_hours": 0}


# ── rooms ──


def test_the_front_door_leads_to_the_rooms(ana: Client) -> None:
    assert ana.get("/")["Location"] == "/chat/"
    assert 'id="room-name-input"' in ana.get("/chat/").content.decode()


def test_rooms_are_listed_latest_first(ana: Client) -> None:
    say(ANA, "first", "x")
    say(ANA, "second", "x")
    say(ANA, "first", "y")
    names = re.findall(r'listing__name" dir="auto">([^<]+)', ana.get("/chat/").content.decode())
    assert names == ["first", "second"]


@pytest.mark.parametrize("name", ["lobby", "Ä Ö", "👩‍👩‍👧", "100%", "?", "#", "日本語", "a&b=c", "..x", "-", "غرفة"])
def test_any_name_opens_a_room(ana: Client, name: str) -> None:
    answer = ana.get("/chat/", {"room": name})
    assert answer.status_code == 302
    page = ana.get(answer["Location"])
    assert page.status_code == 200
    assert for_client(page)["name"] == name


def test_another_spelling_leads_to_the_room(ana: Client) -> None:
    say(ANA, "Lobby", "x")
    assert ana.get("/chat/LOBBY/")["Location"] == "/chat/Lobby/"
    assert ana.get("/chat/%20lobby%20/")["Location"] == "/chat/Lobby/"


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\u200bb", "x" * 65, ".."])
def test_what_no_room_can_be_called_is_said(ana: Client, name: str) -> None:
    answer = ana.get("/chat/", {"room": name})
    assert answer.status_code == 400
    assert 'id="room-name-refusal"' in answer.content.decode()


def test_a_room_page_that_cannot_be_is_not_found(ana: Client) -> None:
    assert ana.get(f"/chat/{quote(chr(0x200B))}x/").status_code == 404
    assert ana.get("/chat/" + "x" * 65 + "/").status_code == 404
