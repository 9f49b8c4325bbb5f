"""Pages and "since": the one read path."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hubbub import history, journal
from hubbub.errors import Refusal
from hubbub.journal import ReadMark, Rename
from hubbub.models import Message
from hubbub.protocol import History, Member
from hubbub.protocol import Message as MessageEvent
from tests.cast import ANA, BEN, EVE, draft, say

pytestmark = pytest.mark.django_db(transaction=True)


def seqs(messages: Any) -> list[int]:
    return [message.seq for message in messages]


def changes(documents: Any) -> list[tuple[str, int]]:
    return [(type(document).__name__, document.changed) for document in documents]


@pytest.fixture
def lobby() -> history.Head:
    """A room of ten messages, and another one that nobody asked for."""
    journal.write([draft(ANA if n % 2 else BEN, "Lobby", f"word {n}") for n in range(10)])
    journal.write([draft(EVE, "elsewhere", "secret")])
    return history.head("lobby")


def test_a_head_says_where_a_room_stands(lobby: history.Head) -> None:
    assert (lobby.name, lobby.key, lobby.seq, lobby.ordinal) == ("Lobby", "lobby", 10, 10)


def test_a_room_that_nobody_spoke_in_has_a_head_too() -> None:
    head = history.head("new", "New")
    assert (head.id, head.name, head.seq) == (None, "New", 0)
    assert history.page(head, 50).messages == []
    assert history.since(head, 0, 500) == []
    assert history.after(head, 0, 50).messages == []


def test_many_heads_are_one_query(lobby: history.Head, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        heads = history.heads(["lobby", "elsewhere", "nowhere"])
    assert {head.key: head.seq for head in heads} == {"lobby": 10, "elsewhere": 1}


def test_pages_go_back_without_holes(lobby: history.Head) -> None:
    page = history.page(lobby, 4)
    assert (seqs(page.messages), page.more) == ([7, 8, 9, 10], True)
    page = history.page(lobby, 4, before=7)
    assert (seqs(page.messages), page.more) == ([3, 4, 5, 6], True)
    page = history.page(lobby, 4, before=3)
    assert (seqs(page.messages), page.more) == ([1, 2], False)
    assert history.page(lobby, 10).more is False
    assert history.page(lobby, 4, before=1).messages == []
    assert history.page(lobby, 4, before=0).messages == []
    assert seqs(history.page(lobby, 2, before=2**53).messages) == [9, 10]


def test_pages_go_forward_too(lobby: history.Head) -> None:
    page = history.after(lobby, 4, 3)
    assert (seqs(page.messages), page.more, page.newer) == ([5, 6, 7], True, True)
    page = history.after(lobby, 7, 3)
    assert (seqs(page.messages), page.more, page.newer) == ([8, 9, 10], True, False)
    page = history.after(lobby, 0, 3)
    assert (seqs(page.messages), page.more, page.newer) == ([1, 2, 3], False, True)
    page = history.after(lobby, 10, 3)
    assert (seqs(page.messages), page.more, page.newer) == ([], True, False)


def test_a_page_of_the_past_says_that_there_are_newer_ones(lobby: history.Head) -> None:
    assert [history.page(lobby, 4, before).newer for before in (None, 1, 7, 10, 11)] == [False, True, True, True, False]


def scattered(chance: random.Random) -> tuple[history.Head, list[int]]:
    """A room whose messages have numbers with gaps between them; and these numbers."""
    journal.write([draft(BEN, "gaps", "first")])
    for _ in range(chance.randrange(30)):
        if chance.random() < 0.5:
            journal.write([Rename(BEN, f"Ben {chance.random()}")])
        else:
            journal.write([draft(BEN, "gaps", "word")])
    head = history.head("gaps")
    return head, seqs(history.page(head, 100).messages)


@pytest.mark.parametrize("seed", range(8))
def test_a_page_around_a_number_is_a_slice_with_it_in_its_midst(seed: int) -> None:
    chance = random.Random(seed)
    head, all_of_them = scattered(chance)
    for seq in range(head.seq + 3):
        limit = chance.randrange(1, 9)
        page = history.around(head, seq, limit)
        shown = seqs(page.messages)
        start = all_of_them.index(shown[0])
        assert shown == all_of_them[start : start + len(shown)]
        assert page.focus == next((other for other in all_of_them if other >= seq), all_of_them[-1])
        assert page.focus in shown
        assert page.more == (shown[0] != all_of_them[0])
        assert page.newer == (shown[-1] != all_of_them[-1])
        assert len(shown) == limit or not page.more
        if len(shown) == limit and page.newer:
            assert shown.index(page.focus) == limit // 2


def test_a_moment_leads_to_the_first_message_that_was_said_then_or_later() -> None:
    head, all_of_them = scattered(random.Random(5))
    begun = datetime(2026, 3, 1, tzinfo=UTC)
    for days, seq in enumerate(all_of_them):
        Message.objects.filter(room_id=head.id, seq=seq).update(at=begun + timedelta(days=days // 2))
    assert history.at(head, begun - timedelta(days=900), 5).focus == all_of_them[0]
    for days in range((len(all_of_them) + 1) // 2):
        for hours in (-5, 0):
            moment = begun + timedelta(days=days, hours=hours)
            assert history.at(head, moment, 5).focus == all_of_them[days * 2], moment
    assert history.at(head, begun + timedelta(days=900), 5).focus == all_of_them[-1]


def test_a_day_in_a_room_of_a_hundred_thousand_is_found_with_few_looks(
    lobby: history.Head, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20):
        history.at(replace(lobby, seq=100_000), datetime(2020, 1, 1, tzinfo=UTC), 50)


def test_a_room_that_nobody_spoke_in_has_no_past() -> None:
    head = history.head("new", "New")
    for page in (history.around(head, 5, 50), history.at(head, datetime(2026, 1, 1, tzinfo=UTC), 50)):
        assert (page.messages, page.more, page.newer, page.focus) == ([], False, False, 0)


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({}, [8, 9, 10]), ({"before": 4}, [1, 2, 3]), ({"after": 4}, [5, 6, 7]), ({"around": 4}, [3, 4, 5]),
        ({"at": datetime(2000, 1, 1, tzinfo=UTC)}, [1, 2]),
    ],
)  # fmt: skip
def test_a_command_asks_for_one_of_these_pages(lobby: history.Head, fields: dict[str, Any], shown: list[int]) -> None:
    assert seqs(history.asked(lobby, History(room="lobby", limit=3, **fields)).messages) == shown


def test_a_command_that_asks_for_two_pages_is_refused(lobby: history.Head) -> None:
    with pytest.raises(Refusal) as refused:
        history.asked(lobby, History(room="lobby", before=4, around=5))
    assert (refused.value.code, refused.value.field) == ("bad_frame", "around")


def test_since_brings_exactly_what_is_missing(lobby: history.Head) -> None:
    for since in range(11):
        assert seqs(history.since(lobby, since, 500)) == list(range(since + 1, 11))


def test_since_brings_nothing_newer_than_the_head_that_was_read(lobby: history.Head) -> None:
    say(ANA, "lobby", "later")
    journal.write([Rename(BEN, "Late")])
    assert changes(history.since(lobby, 8, 500)) == [("Message", 9), ("Message", 10)]


def test_too_much_is_none(lobby: history.Head) -> None:
    assert history.since(lobby, 0, 9) is None
    assert history.since(lobby, 0, 10) is not None
    journal.write([Rename(BEN, "B")])
    assert history.since(history.head("lobby"), 0, 10) is None


def test_a_name_changed_ten_times_comes_once(lobby: history.Head) -> None:
    for n in range(10):
        journal.write([Rename(BEN, f"Ben {n}")])
    say(ANA, "lobby", "after")
    documents = history.since(history.head("lobby"), 9, 500)
    assert changes(documents) == [("Message", 10), ("Member", 20), ("Message", 21)]
    member = documents[1]
    assert isinstance(member, Member)
    assert member.person.name == "Ben 9"


def test_every_message_bears_its_authors_present_name(lobby: history.Head) -> None:
    journal.write([Rename(BEN, "Benedict")])
    names = {m.author.name for m in history.page(lobby, 50).messages}
    assert names == {"Ana", "Benedict"}


def test_a_stored_message_is_the_event_that_was_announced(lobby: history.Head) -> None:
    (said,) = say(ANA, "lobby", "*same*")
    assert isinstance(said.message, MessageEvent)
    assert history.page(history.head("lobby"), 1).messages == [said.message]
    assert history.messages([said.message.id]) == [said.message]


def test_rooms_come_latest_first_with_what_is_unread(lobby: history.Head) -> None:
    say(ANA, "two", "x")
    say(BEN, "two", "y", "z")
    journal.write([ReadMark(ANA, "lobby", 10)])
    rooms = history.rooms_of([ANA.id, EVE.id], 50)
    assert [(r.room, r.unread, r.read, r.seq) for r in rooms[ANA.id]] == [("two", 2, 1, 3), ("lobby", 0, 10, 10)]
    assert [r.room for r in rooms[EVE.id]] == ["elsewhere"]
    assert len(history.rooms_of([ANA.id], 1)[ANA.id]) == 1


def test_a_new_name_is_not_an_unread_message(lobby: history.Head) -> None:
    journal.write([ReadMark(ANA, "lobby", 10), Rename(BEN, "B")])
    (room, *_) = history.rooms_of([ANA.id], 50)[ANA.id]
    assert (room.seq, room.ordinal, room.unread) == (11, 10, 0)
