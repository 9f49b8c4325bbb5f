"""The verbs, and who may do what."""

from __future__ import annotations

import random
import threading
from typing import Any
from unittest import mock

import pytest
from django.db import OperationalError, transaction
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from hubbub import chat, journal, outside
from hubbub.chat import writing
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.models import Message
from tests.cast import ANA, draft

MEMBER = Identity(ANA.id, "ana", 1)


@given(st.text(max_size=100))
def test_a_text_is_refused_with_a_reason_or_can_be_seen_and_stored(text: str) -> None:
    try:
        clean = chat.clean_text(text)
    except Refusal as refused:
        refusal = refused
    else:
        return check_clean(clean)
    assert refusal.code in ("empty", "too_long", "bad_frame")
    assert refusal.field == "message"


def test_posts_without_a_nonce_get_one_each_whatever_a_host_does_with_chance() -> None:
    nonces = set()
    for _ in range(3):
        random.seed(7)
        nonces.add(chat.draft(MEMBER, "lobby", "hello").nonce)
    assert len(nonces) == 3


def check_clean(clean: str) -> None:
    assert clean == clean.strip()
    assert not set(clean) & {"\r", "\0"}
    assert chat.clean_text(clean) == clean
    clean.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\n",
        "\u200b",
        "\u200d\u200c",
        "\ufeff",
        "\0",
        "\u2060 \u200b",
        "\u00ad",
        "\u2800",
        "\u3164",
        "\u200e",
    ],
)
def test_nothing_to_see_is_nothing_to_say(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        chat.clean_text(text)
    assert refusal.value.code == "empty"


def test_line_ends_are_one_kind() -> None:
    assert chat.clean_text("a\r\nb\rc\nd") == "a\nb\nc\nd"


def test_a_message_has_at_most_8000_characters() -> None:
    assert chat.clean_text("👍" * 8000 + "  ")
    with pytest.raises(Refusal) as refusal:
        chat.clean_text("x" * 8001)
    assert refusal.value.code == "too_long"
    with override_settings(HUBBUB={"MESSAGE_LENGTH": 3}), pytest.raises(Refusal):
        chat.clean_text("four")


def test_a_draft_knows_its_room_and_has_a_nonce() -> None:
    one, two = chat.draft(ANA, " Lobby ", "*hi*"), chat.draft(ANA, "LOBBY", "x", "n")
    assert (one.room, one.key, two.key) == ("Lobby", "lobby", "lobby")
    assert one.html == "<p><em>hi</em></p>"
    assert (len(one.nonce), two.nonce) == (32, "n")


def test_guests_speak_where_guests_may() -> None:
    chat.check_may_speak(ANA)
    with override_settings(HUBBUB={"GUESTS": False}):
        chat.check_may_speak(MEMBER)
        for who in (ANA, None):
            with pytest.raises(Refusal) as refusal:
                chat.check_may_speak(who)
            assert refusal.value.code == "not_allowed"
        with pytest.raises(Refusal):
            chat.draft(ANA, "lobby", "x")


def test_nobody_speaks_for_nobody() -> None:
    with pytest.raises(Refusal):
        chat.check_may_speak(None)


def test_rooms_are_made_by_speaking_unless_that_is_switched_off() -> None:
    assert chat.draft(ANA, "new", "x").create_room
    with override_settings(HUBBUB={"CREATE_ROOMS": False}):
        assert not chat.draft(ANA, "new", "x").create_room
        assert chat.draft(ANA, "new", "x", create_room=True).create_room


# ── from a thread ──


@pytest.fixture
def announced(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    said: list[Any] = []
    monkeypatch.setattr(outside, "publish", said.extend)
    return said


def test_what_is_said_is_announced_after_the_commit(announced: list[Any]) -> None:
    with transaction.atomic():
        chat.post_now(draft(ANA, "lobby", "x"))
        assert announced == []
    assert [frame.number for _, frame in announced] == [1]


def test_a_retry_is_not_announced_again(announced: list[Any]) -> None:
    for _ in range(2):
        chat.post_now(draft(ANA, "lobby", "x", "n"))
    assert len(announced) == 1


def test_with_the_database_down_it_says_try_again(announced: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def down(changes: Any) -> Any:
        raise OperationalError("disk full")

    monkeypatch.setattr(journal, "write", down)
    with pytest.raises(Refusal) as refusal:
        chat.post_now(draft(ANA, "lobby", "x"))
    assert refusal.value.code == "try_again"
    with pytest.raises(OperationalError), transaction.atomic():
        chat.post_now(draft(ANA, "lobby", "x"))
    assert announced == []


def test_a_new_name_is_told_to_the_rooms(announced: list[Any]) -> None:
    chat.post_now(draft(ANA, "lobby", "x"))
    announced.clear()
    assert chat.rename_now(ANA, "  Queen ").name == "Queen"
    assert [key for key, _ in announced] == ["lobby"]
    assert Message.objects.get().author.name == "Queen"


@pytest.mark.parametrize(("text", "thread"), [("plain, *short*", "MainThread"), ("*long* " * 100, "hubbub-render_0")])
async def test_a_text_that_costs_much_is_rendered_beside_the_loop(
    monkeypatch: pytest.MonkeyPatch, text: str, thread: str
) -> None:
    where: list[str] = []
    render = writing.render
    monkeypatch.setattr(writing, "render", lambda text: where.append(threading.current_thread().name) or render(text))
    drafted = await chat.draft_aside(mock.sentinel.node, ANA, "lobby", text, "n")
    assert where == [thread]
    assert (drafted.text, drafted.html, drafted.nonce) == (text.strip(), render(text.strip()), "n")


async def test_a_refusal_comes_back_from_beside_the_loop() -> None:
    with pytest.raises(Refusal) as refusal:
        await chat.draft_aside(mock.sentinel.node, ANA, "lobby", "*long* " * 2000, "n")
    assert refusal.value.code == "too_long"
