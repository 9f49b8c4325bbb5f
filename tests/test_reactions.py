"""Emoji under messages, and pins."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub import chat, history, stored
from hubbub.chat import reactions
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.models import Membership, Message, Person, Reaction, Room
from hubbub.models.person import guest_name
from tests.cast import ANA, BEN, EVE, say

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = {person.name: person for person in (ANA, BEN, EVE)}
EMOJI = ["👍", "🎉", "❤️", "👍🏽"]


def refusal(act: Any, *args: Any) -> str:
    with pytest.raises(Refusal) as refused:
        act(*args)
    return refused.value.code


def now(id: int) -> Any:
    (message,) = history.messages([id])
    return message


def shown(id: int) -> list[tuple[str, int, list[str]]]:
    return [(view.emoji, view.count, [person.name for person in view.people]) for view in now(id).reactions]


@pytest.fixture
def id() -> int:
    (said,) = say(ANA, "Lobby", "first")
    assert said.message is not None
    return said.message.id


def test_who_reacted_stands_under_the_message_in_the_order_in_which_they_came(id: int) -> None:
    chat.react_now(BEN, id, "👍")
    chat.react_now(EVE, id, "🎉")
    told = chat.react_now(ANA, id, "👍")
    assert shown(id) == [("👍", 2, ["Ben", "Ana"]), ("🎉", 1, ["Eve"])]
    assert told.message.reactions == now(id).reactions
    assert [frame.number for _, frame in told.announcements] == [4]


def test_the_last_to_take_an_emoji_away_takes_it_from_the_message(id: int) -> None:
    chat.react_now(BEN, id, "👍")
    chat.react_now(BEN, id, "👍", False)
    assert shown(id) == []
    assert Message.objects.get().reactions == ""


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(st.sampled_from(sorted(PEOPLE)), st.sampled_from(EMOJI), st.booleans()), max_size=12))
def test_what_stands_on_a_message_is_what_stands_in_its_rows(acts: list[tuple[str, str, bool]]) -> None:
    (said,) = say(ANA, "Lobby", "first")
    id, before = said.message.id, history.head("lobby").seq
    wanted: list[tuple[str, str]] = []
    moved = 0
    for name, emoji, on in acts:
        told = chat.react_now(PEOPLE[name], id, emoji, on)
        moved += len(told.announcements)
        assert bool(told.announcements) == (((name, emoji) in wanted) != on)
        wanted = [*wanted, (name, emoji)] if on and (name, emoji) not in wanted else wanted
        wanted = wanted if on else [one for one in wanted if one != (name, emoji)]
    rows = Reaction.objects.filter(message_id=id).order_by("id").values_list("person__name", "emoji")
    assert list(rows) == wanted
    assert history.head("lobby").seq == before + moved
    of_emoji = {emoji: [name for name, one in wanted if one == emoji] for _, emoji in wanted}
    assert {emoji: names for emoji, _, names in shown(id)} == of_emoji
    assert all(count == len(names) for _, count, names in shown(id))


def test_a_reaction_is_one_emoji_however_it_is_written(id: int) -> None:
    for written in (":+1:", "👍", " 👍 "):
        chat.react_now(BEN, id, written)
    chat.react_now(BEN, id, "❤")
    assert [emoji for emoji, *_ in shown(id)] == ["👍", "❤️"]
    for wrong in ("", "x", "👍👍", ":nothing_like_it:", "<b>", "1", "\u200d"):
        assert refusal(chat.react_now, BEN, id, wrong) == "bad_emoji"


def test_a_message_takes_so_many_different_reactions(id: int) -> None:
    with override_settings(HUBBUB={"REACTIONS": 2}):
        chat.react_now(BEN, id, "👍")
        chat.react_now(BEN, id, "🎉")
        assert refusal(chat.react_now, BEN, id, "❤️") == "too_many"
        chat.react_now(EVE, id, "👍")
        chat.react_now(BEN, id, "🎉", False)
        chat.react_now(EVE, id, "❤️")
    assert [emoji for emoji, *_ in shown(id)] == ["👍", "❤️"]


def test_of_many_people_the_first_are_named_and_all_are_counted(id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "SHOWN_PEOPLE", 2)
    people = [Identity(Person().id, guest_name()) for _ in range(4)]
    for person in people:
        chat.react_now(person, id, "👍")
    assert shown(id) == [("👍", 4, [people[0].name, people[1].name])]
    chat.react_now(people[0], id, "👍", False)
    assert shown(id) == [("👍", 3, [people[1].name, people[2].name])]


def test_a_message_is_no_larger_for_a_thousand_people_than_for_those_whom_it_names(id: int) -> None:
    people = [Identity(Person().id, f"{guest_name()} {n}") for n in range(stored.SHOWN_PEOPLE + 5)]
    sizes = [len(chat.react_now(person, id, "👍").announcements[0][1].payload) for person in people]
    assert max(sizes) - sizes[stored.SHOWN_PEOPLE - 1] <= 2, "digits of the count and the number"
    (view,) = now(id).reactions
    assert (view.count, len(view.people)) == (len(people), stored.SHOWN_PEOPLE)


def test_who_asks_is_told_of_all_and_which_are_theirs(id: int) -> None:
    people = [Identity(Person().id, f"{guest_name()} {n}") for n in range(stored.SHOWN_PEOPLE + 5)]
    for person in people:
        chat.react_now(person, id, "👍")
    chat.react_now(people[-1], id, "🎉")
    told = chat.reacted(people[-1], id)
    assert (told.room, told.id, told.mine) == ("lobby", id, ["👍", "🎉"])
    assert [(view.emoji, view.count, [p.name for p in view.people]) for view in told.reactions] == [
        ("👍", len(people), [person.name for person in people]),
        ("🎉", 1, [people[-1].name]),
    ]
    assert chat.reacted(BEN, id).mine == []


def test_nobody_is_told_of_reactions_where_they_may_not_read(id: int) -> None:
    chat.react_now(BEN, id, "👍")
    Room.objects.update(guarded=True, kind="private")
    assert refusal(chat.reacted, EVE, id) == "no_such_message"
    assert refusal(chat.reacted, EVE, 99_999) == "no_such_message"


def test_who_reacts_unnamed_is_told_what_is_theirs_and_nobody_else(id: int, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    monkeypatch.setattr(reactions, "tell_person", lambda person, event: told.append((person, event.mine)))
    monkeypatch.setattr(stored, "SHOWN_PEOPLE", 1)
    chat.react_now(BEN, id, "👍")
    assert told == [], "the message names him"
    chat.react_now(EVE, id, "👍")
    chat.react_now(EVE, id, "🎉")
    assert told == [(EVE.id.hex, ["👍"]), (EVE.id.hex, ["👍", "🎉"])]


def test_names_under_a_message_are_those_of_today(id: int) -> None:
    chat.react_now(BEN, id, "👍")
    before = history.head("lobby").seq
    chat.rename_now(BEN, "Benedict")
    assert shown(id) == [("👍", 1, ["Benedict"])]
    assert history.head("lobby").seq == before + 1, "their new name is told to the room that they reacted in"


def test_who_reacts_is_in_the_room_and_has_nothing_to_catch_up(id: int) -> None:
    say(ANA, "Lobby", "second")
    chat.react_now(BEN, id, "👍")
    member = Membership.objects.get(person_id=BEN.id)
    assert member.read_ordinal == 2
    (room,) = history.rooms_of([BEN.id], 9)[BEN.id]
    assert room.unread == 0


def test_reacting_does_not_read_for_who_is_there_already(id: int) -> None:
    say(BEN, "Lobby", "hello")
    say(ANA, "Lobby", "more", "more")
    chat.react_now(BEN, id, "👍")
    (room,) = history.rooms_of([BEN.id], 9)[BEN.id]
    assert room.unread == 2


# ── pins ──


def test_a_pin_is_a_change_of_the_message(id: int) -> None:
    told = chat.pin_now(BEN, id)
    assert told.message.pinned
    assert [frame.number for _, frame in told.announcements] == [2]
    assert chat.pin_now(EVE, id).announcements == ()
    assert not chat.pin_now(EVE, id, False).message.pinned
    assert chat.pin_now(EVE, id, False).announcements == ()


def test_the_pins_of_a_room_come_last_pinned_first() -> None:
    ids = [said.message.id for said in say(ANA, "Lobby", "a", "b", "c")]
    say(BEN, "elsewhere", "x")
    for id in (ids[2], ids[0], ids[1]):
        chat.pin_now(BEN, id)
    chat.pin_now(BEN, ids[0], False)
    assert [message.message for message in history.pins(history.head("lobby"))] == ["b", "c"]
    chat.delete_now(ANA, ids[1])
    assert [message.message for message in history.pins(history.head("lobby"))] == ["c"]
    assert history.pins(history.head("nowhere")) == []


def test_a_room_keeps_so_many_pins() -> None:
    ids = [said.message.id for said in say(ANA, "Lobby", "a", "b")]
    with override_settings(HUBBUB={"PINS": 1}):
        chat.pin_now(BEN, ids[0])
        assert refusal(chat.pin_now, BEN, ids[1]) == "too_many"
        chat.pin_now(BEN, ids[0], False)
        chat.pin_now(BEN, ids[1])
