"""The Python API for the project that Hubbub is part of."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.template import Context, Template
from django.test import RequestFactory

from hubbub import outside
from hubbub.api import (
    delete_message,
    direct_room,
    edit_message,
    make_room,
    mention_count,
    pin_message,
    post_message,
    react,
    search,
    unread_count,
)
from hubbub.errors import Refusal
from hubbub.models import Membership, Message, Person, Room
from tests.cast import say

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def announced(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was announced, in order."""
    said: list[Any] = []
    monkeypatch.setattr(outside, "publish", said.extend)
    return said


@pytest.fixture
def ana() -> User:
    return User.objects.create_user("ana", first_name="Ana", last_name="Lima")


def test_an_account_says_something(ana: User, announced: list[Any]) -> None:
    message = post_message("Deploys", "v2.1 is *out*", author=ana)
    assert (message.room, message.seq, message.author.name, message.author.guest) == ("deploys", 1, "Ana Lima", False)
    assert [key for key, _ in announced] == ["deploys"]
    assert Message.objects.get().id == message.id


def test_a_person_without_an_account_says_something(announced: list[Any]) -> None:
    bot = Person.objects.create(name="Bot")
    assert post_message("deploys", "beep", author=bot).author.id == bot.id.hex
    assert Person.objects.count() == 1


def test_what_is_said_in_a_transaction_is_announced_when_it_commits(ana: User, announced: list[Any]) -> None:
    with transaction.atomic():
        post_message("deploys", "soon", author=ana)
        assert announced == []
    assert len(announced) == 1


def test_what_is_rolled_back_was_never_said(ana: User, announced: list[Any]) -> None:
    with transaction.atomic():
        post_message("deploys", "never", author=ana)
        transaction.set_rollback(True)
    assert announced == []
    assert not Message.objects.exists()
    assert post_message("deploys", "first", author=ana).seq == 1


def test_the_same_nonce_is_answered_with_the_first_message(ana: User, announced: list[Any]) -> None:
    first = post_message("deploys", "once", author=ana, nonce="v2.1")
    assert post_message("deploys", "twice", author=ana, nonce="v2.1") == first
    assert len(announced) == 1
    assert post_message("deploys", "once", author=ana).id != first.id


@pytest.mark.parametrize(
    ("room", "text", "code"), [("a/b", "x", "bad_room_name"), ("x", " ", "empty"), ("x", "x" * 8001, "too_long")]
)
def test_what_cannot_be_said_is_refused(ana: User, room: str, text: str, code: str) -> None:
    with pytest.raises(Refusal) as refusal:
        post_message(room, text, author=ana)
    assert refusal.value.code == code
    assert not Room.objects.exists()


def test_a_nonce_has_a_limit(ana: User) -> None:
    with pytest.raises(ValueError, match="64"):
        post_message("x", "y", author=ana, nonce="n" * 65)


def test_what_was_said_is_changed_by_who_said_it(ana: User, announced: list[Any]) -> None:
    first = post_message("deploys", "v2.1 is out", author=ana)
    bot = Person.objects.create(name="Bot")
    reply = post_message("deploys", "where?", author=bot, reply_to=first.id)
    assert reply.reply_to is not None
    assert reply.reply_to.message == "v2.1 is out"
    assert edit_message(first.id, "v2.1 is out everywhere", author=ana).edited_at
    assert [view.emoji for view in react(first.id, "🎉", author=bot).reactions] == ["🎉"]
    assert react(first.id, "🎉", author=bot, on=False).reactions == []
    assert pin_message(first.id, author=bot).pinned
    assert not pin_message(first.id, author=bot, on=False).pinned
    assert delete_message(first.id, author=ana).deleted
    assert [frame.number for _, frame in announced] == list(range(1, 9))
    with pytest.raises(Refusal) as refusal:
        edit_message(reply.id, "here", author=ana)
    assert refusal.value.code == "not_yours"


def test_an_edit_can_say_what_it_was_made_from(ana: User) -> None:
    first = post_message("deploys", "v2.1 is out", author=ana)
    edited = edit_message(first.id, "v2.2 is out", author=ana, base=first.changed)
    with pytest.raises(Refusal) as refusal:
        edit_message(first.id, "v2.1 is withdrawn", author=ana, base=first.changed)
    assert refusal.value.code == "edited_since"
    assert edit_message(first.id, "v2.3 is out", author=ana, base=edited.changed).message == "v2.3 is out"


def test_unread_is_counted(ana: User) -> None:
    from tests.cast import BEN

    assert unread_count("deploys", author=ana) == 0
    post_message("deploys", "mine", author=ana)
    assert unread_count("deploys", author=ana) == 0
    say(BEN, "deploys", "one", "two")
    assert unread_count("DEPLOYS", author=ana) == 2


def test_what_calls_somebody_is_counted_apart() -> None:
    ana, ben = User.objects.create_user("ana"), User.objects.create_user("ben")
    assert mention_count("deploys", author=ben) == 0
    post_message("deploys", "hello", author=ben)
    for text in ("@ben, look", "nothing of note", "@room look"):
        post_message("deploys", text, author=ana)
    assert (unread_count("Deploys", author=ben), mention_count("Deploys", author=ben)) == (3, 2)
    assert mention_count("deploys", author=ana) == 0
    Membership.objects.filter(person__user=ben).update(standing="banned")
    assert mention_count("deploys", author=ben) == 0


def test_a_page_of_the_project_shows_both_counts() -> None:
    ana, ben = User.objects.create_user("ana"), User.objects.create_user("ben")
    page = Template('{% load hubbub %}{% hubbub_unread "deploys" %} {% hubbub_mentions "deploys" %}')
    request = RequestFactory().get("/")
    assert page.render(Context({"request": request})) == "0 0"
    post_message("deploys", "hello", author=ben)
    for text in ("@ben, look", "nothing of note"):
        post_message("deploys", text, author=ana)
    request.user = ben  # type: ignore[attr-defined]  # as the middleware does
    assert page.render(Context({"request": request})) == "2 1"


def test_rooms_are_made_with_people_who_did_nothing_yet() -> None:
    ana, ben = User.objects.create_user("ana"), User.objects.create_user("ben")
    board = make_room("Board", author=ana, kind="private", topic="Money", people=[ben])
    post_message(board, "Welcome", author=ana)
    assert unread_count(board, author=ben) == 1
    assert direct_room(ana, ben) == direct_room(ben, ana)
    assert unread_count(board, author=User.objects.create_user("eve")) == 0


def test_searching_finds_what_the_account_may_read() -> None:
    user = User.objects.create_user("ana")
    said = [post_message("deploys", text, author=user) for text in ("v1 is out", "nothing", "v2 is out")]
    assert [message.id for message in search("out", reader=user)] == [said[2].id, said[0].id]
    assert [message.id for message in search("out", reader=user, before=said[2].id)] == [said[0].id]
    assert search("ou", reader=user) == []
    with pytest.raises(Refusal):
        search("on:nonsense", reader=user)
