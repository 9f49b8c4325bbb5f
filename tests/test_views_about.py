"""The pages about rooms, by forms alone: making one, who is in it, what moderators may do, links in, the directory."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from hubbub import access, chat, identity
from hubbub.models import Act, Invitation, Membership, Person, Room
from tests.cast import EVE, Cast, say

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unhurried")]


def browser(name: str) -> Client:
    """A browser that is signed in under this name."""
    client = Client()
    client.force_login(User.objects.filter(username=name).first() or User.objects.create_user(name))
    return client


def text_of(response: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def url(key: str) -> str:
    return f"/chat/-/room/{key.removeprefix('-/')}/" if key.startswith("-/") else f"/chat/{key}/"


@pytest.fixture
def den(cast: Cast) -> str:
    """A private room: olga owns it, mo moderates, ana and ben are in it."""
    key = chat.make_room_now(cast.olga, "Den", kind="private", people=[cast.mo.id, cast.ana.id, cast.ben.id])
    chat.act_now(cast.olga, key, "role", whom=cast.mo.id, text="moderator")
    return key


def offers(response: Any) -> set[str]:
    """The acts that a page has buttons for."""
    return set(re.findall(r'name="act" value="(\w+)"', response.content.decode()))


# ── making ──


def test_a_form_makes_a_room_and_leads_into_it() -> None:
    answer = browser("ana").post("/chat/-/new/", {"name": "Garden", "kind": "public", "topic": "Roses"})
    assert (answer.status_code, answer["Location"]) == (303, "/chat/Garden/")
    assert "Roses" in text_of(browser("ben").get("/chat/Garden/"))
    private = browser("ana").post("/chat/-/new/", {"name": "Den", "kind": "private"})
    assert private["Location"].startswith("/chat/-/room/")
    assert browser("ben").get(private["Location"]).status_code == 404


def test_a_room_that_can_not_be_is_refused_and_what_was_typed_stays() -> None:
    ana = browser("ana")
    answer = ana.post("/chat/-/new/", {"name": "a/b", "kind": "private", "topic": "why not"})
    assert answer.status_code == 400
    assert 'value="a/b"' in answer.content.decode()
    assert 'value="why not"' in answer.content.decode()
    assert re.search(r'value="private" checked', answer.content.decode())
    ana.post("/chat/-/new/", {"name": "Garden", "kind": "public"})
    assert ana.post("/chat/-/new/", {"name": "garden", "kind": "public"}).status_code == 409
    asked = ana.post("/chat/-/new/", {"name": "garden", "kind": "public"}, headers={"Accept": "application/json"})
    assert (asked.status_code, asked.json()["code"]) == (409, "name_taken")


def test_a_guest_is_led_to_sign_in_and_makes_nothing() -> None:
    guest = Client()
    assert "/accounts/sign-in/" in guest.get("/chat/-/new/").content.decode()
    assert guest.post("/chat/-/new/", {"name": "Garden", "kind": "public"}).status_code == 403
    assert not Room.objects.exists()


def test_writing_to_somebody_leads_to_the_room_of_both(cast: Cast) -> None:
    ana, ben = cast.ana, cast.ben
    page = browser("ana").get(f"/chat/-/people/{ben.id.hex}/")
    assert f'action="/chat/-/people/{ben.id.hex}/direct/"' in page.content.decode()
    there = browser("ana").post(f"/chat/-/people/{ben.id.hex}/direct/")
    back = browser("ben").post("/chat/-/direct/", {"person": ana.id.hex})
    assert there.status_code == 303
    assert there["Location"] == back["Location"]
    assert re.search(r"<title>\s*ben · Hubbub", browser("ana").get(there["Location"]).content.decode())
    assert re.search(r"<title>\s*ana · Hubbub", browser("ben").get(there["Location"]).content.decode())
    assert browser("ana").post("/chat/-/direct/", {"person": "nobody"}).status_code == 400
    assert Client().post(f"/chat/-/people/{ben.id.hex}/direct/").status_code == 403
    assert f"{ben.id.hex}/direct/" not in Client().get(f"/chat/-/people/{ben.id.hex}/").content.decode()


# ── about ──


def test_each_sees_what_they_may_do_and_no_more(cast: Cast, den: str) -> None:
    about = f"{url(den)}-/about/"
    member = {"topic", "add", "leave"}
    moderator = {"silence", "remove", "ban", "invite", "slow"}
    assert offers(browser("ana").get(about)) == member
    assert offers(browser("mo").get(about)) == member | moderator
    assert offers(browser("olga").get(about)) == member | moderator | {"role", "rename", "archive"}
    assert browser("eve").get(about).status_code == 404


def test_a_public_room_is_joined_and_left_by_a_button(cast: Cast) -> None:
    say(cast.olga, "lobby", "mine")
    ana = browser("ana")
    assert offers(Client().get("/chat/lobby/-/about/")) == {"join"}
    assert ana.post("/chat/lobby/-/about/", {"act": "join"})["Location"] == "/chat/lobby/"
    assert 'data-room="lobby"' in ana.get("/chat/").content.decode()
    assert ana.post("/chat/lobby/-/about/", {"act": "leave"})["Location"] == "/chat/"
    assert 'data-room="lobby"' not in ana.get("/chat/").content.decode()


def test_acts_are_done_by_forms_and_refusals_are_said_on_the_page(cast: Cast, den: str) -> None:
    about, mo, ana = f"{url(den)}-/about/", browser("mo"), browser("ana")
    done = mo.post(about, {"act": "silence", "person": cast.ana.id.hex, "seconds": "300"})
    assert (done.status_code, done["Location"]) == (303, about)
    assert "silenced until" in text_of(mo.get(about))
    assert mo.post(about, {"act": "ban", "person": cast.ben.id.hex}).status_code == 303
    assert "unban" in offers(mo.get(about))
    no = ana.post(about, {"act": "ban", "person": cast.olga.id.hex})
    assert no.status_code == 403
    assert "Only a moderator of the room can do that." in text_of(no)
    assert ana.post(about, {"act": "fly"}).status_code == 400
    assert ana.post(about, {"act": "ban", "person": "x"}).status_code == 400
    asked = ana.post(about, {"act": "rename", "text": "Mine"}, headers={"Accept": "application/json"})
    assert (asked.status_code, asked.json()["code"]) == (403, "not_allowed")
    assert mo.post(about, {"act": "topic", "text": "x"}, headers={"Accept": "application/json"}).json() == {}


def test_a_renamed_room_is_found_by_its_old_link(cast: Cast) -> None:
    olga = browser("olga")
    olga.post("/chat/-/new/", {"name": "Lobby", "kind": "public"})
    olga.post("/chat/Lobby/-/about/", {"act": "rename", "text": "Great Hall"})
    for old in ("/chat/Lobby/", "/chat/lobby/", "/chat/great%20hall/"):
        assert Client().get(old)["Location"] == "/chat/Great%20Hall/"
    assert "Great Hall" in text_of(Client().get("/chat/Lobby/-/about/"))


def test_people_are_let_in_by_name_and_who_is_meant_is_asked_where_it_is_not_clear(cast: Cast, den: str) -> None:
    about, ana = f"{url(den)}-/about/", browser("ana")
    assert all((cast.eve, cast.fay, cast.gus))
    Person.objects.filter(name="gus").update(name="Fay")
    assert ana.post(about, {"act": "add", "name": "Eve"}).status_code == 303
    unclear = ana.post(about, {"act": "add", "name": "fay"})
    assert unclear.status_code == 400
    chosen = re.findall(r'name="person" value="(\w{32})"', unclear.content.decode())
    assert len(chosen) == 2
    assert ana.post(about, {"act": "add", "person": chosen[0]}).status_code == 303
    assert "Nobody is called nemo." in text_of(ana.post(about, {"act": "add", "name": "nemo"}))
    assert Membership.objects.filter(room__key=den, standing="in").count() == 6


def test_a_link_lets_in_whoever_has_it_until_it_is_taken_back(cast: Cast, den: str) -> None:
    about, mo = f"{url(den)}-/about/", browser("mo")
    mo.post(about, {"act": "invite"})
    link = re.search(r'value="http://testserver(/chat/-/invitation/[^"]+)"', mo.get(about).content.decode())[1]
    eve, guest = browser("eve"), Client()
    assert "Den" in text_of(eve.get(link))
    assert not access.may_read(cast.eve, den)
    assert eve.post(link)["Location"] == url(den)
    assert guest.post(link).status_code == 303
    assert guest.get(url(den)).status_code == 200
    token = Invitation.objects.get().token
    mo.post(about, {"act": "take_back", "token": token})
    assert [browser("fay").get(link).status_code, browser("fay").post(link).status_code] == [404, 404]


def test_a_link_does_not_tell_who_was_banned_what_the_room_is(cast: Cast, den: str) -> None:
    token = chat.invite_now(cast.mo, den)
    chat.act_now(cast.mo, den, "ban", whom=cast.ana.id)
    ana = browser("ana")
    void = ana.get(f"/chat/-/invitation/{token}/")
    assert void.status_code == 404
    assert "It has expired, was used up or taken back, or the link is incomplete." in text_of(void)
    assert text_of(void) == text_of(ana.get(f"/chat/-/invitation/{'x' * len(token)}/"))
    assert ana.post(f"/chat/-/invitation/{token}/").status_code == 404


def test_the_log_of_acts_is_for_moderators(cast: Cast, den: str) -> None:
    chat.act_now(cast.mo, den, "topic", text="<b>Quiet</b> please")
    chat.act_now(cast.mo, den, "silence", whom=cast.ana.id, seconds=3600)
    chat.act_now(cast.mo, den, "ban", whom=cast.ben.id)
    acts = f"{url(den)}-/acts/"
    said = text_of(browser("mo").get(acts))
    assert "mo set the topic to “<b>Quiet</b> please”" in said
    assert "mo silenced ana for 1 hour" in said
    assert said.index("mo banned ben") < said.index("olga made mo a moderator")
    assert [browser(name).get(acts).status_code for name in ("olga", "ana", "eve")] == [200, 404, 404]


def test_every_act_has_a_sentence_of_its_own(cast: Cast, den: str) -> None:
    from hubbub.journal.acts import RULES

    room = Room.objects.get()
    logged = [verb for verb, rule in RULES.items() if rule.logged] + ["come_in", "succeed", "delete"]
    for verb in logged:
        whom = cast.ana.id if verb in ("add", "role", "remove", "ban", "unban", "silence", "unsilence") else None
        detail = "60 0" if verb == "invite" else "60"
        Act.objects.create(room=room, by_id=cast.mo.id, whom_id=whom, verb=verb, detail=detail, at="2026-01-01T00:00Z")
    assert not re.findall(r"mo: \w+", text_of(browser("mo").get(f"{url(den)}-/acts/")))


def test_an_archived_room_has_no_field_to_write_in(cast: Cast, den: str) -> None:
    chat.act_now(cast.olga, den, "archive")
    page = browser("ana").get(url(den)).content.decode()
    assert re.search(r"<hubbub-composer hidden", page)
    assert re.search(r'<p class="composer__archived">', page)
    assert '<div class="conversation" data-wordless>' in page
    answer = browser("ana").post(url(den), {"message": "x", "nonce": "n"})
    assert "archived" in text_of(answer)


# ── the directory ──


def test_rooms_are_found_by_name_and_topic_in_pages(cast: Cast) -> None:
    for name, topic in (("Garden", "Roses and rakes"), ("Kitchen", "Soup"), ("Attic", "")):
        chat.make_room_now(cast.ana, name, topic=topic)
    chat.make_room_now(cast.ana, "Rose den", kind="private")
    listed = re.compile(r'listing__name" dir="auto">([^<]+)<')

    def found(query: str) -> list[str]:
        return sorted(listed.findall(browser("ana").get(f"/chat/{query}").content.decode()))

    assert found("") == ["Attic", "Garden", "Kitchen"]
    assert found("?q=rose") == ["Garden"]
    assert found("?q=KITCH+soup") == ["Kitchen"]
    assert found("?q=nothing") == []
    chat.act_now(cast.ana, "attic", "archive")
    assert found("") == ["Garden", "Kitchen"]
    assert found("?archived=1") == ["Attic"]


def test_archived_rooms_are_found_where_no_room_is_in_use(cast: Cast) -> None:
    assert "None." in text_of(browser("ana").get("/chat/?archived=1"))
    chat.make_room_now(cast.ana, "Attic")
    chat.act_now(cast.ana, "attic", "archive")
    assert 'href="/chat/?archived=1"' in browser("ben").get("/chat/").content.decode()


def test_the_owner_of_the_server_finds_its_settings_under_the_list_of_rooms(cast: Cast) -> None:
    assert cast.ana.user
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    for who, finds in ((client, True), (browser("ana"), False), (Client(), False)):
        assert ('href="/settings/"' in who.get("/chat/").content.decode()) == finds


def test_who_is_banned_from_a_public_room_does_not_find_it(cast: Cast) -> None:
    say(cast.olga, "lobby", "mine")
    say(EVE, "lobby", "hi")
    chat.act_now(cast.olga, "lobby", "ban", whom=cast.ana.id)
    assert "lobby" not in re.findall(
        r'listing__name" dir="auto">([^<]+)<', browser("ana").get("/chat/").content.decode()
    )
    for path in ("/chat/lobby/", "/chat/lobby/-/about/", "/chat/lobby/1/"):
        assert browser("ana").get(path).status_code == 404
        assert browser("ben").get(path).status_code == 200


def test_each_of_very_many_who_are_banned_is_found_by_name(cast: Cast) -> None:
    say(cast.olga, "lobby", "mine")
    people = Person.objects.bulk_create(Person(name=f"Spam {number:03}") for number in range(80))
    room = Room.objects.get()
    Membership.objects.bulk_create(Membership(room=room, person=one, standing="banned") for one in people)
    Room.objects.update(guarded=True)
    page = "/chat/lobby/-/about/"
    assert "Spam 079" not in text_of(browser("olga").get(page))
    found = browser("olga").get(page, {"q": "spam 079"})
    assert "Spam 079" in text_of(found)
    assert "unban" in offers(found)
    assert "Spam 079" not in text_of(browser("ana").get(page, {"q": "spam"}))


def test_staff_may_moderate_from_the_page(cast: Cast) -> None:
    say(cast.olga, "lobby", "mine")
    User.objects.create_user("root", is_staff=True)
    assert {"rename", "archive", "slow"} <= offers(browser("root").get("/chat/lobby/-/about/"))
    browser("root").post("/chat/lobby/-/about/", {"act": "ban", "person": cast.olga.id.hex})
    assert not access.may_read(cast.olga, "lobby")
    assert Act.objects.get().by_id == identity.of_user(User.objects.get(username="root")).id


def test_the_admin_shows_nothing_of_private_rooms(cast: Cast, den: str) -> None:
    say(cast.ana, den, "only for us")
    say(cast.ana, "lobby", "for everybody")
    root = Client()
    root.force_login(User.objects.create_superuser("root", password="x"))
    for model in ("room", "membership", "message"):
        shown = text_of(root.get(f"/admin/hubbub/{model}/"))
        assert "lobby" in shown
        assert "Den" not in shown
        assert "only for us" not in shown
