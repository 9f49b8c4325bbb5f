"""The search page and its JSON: what is shown, to whom, how it is escaped, and how often one may ask."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client, override_settings

from hubbub import identity
from hubbub.identity import Identity
from hubbub.models import Membership, Message, Person, Room
from hubbub.rates import Rates
from tests.cast import ANA, BEN, EVE, say
from tests.findings import private_room, whisper

pytestmark = pytest.mark.django_db(transaction=True)


def browser(who: Identity) -> Client:
    client = Client()
    client.cookies[identity.GUEST_COOKIE] = identity.guest_cookie(who)
    return client


def page(who: Identity, q: str, **asked: Any) -> str:
    return browser(who).get("/chat/-/search/", {"q": q, **asked}).content.decode()


def live(who: Identity, q: str, **asked: Any) -> dict[str, Any]:
    answer = browser(who).get("/chat/-/search/", {"q": q, **asked}, headers={"Accept": "application/json"})
    return dict(answer.json())


def links(html: str) -> list[str]:
    return re.findall(r'<a class="found" href="([^"]+)"', html)


def test_each_result_leads_to_its_place() -> None:
    say(ANA, "Lobby", "needle one", "something else", "needle two")
    room = private_room("plans", ANA, BEN)
    whisper(room, BEN, "needle three")
    assert links(page(ANA, "needle")) == [
        f"/chat/-/room/{room.key.removeprefix('-/')}/1/", "/chat/Lobby/3/", "/chat/Lobby/1/",
    ]  # fmt: skip
    for url in links(page(ANA, "needle")):
        assert browser(ANA).get(url).status_code == 200


def test_the_page_and_the_answer_as_one_types_show_the_same() -> None:
    say(ANA, "Lobby", "needle")
    answer = live(BEN, "needle ")
    assert answer["html"] in page(BEN, "needle ")
    assert (answer["found"], answer["message"]) == (1, "")
    assert live(BEN, "need")["found"] == len(links(page(BEN, "need"))) == 1
    assert live(BEN, "need ")["found"] == live(BEN, '"need"')["found"] == 0


def test_nothing_that_is_said_or_typed_is_markup() -> None:
    say(Identity(ANA.id, "<b>Ana</b>"), "<i>", "needle <script>alert(1)</script> & more", '"><img src=x> needle')
    html = live(BEN, "needle")["html"]
    assert "<mark>needle</mark> &lt;script&gt;alert(1)" in html
    assert not re.search(r"<(script|img|b|i)\b", html)
    assert '"><wbr' not in page(BEN, '"><wbr>')


def test_one_room_alone_unless_the_words_name_another() -> None:
    say(ANA, "Lobby", "needle in the lobby")
    say(ANA, "ops", *[f"needle in ops {n}" for n in range(21)])
    room = private_room("plans", ANA, BEN)
    whisper(room, BEN, "needle in plans")
    assert live(ANA, "needle", room="lobby")["found"] == 1
    assert links(live(ANA, "needle", room=room.key)["html"]) == [f"/chat/-/room/{room.key.removeprefix('-/')}/1/"]
    assert links(live(ANA, "needle in:lobby", room="ops")["html"]) == ["/chat/Lobby/1/"]
    first = page(ANA, "needle", room="ops")
    assert "Only in <bdi>ops</bdi>" in first
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older
    assert links(browser(ANA).get(older[1].replace("&amp;", "&")).content.decode()) == ["/chat/ops/1/"]


@pytest.mark.parametrize("key", ["nowhere", "-/AAAAAAAAAAAAAAAAAAAAAA", "x\0y", "x" * 5_000])
def test_a_room_that_one_may_not_read_is_answered_as_one_that_is_not_there(key: str) -> None:
    say(ANA, "lobby", "needle")
    room = private_room("plans", BEN)
    whisper(room, BEN, "needle")
    there, not_there = page(ANA, "needle", room=room.key), page(ANA, "needle", room=key)
    assert links(there) == links(not_there) == []
    assert "Only in" not in there.partition("<main")[2] + not_there.partition("<main")[2]


def test_pages_go_on() -> None:
    say(ANA, "lobby", *[f"needle {n}" for n in range(25)])
    first = page(BEN, "needle")
    older = re.search(r'href="([^"]+)" rel="next"', first)
    assert older
    second = browser(BEN).get(older[1].replace("&amp;", "&")).content.decode()
    assert links(first) + links(second) == [f"/chat/lobby/{n}/" for n in range(25, 0, -1)]
    assert 'rel="next"' not in second


def test_what_can_not_be_understood_is_said_and_kept_in_the_field() -> None:
    answer = browser(ANA).get("/chat/-/search/", {"q": "needle before:tomorow"})
    assert answer.status_code == 400
    html = answer.content.decode()
    assert "names no day" in html
    assert 'value="needle before:tomorow"' in html
    assert "names no day" in live(ANA, "before:tomorow ")["message"]


def test_nothing_found_says_what_one_can_do() -> None:
    assert "Nothing found" in page(ANA, "nothing")
    assert "There is no “nobody” here" in page(ANA, "from:nobody x")
    assert "search__none" not in page(ANA, "")
    say(ANA, "lobby", "to:day is a word")
    assert "“sender:” has no meaning here" in page(ANA, "sender:ada")
    assert "has no meaning here" not in page(ANA, "to:day") + page(ANA, "10:30")


@pytest.mark.parametrize("typed", ["!!!", ":-)", '""', "from:", "++"])
def test_signs_alone_ask_for_nothing_and_are_told_so(typed: str) -> None:
    assert "Nothing to look for yet" in page(ANA, typed)
    assert "Nothing found." not in page(ANA, typed)
    assert not live(ANA, typed)["asked"]
    assert live(ANA, "word")["asked"]


def test_a_day_is_one_where_the_reader_is() -> None:
    (said,) = say(ANA, "lobby", "needle")
    Message.objects.filter(pk=said.message.id).update(at="2026-11-01T23:30:00Z")
    assert links(page(BEN, "needle on:2026-11-02", zone="Europe/Berlin"))
    assert not links(page(BEN, "needle on:2026-11-02", zone="UTC"))
    assert "2 Nov 2026, 00:30" in page(BEN, "needle", zone="Europe/Berlin")
    for nonsense in ("Nowhere/City", "../../etc/passwd", "\0", "x" * 5000, "posix"):
        assert page(BEN, "needle", zone=nonsense)
    say(BEN, "lobby", "hello")
    Person.objects.filter(pk=BEN.id).update(time_zone="Asia/Tokyo")
    assert links(page(BEN, "needle on:2026-11-02"))


def test_who_may_not_enter_meets_what_is_not_there() -> None:
    say(EVE, "lobby", "hello")
    room = private_room("plans", ANA, EVE)
    whisper(room, ANA, "needle secret")
    assert "plans" in page(EVE, "needle")
    Membership.objects.filter(room=room, person_id=EVE.id).update(standing="left")
    for typed in ("needle", "in:plans", f"in:{room.key}", "needle -in:plans", "from:ana needle", "is:pinned", "sec"):
        nothing = typed.replace("plans", "xxxxx").replace(room.key, "-/AAAAAAAAAAAAAAAAAAAAAA")
        there, not_there = live(EVE, typed), live(EVE, nothing)
        assert there["html"].replace(typed.partition(":")[2], "") == not_there["html"].replace(
            nothing.partition(":")[2], ""
        )
        assert there["found"] == 0


def test_a_room_of_another_can_not_be_told_from_none_by_its_people() -> None:
    say(EVE, "lobby", "hello")
    stranger = Identity(ANA.id, "Xanthippe")
    whisper(private_room("plans", stranger, BEN), stranger, "needle")
    assert "There is no “xanthippe”" in page(EVE, "from:xanthippe")


def test_the_search_field_is_on_every_page() -> None:
    say(ANA, "lobby", "hello")
    for path in ("/chat/", "/chat/lobby/", "/chat/-/people/"):
        assert 'action="/chat/-/search/"' in browser(ANA).get(path).content.decode()
    assert Room.objects.count() == 1


@override_settings(HUBBUB={"SEARCHES_PER_MINUTE": 3, "SEARCHES_PER_MINUTE_ADDRESS": 5})
def test_too_many_searches_are_refused_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.chat.searching.rates", Rates())
    client = browser(ANA)
    answers = [client.get("/chat/-/search/", {"q": "needle"}) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert "too fast" in answers[3].content.decode()
    assert [browser(who).get("/chat/-/search/", {"q": "x"}).status_code for who in (BEN, BEN, EVE)] == [200, 200, 429]
    assert client.get("/chat/-/search/").status_code == 200, "the empty page is no search"


@override_settings(HUBBUB={"GUESTS": False})
def test_guests_closed_out_are_led_to_sign_in() -> None:
    answer = Client().get("/chat/-/search/", {"q": "needle"})
    assert answer.status_code == 302
    assert "sign-in" in answer["Location"]


def test_it_is_private_and_never_kept() -> None:
    answer = browser(ANA).get("/chat/-/search/", {"q": "x"})
    assert answer["Cache-Control"] == "private, no-store"
    assert browser(ANA).post("/chat/-/search/", {"q": "x"}).status_code == 405
