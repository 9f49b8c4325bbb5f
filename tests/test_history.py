"""Pages and "since": the one read path."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub import history, journal
from hubbub.journal import ReadMark, Rename
from hubbub.protocol import Member, Message
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
    assert seqs(history.after(lobby, 4, 3).messages) == [5, 6, 7]


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
    assert isinstance(said.message, Message)
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
