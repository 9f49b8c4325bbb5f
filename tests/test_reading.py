"""How far people have read: the position moves as they want, all their windows are told, and counts stay true."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub import history
from hubbub.identity import Identity, of_user
from hubbub.journal import ReadAll, ReadMark, Rename, UnreadMark, write
from hubbub.models import Membership, Message, Person, Room
from hubbub.protocol import ReadUpTo
from tests.cast import ANA, BEN, EVE, draft, say, stored
from tests.people import A_SECOND, Browser, Talk, dial
from tests.servers import Server

pytestmark = pytest.mark.django_db(transaction=True)

ROOMS = ("one", "two")


def position(who: Identity, room: str) -> tuple[int, int]:
    """The (seq, ordinal) that somebody has read to, as it is stored."""
    member = Membership.objects.get(person_id=who.id, room__key=room)
    return member.read_seq, member.read_ordinal


# ── whatever people do ──


class Model:
    """What must be stored: the numbers of each room's messages and where each reader stands."""

    def __init__(self) -> None:
        self.seq = dict.fromkeys(ROOMS, 0)
        self.born: dict[str, list[int]] = {room: [] for room in ROOMS}
        self.read: dict[tuple[Any, str], int] = {}

    def count(self, room: str, seq: int) -> int:
        return sum(born <= seq for born in self.born[room])

    def say(self, who: Identity, room: str) -> None:
        self.seq[room] += 1
        self.born[room].append(self.seq[room])
        self.read[who.id, room] = self.seq[room]

    def rename(self, who: Identity) -> None:
        for room in ROOMS:
            if (who.id, room) in self.read:
                self.seq[room] += 1

    def mark(self, who: Identity, room: str, seq: int, *, back: bool) -> None:
        if self.seq[room]:
            seq = min(max(0, seq - 1) if back else seq, self.seq[room])
            self.read[who.id, room] = seq if back else max(seq, self.read.get((who.id, room), 0))

    def all(self, who: Identity) -> None:
        for room in ROOMS:
            known = self.read.get((who.id, room))
            if known is not None and self.count(room, known) < len(self.born[room]):
                self.read[who.id, room] = self.seq[room]


moves = st.lists(
    st.tuples(
        st.sampled_from(["say", "say", "rename", "read", "unread", "all"]),
        st.sampled_from([ANA, BEN]), st.sampled_from(ROOMS), st.integers(0, 12),
    ),
    max_size=25,
)  # fmt: skip


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(moves)
def test_positions_and_counts_are_what_the_moves_say(some: list[tuple[str, Identity, str, int]]) -> None:
    for rows in (Message, Membership, Room, Person):
        rows.objects.all().delete()  # type: ignore[attr-defined]  # each is a model
    model = Model()
    for who in (ANA, BEN):  # both are known from the start
        write([draft(who, "one", "hello")])
        model.say(who, "one")
    for move, who, room, number in some:
        before = dict(model.read)
        told: set[str] = set()
        match move:
            case "say":
                write([draft(who, room, "word")])
                model.say(who, room)
            case "rename":
                write([Rename(who, "Name")])
                model.rename(who)
            case "read":
                model.mark(who, room, number, back=False)
                told = check_told(model, who, write([ReadMark(who, room, number)]))
            case "unread":
                model.mark(who, room, number, back=True)
                told = check_told(model, who, write([UnreadMark(who, room, number)]))
            case "all":
                model.all(who)
                told = check_told(model, who, write([ReadAll(who)]))
        for (person, key), seq in model.read.items():
            member = Membership.objects.get(person_id=person, room__key=key)
            assert (member.read_seq, member.read_ordinal) == (seq, model.count(key, seq)), (move, who.name, room)
            assert move == "say" or before.get((person, key), 0) == seq or key in told, "a move that nobody was told of"
    views = history.rooms_of([ANA.id], 9)[ANA.id]
    assert {view.room: view.unread for view in views} == {
        key: len(model.born[key]) - model.count(key, seq) for (who, key), seq in model.read.items() if who == ANA.id
    }


def check_told(model: Model, who: Identity, outcomes: Any) -> set[str]:
    """Each position that is told is the one that is to be stored. The rooms that were told of."""
    reads = stored(outcomes[0]).reads
    for read in reads:
        seq = model.read.get((who.id, read.room), 0)  # a room that nobody has made is read up to its beginning
        unread = len(model.born[read.room]) - read.ordinal
        assert (read.seq, read.ordinal, read.unread) == (seq, model.count(read.room, seq), unread)
    return {read.room for read in reads}


# ── one by one ──


def test_unread_from_here_counts_that_message_and_all_after_it() -> None:
    say(ANA, "lobby", "mine")
    say(BEN, "lobby", "one", "two", "three")
    write([ReadMark(ANA, "lobby", 4)])
    (read,) = stored(write([UnreadMark(ANA, "lobby", 3)])[0]).reads
    assert read == ReadUpTo(room="lobby", seq=2, ordinal=2, unread=2, back=True, head=4)
    assert position(ANA, "lobby") == (2, 2)


def test_reading_goes_on_from_there() -> None:
    say(BEN, "lobby", "one", "two", "three")
    write([UnreadMark(BEN, "lobby", 1)])
    (read,) = stored(write([ReadMark(BEN, "lobby", 2)])[0]).reads
    assert (read.seq, read.unread, read.back) == (2, 1, False)


def test_nobody_elses_position_moves() -> None:
    say(ANA, "lobby", "a")
    say(BEN, "lobby", "b")
    before = position(BEN, "lobby")
    write([UnreadMark(ANA, "lobby", 1), ReadAll(ANA)])
    assert position(BEN, "lobby") == before


def test_all_is_read_in_the_rooms_one_is_in_and_in_no_other() -> None:
    say(ANA, "one", "a")
    say(ANA, "two", "a")
    say(ANA, "three", "a")
    say(BEN, "one", "b")
    say(BEN, "three", "b", "b")
    Membership.objects.filter(person_id=ANA.id, room__key="three").update(standing="banned")
    assert [read.room for read in stored(write([ReadAll(ANA)])[0]).reads] == ["one"]
    assert position(ANA, "one") == (2, 2)
    assert position(ANA, "three") == (1, 1)


def test_a_guest_who_never_spoke_is_not_made_a_person_by_reading() -> None:
    say(BEN, "lobby", "b")
    for change in (UnreadMark(EVE, "lobby", 1), ReadAll(EVE), ReadMark(EVE, "lobby", 1)):
        write([change])
    assert not Person.objects.filter(id=EVE.id).exists()


def test_an_account_may_read_before_it_ever_spoke() -> None:
    say(BEN, "lobby", "b", "b")
    who = of_user(User.objects.create_user("cleo"))
    (read,) = stored(write([UnreadMark(who, "lobby", 2)])[0]).reads
    assert read.unread == 1
    assert Membership.objects.get(person__user__username="cleo").read_seq == 1


# ── the forms ──


@pytest.fixture
def ben() -> Client:
    """A browser signed in as ben."""
    client = Client()
    client.force_login(User.objects.create_user("ben", password="x"))
    return client


def test_unread_from_here_is_a_form(ben: Client) -> None:
    ben.post("/chat/lobby/", {"message": "mine"})
    say(ANA, "lobby", "one", "two")
    ben.post("/chat/lobby/", {"read": "3"})
    response = ben.post("/chat/lobby/", {"unread": "2"})
    assert (response.status_code, response["Location"]) == (303, "/chat/lobby/")
    assert Membership.objects.get(person__user__username="ben").read_seq == 1


def test_the_page_of_a_message_has_that_form(ben: Client) -> None:
    said = say(ANA, "lobby", "one", "two")
    assert said[1].message
    page = ben.get(reverse("hubbub:deeds", args=[said[1].message.id]))
    assert re.search(r'action="/chat/lobby/">.*?name="unread" value="2"', page.content.decode())


@pytest.mark.parametrize("seq", ["", "x", "-1", "99999999999999999999"])
def test_a_number_that_is_none_moves_nothing(ben: Client, seq: str) -> None:
    ben.post("/chat/lobby/", {"message": "mine"})
    assert ben.post("/chat/lobby/", {"unread": seq}).status_code == 303
    assert Membership.objects.get(person__user__username="ben").read_seq == 1


def test_all_is_read_by_a_form_that_leads_back(ben: Client) -> None:
    ben.post("/chat/lobby/", {"message": "mine"})
    say(ANA, "lobby", "one", "two")
    response = ben.post("/chat/-/read/", {"next": "/chat/lobby/"})
    assert (response.status_code, response["Location"]) == (303, "/chat/lobby/")
    assert ben.post("/chat/-/read/", {"next": "https://example.org/"})["Location"] == "/chat/"
    assert Membership.objects.get(person__user__username="ben").read_seq == 3
    assert ben.get("/chat/-/read/").status_code == 405


# ── other windows ──


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("reading") / "data", HUBBUB_RATE_LIMITS="off").start()
    yield server
    server.kill()


async def two_windows(server: Server, room: str) -> tuple[Browser, Talk, Talk, Talk]:
    """Ana with a page and two sockets, and Ben; each has said a word in the room, Ben the last."""
    browser = Browser(server)
    browser.get(f"/chat/{room}/")
    desk, phone, ben = await dial(server, browser=browser), await dial(server, browser=browser), await dial(server)
    await desk.post(room, "mine")
    for word in ("one", "two", "three"):
        await ben.post(room, word)
    return browser, desk, phone, ben


async def test_other_windows_hear_of_it_within_a_second(server: Server) -> None:
    _, desk, phone, ben = await two_windows(server, "lobby")
    await desk.say(type="read", room="lobby", seq=4)
    assert (await phone.until("read", seconds=A_SECOND))["unread"] == 0
    await desk.say(type="unread", room="lobby", seq=3, ref="u")
    assert (await desk.until("ok", ref="u"))["ref"] == "u"
    told = {"type": "read", "room": "lobby", "seq": 2, "ordinal": 2, "unread": 2, "back": True, "head": 4}
    assert await phone.until("read", seconds=A_SECOND) == told
    await desk.say(type="read_all", ref="a")
    await desk.until("ok", ref="a")
    assert (await phone.until("read", seconds=A_SECOND))["unread"] == 0
    assert not [frame for frame in ben.frames if frame["type"] == "read" and frame["room"] != "lobby"]
    for socket in (desk, phone, ben):
        await socket.close()


async def test_what_a_page_marks_is_told_to_the_sockets(server: Server) -> None:
    browser, desk, phone, ben = await two_windows(server, "attic")
    await asyncio.to_thread(browser.get, "/chat/attic/")
    await asyncio.to_thread(browser.post, "/chat/attic/", unread="3")
    assert (await phone.until("read", seconds=A_SECOND, back=True))["unread"] == 2
    await asyncio.to_thread(browser.get, "/chat/attic/")
    await asyncio.to_thread(browser.post, "/chat/-/read/")
    assert (await phone.until("read", seconds=A_SECOND, room="attic", unread=0))["seq"] == 4
    for socket in (desk, phone, ben):
        await socket.close()
