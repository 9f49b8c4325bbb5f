"""What can be done with a message, without JavaScript: its page, its forms, and how rooms show what was done."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client, override_settings
from django.utils import timezone

from hubbub import chat, history, identity
from hubbub.models import Membership, Message, Room
from tests.cast import ANA, BEN, EVE, draft, say

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unhurried")]


@pytest.fixture
def ben() -> Client:
    """A browser signed in as ben."""
    client = Client()
    client.force_login(User.objects.create_user("ben", password="x"))
    return client


@pytest.fixture
def id(ben: Client) -> int:
    """What ben said in the lobby, after ana."""
    say(ANA, "Lobby", "before")
    ben.post("/chat/lobby/", {"message": "*first*", "nonce": "n"})
    return Message.objects.get(nonce="n").id


def url(id: int) -> str:
    return f"/chat/-/message/{id}/"


def text_of(response: Any) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def now(id: int) -> Any:
    (message,) = history.messages([id])
    return message


def room(client: Client) -> str:
    return client.get("/chat/Lobby/").content.decode()


# ── the page of a message ──


def test_a_rooms_page_leads_to_what_can_be_done_with_each_message(ben: Client, id: int) -> None:
    assert f'href="{url(id)}"' in room(ben)
    page = ben.get(url(id))
    assert "<em>first</em>" in page.content.decode()
    assert page["Cache-Control"] == "private, no-store"
    assert 'href="/chat/Lobby/2/"' in page.content.decode()


def test_each_form_of_it_does_what_it_says(ben: Client, id: int) -> None:
    for fields, told in (
        ({"toggle": ":tada:"}, lambda m: [view.emoji for view in m.reactions] == ["🎉"]),
        ({"toggle": "🎉"}, lambda m: m.reactions == []),
        ({"edit": "second"}, lambda m: m.message == "second" and m.edited_at),
        ({"pin": "on"}, lambda m: m.pinned),
        ({"pin": "off"}, lambda m: not m.pinned),
        ({"delete": "yes"}, lambda m: m.deleted),
    ):
        answer = ben.post(url(id), fields)
        assert (answer.status_code, answer["Location"]) == (303, "/chat/Lobby/2/")
        assert told(now(id)), fields


def test_a_reply_is_a_post_that_names_what_it_answers(ben: Client, id: int) -> None:
    assert f'name="reply_to" value="{id}"' in ben.get(url(id)).content.decode()
    ben.post("/chat/Lobby/", {"message": "indeed", "reply_to": str(id), "nonce": "r"})
    reply = Message.objects.get(nonce="r")
    assert reply.reply_to_id == id
    shown = room(ben)
    assert "In reply to" in shown
    assert re.search(rf'class="quote"[^>]* href="/chat/Lobby/2/" data-id="{id}"', shown)


def test_only_its_author_is_offered_to_edit_and_only_who_may_to_delete_it(ben: Client, id: int) -> None:
    stranger = Client()
    assert 'name="edit"' in ben.get(url(id)).content.decode()
    assert 'name="delete"' in ben.get(url(id)).content.decode()
    for name in ("edit", "delete"):
        assert f'name="{name}"' not in stranger.get(url(id)).content.decode()
        answer = stranger.post(url(id), {name: "x"})
        assert answer.status_code == 403
        assert "Only who said it can do that." in text_of(answer)


def test_what_is_refused_is_said_and_what_was_typed_stays(ben: Client, id: int) -> None:
    answer = ben.post(url(id), {"edit": "x" * 8001})
    assert answer.status_code == 400
    assert "at most 8,000 characters" in text_of(answer)
    assert "x" * 8001 in answer.content.decode()
    assert ben.post(url(id), {"toggle": "no emoji"}).status_code == 400


def test_a_message_too_old_to_be_edited_says_so(ben: Client, id: int) -> None:
    Message.objects.update(at=timezone.now() - timedelta(hours=3))
    with override_settings(HUBBUB={"EDIT_HOURS": 2, "DELETE_HOURS": 2}):
        page = ben.get(url(id)).content.decode()
    assert "It is too old to be edited." in page
    assert 'name="edit"' not in page


def test_scripts_ask_for_json(ben: Client, id: int) -> None:
    asked = {"HTTP_ACCEPT": "application/json"}
    assert json.loads(ben.get(url(id), **asked).content)["message"] == "*first*"
    assert ben.post(url(id), {"pin": "on"}, **asked).status_code == 204
    refused = ben.post(url(id), {"edit": " "}, **asked)
    assert (refused.status_code, refused.json()["code"]) == (400, "empty")


def test_a_form_from_before_it_was_changed_is_not_silent_and_what_was_typed_stays(ben: Client, id: int) -> None:
    (base,) = re.findall(r'name="base" value="(\d+)"', ben.get(url(id)).content.decode())
    ben.post(url(id), {"edit": "by the phone", "base": base})
    refused = ben.post(url(id), {"edit": "by the laptop", "base": base})
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "It was changed elsewhere meanwhile." in text_of(refused)
    assert "<p>by the phone</p>" in page
    assert ">\nby the laptop</textarea>" in page
    assert "Save over it" in page
    assert now(id).message == "by the phone"
    (seen,) = re.findall(r'name="base" value="(\d+)"', page)
    assert ben.post(url(id), {"edit": "by the laptop", "base": seen}).status_code == 303
    assert now(id).message == "by the laptop"


def test_another_refusal_does_not_make_a_form_stand_on_what_it_did_not_show(ben: Client, id: int) -> None:
    (base,) = re.findall(r'name="base" value="(\d+)"', ben.get(url(id)).content.decode())
    ben.post(url(id), {"edit": "by the phone", "base": base})
    refused = ben.post(url(id), {"edit": " ", "base": base})
    assert f'name="base" value="{base}"' in refused.content.decode()


@pytest.mark.parametrize("base", ["", "nine", "-1", "9" * 40])
def test_a_form_that_stands_on_nothing_goes_over_nothing(ben: Client, id: int, base: str) -> None:
    assert ben.post(url(id), {"edit": "second", "base": base}).status_code == 303
    assert ben.post(url(id), {"edit": "third", "base": base}).status_code == 409


def test_scripts_are_told_that_it_was_changed_meanwhile(ben: Client, id: int) -> None:
    asked = {"HTTP_ACCEPT": "application/json"}
    base = ben.get(url(id), **asked).json()["changed"]
    assert ben.post(url(id), {"edit": "second", "base": base}, **asked).status_code == 204
    refused = ben.post(url(id), {"edit": "third", "base": base}, **asked)
    assert (refused.status_code, refused.json()["code"]) == (409, "edited_since")
    assert ben.post(url(id), {"edit": "third"}, **asked).status_code == 204


# ── what it said before ──


def test_earlier_texts_are_for_the_author_and_moderators(ben: Client, id: int) -> None:
    ben.post(url(id), {"edit": "a <b>secret</b>"})
    ben.post(url(id), {"edit": "third"})
    page = text_of(ben.get(url(id)))
    assert page.index("What it said before") < page.index("a <b>secret</b>") < page.rindex("first")
    assert "secret" not in text_of(Client().get(url(id)))
    ana = Client()
    ana.force_login(User.objects.create_user("ana"))
    ana.post("/chat/Lobby/", {"message": "hello", "nonce": "a"})
    assert "secret" not in text_of(ana.get(url(id)))
    Membership.objects.filter(person__name="ana").update(role="moderator")
    assert "secret" in text_of(ana.get(url(id)))


def test_of_very_many_earlier_texts_a_page_is_rendered_at_a_time(
    ben: Client, id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each look would cost the server all of them, and nothing bounds how often somebody edits."""
    who = identity.of_user(User.objects.get(username="ben"))
    for number in range(25):
        chat.edit_now(who, id, f"text {number}.")  # by the form, a quick machine is told that it edits too fast
    rendered: list[str] = []
    monkeypatch.setattr(import_module("hubbub.views.deeds"), "render", lambda text: rendered.append(text) or text)
    assert "text 14." in text_of(ben.get(url(id)))
    assert rendered == [f"text {number}." for number in range(23, 13, -1)]
    last = text_of(ben.get(url(id), {"page": "3"}))
    assert "3 of 3" in last
    assert rendered[10:] == [*(f"text {number}." for number in range(3, -1, -1)), "*first*"]


def test_of_a_deleted_message_nothing_is_left_on_any_page(ben: Client, id: int) -> None:
    ben.post(url(id), {"edit": "needle"})
    ben.post("/chat/Lobby/", {"message": "why?", "reply_to": str(id), "nonce": "r"})
    ben.post(url(id), {"toggle": "👍"})
    ben.post(url(id), {"pin": "on"})
    assert room(ben).count("needle") == 2
    ben.post(url(id), {"delete": "yes"})
    for path in ("/chat/Lobby/", url(id), "/chat/Lobby/2/", url(Message.objects.get(nonce="r").id)):
        page = ben.get(path).content.decode()
        assert "needle" not in page, path
    shown = room(ben)
    assert "This message was deleted." in shown
    assert "quote--gone" in shown
    assert "deleted message" in shown
    assert 'reaction__emoji">👍' not in shown


# ── the room's page ──


def test_what_hangs_on_a_message_is_shown_as_it_stands(ben: Client, id: int) -> None:
    reply = chat.post_now(draft(BEN, "lobby", "indeed", reply_to=id)).message
    assert reply is not None
    chat.react_now(ANA, reply.id, "👍")
    room(ben)
    ben.post(url(id), {"edit": "otherwise"})
    chat.rename_now(ANA, "Anastasia")
    shown = room(ben)
    assert re.search(r'quote__line"[^>]*>otherwise<', shown)
    assert "Anastasia" in re.search(r'reaction__who"[^>]*>(.*?)<', shown)[1]
    assert "edited" in shown


def test_a_reaction_is_toggled_by_a_click_on_its_count(ben: Client, id: int) -> None:
    chat.react_now(ANA, id, "👍")
    button = re.search(
        r'<button class="reaction reach" type="submit" form="deed-form" name="toggle"([^>]*)>', room(ben)
    )[1]
    assert f'formaction="{url(id)}"' in button
    assert 'value="👍"' in button
    assert 'id="deed-form"' in room(ben)


def test_of_many_who_reacted_some_are_named(ben: Client, id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    from hubbub.views import log

    monkeypatch.setattr(log, "NAMED", 1)
    for who in (ANA, BEN, EVE):
        chat.react_now(who, id, "🎉")
    assert "Ana and 2 others" in text_of(ben.get("/chat/Lobby/"))


def test_a_reply_begins_a_group_of_its_own(ben: Client, id: int) -> None:
    ben.post("/chat/Lobby/", {"message": "goes on", "nonce": "g"})
    ben.post("/chat/Lobby/", {"message": "answers", "nonce": "r", "reply_to": str(id)})
    grouped = re.findall(r'<article class="([^"]*)" id="m(\d+)"', room(ben))
    shown = {int(number): "message--grouped" in classes for classes, number in grouped}
    assert shown[Message.objects.get(nonce="g").id]
    assert not shown[Message.objects.get(nonce="r").id]


# ── who may not enter ──


def test_for_who_may_not_enter_there_is_no_such_message(ben: Client, id: int) -> None:
    Room.objects.update(kind="private", guarded=True, key="-/den")
    stranger = Client()
    for path in (url(id), url(id + 999), url(2**60)):
        for answer in (stranger.get(path), stranger.post(path, {"toggle": "👍"})):
            assert answer.status_code == 404
            assert b"first" not in answer.content
    assert ben.get(url(id)).status_code == 200
    assert now(id).reactions == []
