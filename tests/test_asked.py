"""What somebody does to messages in rooms that are not open to all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from hubbub import chat, history
from hubbub.errors import Refusal
from hubbub.identity import of_user
from hubbub.models import Membership, Message, Person, Room
from hubbub.protocol import Member
from tests.cast import ANA, BEN, EVE, say

pytestmark = pytest.mark.django_db(transaction=True)

DEEDS = {
    "edit": lambda who, id: chat.edit_now(who, id, "other words"),
    "delete": chat.delete_now,
    "react": lambda who, id: chat.react_now(who, id, "👍"),
    "unreact": lambda who, id: chat.react_now(who, id, "👍", False),
    "pin": chat.pin_now,
    "unpin": lambda who, id: chat.pin_now(who, id, False),
}


def told(deed: Any, who: Any, id: int) -> tuple[str, str, str | None] | None:
    """How it was refused, to the letter; None when it was not."""
    try:
        deed(who, id)
    except Refusal as refusal:
        return refusal.code, refusal.message, refusal.field
    return None


@pytest.fixture
def id() -> int:
    """What ana said in a room that became private to ana and ben."""
    (said,) = say(ANA, "den", "first")
    say(BEN, "den", "second")
    say(EVE, "elsewhere", "hello")
    Room.objects.filter(key="den").update(kind="private", guarded=True, key="-/den")
    assert said.message is not None
    return said.message.id


@pytest.mark.parametrize("deed", DEEDS)
@pytest.mark.parametrize("deleted", [False, True])
def test_who_may_not_enter_hears_what_they_would_of_no_message(id: int, deed: str, deleted: bool) -> None:
    if deleted:
        chat.delete_now(ANA, id)
    before = history.messages([id]), history.head("-/den").seq
    stranger = of_user(User.objects.create_user("stranger"))
    Membership.objects.filter(person_id=BEN.id).update(standing="left")
    for outsider in (EVE, BEN, stranger):
        here, nowhere = told(DEEDS[deed], outsider, id), told(DEEDS[deed], outsider, id + 999)
        assert here is not None
        assert here == nowhere
        assert here[0] == "no_such_message"
    assert (history.messages([id]), history.head("-/den").seq) == before
    assert not Membership.objects.filter(person_id=EVE.id, room__key="-/den").exists()


def test_who_is_in_it_does_there_what_they_do_elsewhere(id: int) -> None:
    assert told(DEEDS["react"], BEN, id) is None
    assert told(DEEDS["pin"], BEN, id) is None
    assert told(DEEDS["edit"], ANA, id) is None
    assert told(DEEDS["edit"], BEN, id)[0] == "not_yours"
    assert told(DEEDS["delete"], ANA, id) is None


@pytest.mark.parametrize(
    ("deed", "code"), [("edit", "archived"), ("react", "archived"), ("pin", "archived"), ("delete", None)]
)
def test_in_an_archived_room_one_can_only_take_back(id: int, deed: str, code: str | None) -> None:
    Room.objects.filter(key="-/den").update(archived_at=timezone.now())
    assert (told(DEEDS[deed], ANA, id) or (None,))[0] == code


@pytest.mark.parametrize(
    ("deed", "code"), [("edit", "silenced"), ("react", "silenced"), ("pin", "silenced"), ("delete", None)]
)
def test_who_is_silenced_can_only_take_back(id: int, deed: str, code: str | None) -> None:
    Membership.objects.filter(person_id=ANA.id).update(silenced_until=timezone.now() + timedelta(hours=1))
    assert (told(DEEDS[deed], ANA, id) or (None,))[0] == code


def test_a_room_that_is_slow_is_not_slow_for_reactions(id: int) -> None:
    Room.objects.filter(key="-/den").update(slow_seconds=60)
    assert told(DEEDS["react"], BEN, id) is None
    assert told(DEEDS["pin"], BEN, id) is None


def test_an_administrator_of_the_site_deletes_in_open_rooms_and_enters_no_private_one(id: int) -> None:
    staff = of_user(User.objects.create_user("root", is_staff=True))
    say(staff, "elsewhere", "hello")
    (said,) = say(BEN, "elsewhere", "rude")
    assert told(DEEDS["delete"], staff, id)[0] == "no_such_message"
    assert told(DEEDS["delete"], staff, said.message.id) is None
    assert Message.objects.get(pk=said.message.id).deleted_at


def test_who_left_and_reacts_is_back() -> None:
    (said,) = say(ANA, "lobby", "first")
    say(BEN, "lobby", "second")
    Membership.objects.filter(person_id=BEN.id).update(standing="left")
    chat.react_now(BEN, said.message.id, "👍")
    assert Membership.objects.get(person_id=BEN.id).standing == "in"


def test_only_a_message_that_one_may_read_is_answered(id: int) -> None:
    for room, wanted in (("-/den", "no_such_room"), ("elsewhere", "no_such_message")):
        with pytest.raises(Refusal) as refusal:
            chat.post_now(chat.draft(EVE, room, "what?", reply_to=id))
        assert refusal.value.code == wanted


def test_an_edit_calls_whom_it_names() -> None:
    (said,) = say(ANA, "lobby", "hello")
    say(BEN, "lobby", "hello")
    edited = chat.edit_now(ANA, said.message.id, "hello @Ben").message
    assert edited.mentions == [BEN.id.hex]
    assert Person.objects.get(pk=BEN.id).name == "Ben"
    assert chat.edit_now(ANA, said.message.id, "hello all").message.mentions == []
    assert history.messages([said.message.id])[0].mentions == []


@pytest.mark.parametrize("deed", ["react", "pin"])
def test_who_had_left_and_does_something_is_back_by_a_number_of_its_own(deed: str) -> None:
    (said,) = say(ANA, "lobby", "first")
    say(BEN, "lobby", "second")
    chat.act_now(BEN, "lobby", "leave")
    head = history.head("lobby").seq
    assert said.message is not None
    stored = DEEDS[deed](BEN, said.message.id)
    documents = history.since(history.head("lobby"), head, 10) or []
    assert [(type(one).__name__, one.changed) for one in documents] == [("Member", head + 1), ("Change", head + 2)]
    assert isinstance(documents[0], Member)
    assert documents[0].standing == "in"
    assert [frame.number for _, frame in stored.announcements] == [head + 1, head + 2]
