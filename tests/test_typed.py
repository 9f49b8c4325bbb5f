"""What one typed in a form stays when the form is refused, and the sentence that says why stands at its field."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError
from django.test import Client, override_settings

from hubbub import access, chat, history
from hubbub.models import Message, Person
from tests.cast import ANA, say
from tests.test_views_about import browser, text_of

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unhurried")]

LONG = "x" * 8001


def field(answer: Any, name: str) -> tuple[str, str]:
    """The opening tag of the one field of this name whose content was refused, and what is in it."""
    page = answer.content.decode()
    (found,) = re.findall(rf'<(?:input|textarea)\b[^>]*name="{name}"[^>]*aria-invalid="true"[^>]*>(?:\n[^<]*)?', page)
    tag, _, inside = found.partition(">\n")
    value = re.search(r' value="([^"]*)"', tag)
    return tag, html.unescape(value[1] if value else inside)


def error_at(answer: Any, name: str) -> str:
    """The sentence that the refused field of this name is described by."""
    tag, _ = field(answer, name)
    described = re.search(r'aria-describedby="([^"]+)"', tag)
    assert described, tag
    ids = described[1].replace(" ", "|")
    (sentence,) = re.findall(rf'<p[^>]*id="(?:{ids})"[^>]*role="alert">([^<]+)</p>', answer.content.decode())
    return html.unescape(sentence)


# ── one message ──


@pytest.fixture
def said() -> int:
    """What Ana said in the lobby."""
    say(ANA, "lobby", "what do you think?")
    return Message.objects.get().id


def test_a_reply_that_is_refused_is_still_a_reply(said: int) -> None:
    ben = browser("ben")
    answer = ben.post("/chat/lobby/", {"message": f"\n{LONG}", "reply_to": said, "nonce": "n1"})
    assert answer.status_code == 400
    assert field(answer, "message")[1] == f"\n{LONG}"
    assert "at most 8,000 characters" in error_at(answer, "message")
    (form,) = [form for form in answer.content.decode().split("<form") if 'name="reply_to"' in form]
    hidden = dict(re.findall(r'name="(reply_to|nonce|as)" value="([^"]*)"', form))
    assert hidden["nonce"] == "n1"
    ben.post("/chat/lobby/", {**hidden, "message": "I like it"})
    (reply,) = history.messages([Message.objects.get(nonce="n1").id])
    assert reply.reply_to is not None
    assert reply.reply_to.id == said


def test_a_reply_to_what_is_gone_keeps_its_words_in_the_rooms_field(said: int) -> None:
    browser("ben").post("/chat/lobby/", {"message": "hello", "nonce": "n"})
    chat.delete_now(ANA, said)
    answer = browser("ben").post("/chat/lobby/", {"message": LONG, "reply_to": said, "nonce": "n1"})
    assert answer.status_code == 400
    assert f">{LONG}</textarea>" in answer.content.decode()


def test_a_word_that_is_no_emoji_stays_at_its_field(said: int) -> None:
    answer = browser("ben").post(f"/chat/-/message/{said}/", {"toggle": "tadaa"})
    assert field(answer, "toggle")[1] == "tadaa"
    assert "one emoji" in error_at(answer, "toggle")


def test_an_edit_that_is_refused_stays_at_its_field() -> None:
    ben = browser("ben")
    ben.post("/chat/lobby/", {"message": "first", "nonce": "n"})
    answer = ben.post(f"/chat/-/message/{Message.objects.get().id}/", {"edit": LONG})
    assert field(answer, "edit")[1] == LONG
    assert "at most 8,000 characters" in error_at(answer, "edit")


# ── names, rooms ──


def test_a_name_that_is_refused_stays_in_a_field_that_is_seen_and_leads_back() -> None:
    ben = browser("ben")
    Person.objects.filter(user__username="ben").update(about="Likes tea.")
    answer = ben.post("/chat/-/name/", {"name": "b" * 41, "next": "/chat/lobby/"})
    assert answer.status_code == 400
    assert field(answer, "name")[1] == "b" * 41
    assert "at most 40 characters" in error_at(answer, "name")
    assert '<input type="hidden" name="next" value="/chat/lobby/">' in answer.content.decode().partition("<main")[2]
    saved = ben.post("/chat/-/profile/", {"name": "Benno", "about": "", "time_zone": "", "next": "/chat/lobby/"})
    assert (saved.status_code, saved["Location"]) == (303, "/chat/lobby/")
    away = ben.post("/chat/-/profile/", {"name": "Benno", "about": "", "time_zone": "", "next": "//evil.example/"})
    assert away["Location"] == "/chat/"


def test_a_topic_and_a_rooms_new_name_stay() -> None:
    ana = browser("ana")
    for name in ("Garden", "Attic"):
        ana.post("/chat/-/new/", {"name": name, "kind": "public"})
    about = "/chat/Garden/-/about/"
    topic = ana.post(about, {"act": "topic", "text": "t" * 251})
    assert (topic.status_code, field(topic, "text")[1]) == (400, "t" * 251)
    assert "at most 250 characters" in error_at(topic, "text")
    renamed = ana.post(about, {"act": "rename", "text": "attic"})
    assert (renamed.status_code, field(renamed, "text")[1]) == (409, "attic")
    assert "Another room has that name" in error_at(renamed, "text")
    new = ana.post("/chat/-/new/", {"name": "attic", "kind": "public", "topic": "why not"})
    assert field(new, "name")[1] == "attic"
    assert "Another room has that name" in error_at(new, "name")
    for name, topic in (("Shed", "t" * 251), ("Shed", "\u202e")):
        refused = ana.post("/chat/-/new/", {"name": name, "kind": "public", "topic": topic})
        assert "topic" in error_at(refused, "topic")


def test_who_may_not_see_the_field_reads_the_sentence_all_the_same() -> None:
    browser("ana").post("/chat/-/new/", {"name": "Garden", "kind": "public"})
    answer = browser("ben").post("/chat/Garden/-/about/", {"act": "rename", "text": "Mine"})
    assert answer.status_code == 403
    assert "Only an owner of the room can do that." in text_of(answer)
    assert 'role="alert">Only' in answer.content.decode()


# ── somebody else by now ──


def test_what_was_written_as_oneself_is_not_said_under_another_name() -> None:
    ben = browser("ben")
    ben.post("/chat/lobby/", {"message": "hello", "nonce": "n"})
    page = ben.get("/chat/lobby/").content.decode()
    (voice,) = re.findall(r'name="as" value="(\w+)" form="composer-form"', page)
    form = {"message": "as ben", "nonce": "n1", "as": voice}
    del ben.cookies["sessionid"]
    answer = ben.post("/chat/lobby/", form)
    assert answer.status_code == 403
    assert ">as ben</textarea>" in answer.content.decode()
    assert "Sign in again, or send it once more as" in text_of(answer)
    assert Message.objects.count() == 1
    assert 'name="as"' not in answer.content.decode()
    ben.post("/chat/lobby/", {"message": "as a guest", "nonce": "n1"})
    assert Message.objects.get(nonce="n1").author.user is None
    ben.force_login(User.objects.get(username="ben"))
    ben.post("/chat/lobby/", {**form, "nonce": "n2"})
    assert Message.objects.get(nonce="n2").author.user.username == "ben"


# ── forms that are not taken at all ──

WRITTEN = "ten minutes of <b>work</b>\n& more"


def handed_back(answer: Any) -> bool:
    """Whether the page shows what was written, in a field that sends nothing."""
    page = answer.content.decode()
    found = re.search(r'<textarea[^>]*id="unsent"[^>]*readonly[^>]*>\n([^<]*)</textarea>', page)
    return bool(found) and html.unescape(found[1]) == WRITTEN and "<form" not in page


def test_a_form_that_is_too_old_hands_back_what_was_written() -> None:
    answer = Client(enforce_csrf_checks=True).post("/chat/lobby/", {"message": WRITTEN, "nonce": "n"})
    assert answer.status_code == 403
    assert handed_back(answer)
    assert "no-store" in answer["Cache-Control"]
    nothing = Client(enforce_csrf_checks=True).post("/accounts/sign-in/", {"username": "ben", "password": "secret"})
    assert nothing.status_code == 403
    assert "secret" not in nothing.content.decode()
    assert "unsent" not in nothing.content.decode()


@override_settings(HUBBUB={"GUESTS": False})
def test_who_was_signed_out_is_handed_back_what_they_wrote_and_led_to_sign_in() -> None:
    answer = Client().post("/chat/lobby/", {"message": WRITTEN, "nonce": "n"})
    assert answer.status_code == 403
    assert handed_back(answer)
    assert 'href="/accounts/sign-in/?next=/chat/lobby/"' in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    asked = Client().post("/chat/lobby/", {"message": WRITTEN}, headers={"Accept": "application/json"})
    assert asked.status_code == 302


def test_without_a_database_what_was_written_is_handed_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: Any) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(access, "enter", gone)
    answer = Client(raise_request_exception=False).post("/chat/lobby/", {"message": WRITTEN, "nonce": "n"})
    assert answer.status_code == 503
    assert handed_back(answer)
