"""Room → wires: order, gaps, catch-up, and the moments in between."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import override_settings
from msgspec.structs import asdict

from hubbub import history, hub
from hubbub.errors import Goodbye
from hubbub.history import Head, Page
from hubbub.hub import Hub
from hubbub.protocol import Change, Frame, Member, Message, PersonView, encode
from hubbub.wire import Burst, Wire

ANA = PersonView("a" * 32, "Ana", True)


class Ear(Wire):
    """A wire that keeps the numbers of the frames that it got, in order."""

    __slots__ = ("heard",)

    def __init__(self) -> None:
        super().__init__(1)
        self.heard: list[int] = []

    def deliver(self, burst: Burst) -> None:
        if self.closing is None:
            self.heard += [frame.number for frame in burst.frames]

    def goodbye(self, why: Goodbye, spread: float = 0.0) -> None:
        self.closing = why


class Log:
    """A room's log, and the reads that the hub makes of it. `hold` makes reads wait."""

    def __init__(self) -> None:
        self.numbers = 0
        self.renamed: dict[int, Member] = {}
        self.down = False
        self.gate = asyncio.Event()
        self.gate.set()
        self.reads: list[str] = []

    def say(self, times: int = 1) -> list[tuple[str, Frame]]:
        """Commit messages; their announcements."""
        said = range(self.numbers + 1, self.numbers + 1 + times)
        self.numbers += times
        return [("lobby", encode(message(number))) for number in said]

    async def read(self, function: Callable[..., Any], *args: Any) -> Any:
        self.reads.append(function.__name__)
        if self.down:
            raise DatabaseError("down")
        if function is history.head:
            answer: Any = self._head()
        elif function is history.heads:
            answer = [self._head()]
        elif function is history.since:
            head, since, limit = args
            documents = [message(number) for number in range(since + 1, head.seq + 1)]
            answer = None if len(documents) > limit else documents
        else:
            head, limit = args[:2]
            answer = Page(head, [message(n) for n in range(max(1, head.seq - limit + 1), head.seq + 1)], True)
        await self.gate.wait()
        return answer

    def _head(self) -> Head:
        return Head(1, "Lobby", "lobby", self.numbers, self.numbers)


def message(number: int) -> Message:
    return Message(
        room="lobby", seq=number, changed=number, ordinal=number, id=number, author=ANA, message="m", html="<p>m</p>",
        at="…", nonce=str(number),
    )  # fmt: skip


@pytest.fixture
def opened() -> list[tuple[str, bool]]:
    return []


@pytest.fixture
async def log() -> Log:
    return Log()


@pytest.fixture
async def room(log: Log, opened: list[tuple[str, bool]]) -> Hub:
    return Hub(log.read, lambda key, on: opened.append((key, on)))


async def join(room: Hub, ear: Ear, since: int | None = None, **named: Any) -> Any:
    """Join as a socket does: what the arrival holds is written before anything else."""
    arrival = await room.join(ear, "lobby", "Lobby", since, **named)
    ear.heard += [frame.number for frame in arrival.frames]
    return arrival


async def rest() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110  what is waited for is anything
            await asyncio.sleep(0.005)


async def test_what_is_said_goes_to_all_wires_in_order_and_joined(room: Hub, log: Log) -> None:
    ears = [Ear(), Ear()]
    for ear in ears:
        await join(room, ear)
    room.deliver(log.say(3))
    assert [ear.heard for ear in ears] == [[], []]
    await rest()
    assert [ear.heard for ear in ears] == [[1, 2, 3]] * 2


async def test_doubled_and_swapped_announcements_make_no_difference(room: Hub, log: Log) -> None:
    ear = Ear()
    await join(room, ear)
    said = log.say(4)
    for place in (1, 1, 0, 0, 3, 2, 3, 0):
        room.deliver([said[place]])
        await rest()
    assert ear.heard == [1, 2, 3, 4]
    assert "since" not in log.reads


async def test_a_lost_announcement_is_fetched_when_a_later_one_comes(room: Hub, log: Log) -> None:
    ear = Ear()
    await join(room, ear)
    said = log.say(5)
    room.deliver(said[3:])
    await until(lambda: ear.heard == [1, 2, 3, 4, 5])


async def test_a_lost_announcement_is_found_by_the_head_check(room: Hub, log: Log) -> None:
    ear = Ear()
    await join(room, ear)
    log.say(5)
    assert await room.check_heads() == 1
    await rest()
    assert ear.heard == [1, 2, 3, 4, 5]
    assert await room.check_heads() == 0


async def test_a_second_gap_that_opens_while_the_first_is_closed_is_closed_too(room: Hub, log: Log) -> None:
    """Without waiting for the next head check."""
    ear = Ear()
    await join(room, ear)
    room.deliver(log.say(2)[1:])
    log.gate.clear()
    await until(lambda: "head" in log.reads[1:])
    room.deliver(log.say(2)[1:])
    log.gate.set()
    await until(lambda: ear.heard == [1, 2, 3, 4])


async def test_a_gap_found_while_the_room_opens_is_closed(room: Hub, log: Log) -> None:
    """Without waiting for the next head check."""
    ear = Ear()
    log.gate.clear()
    joining = asyncio.create_task(join(room, ear))
    await rest()
    room.deliver(log.say(2)[1:])
    log.gate.set()
    await joining
    await until(lambda: ear.heard == [1, 2])


async def test_gaps_that_close_by_themselves_are_not_asked_of_the_database(room: Hub, log: Log) -> None:
    """Two nodes post in turn: at each, its own word is there a moment before the other's, all the time."""
    ear = Ear()
    await join(room, ear)
    log.reads.clear()
    others = log.say()
    for _ in range(40):
        room.deliver(log.say())  # ours, before the others' that has the number before it
        await asyncio.sleep(hub.REORDER_SECONDS / 5)
        later = log.say()
        room.deliver(log.say())  # there is always one that is missing
        room.deliver(others)
        others = later
    room.deliver(others)
    await rest()
    assert ear.heard == list(range(1, log.numbers + 1))
    assert log.reads == []


async def test_a_gap_is_closed_when_the_database_is_back(room: Hub, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    ear = Ear()
    await join(room, ear)
    log.down = True
    room.deliver(log.say(2)[1:])
    await asyncio.sleep(hub.REORDER_SECONDS * 2)
    assert ear.heard == []
    log.down = False
    await until(lambda: ear.heard == [1, 2])


async def test_who_joins_while_people_speak_misses_nothing_and_hears_nothing_twice(room: Hub, log: Log) -> None:
    first, second = Ear(), Ear()
    await join(room, first)
    room.deliver(log.say(3))
    log.gate.clear()
    joining = asyncio.create_task(join(room, second, since=0))
    for _ in range(5):
        await rest()
        room.deliver(log.say(2))
    log.gate.set()
    await joining
    room.deliver(log.say(1))
    await rest()
    assert first.heard == second.heard == list(range(1, 15))


async def test_the_last_frames_spare_the_database(room: Hub, log: Log) -> None:
    ear = Ear()
    await join(room, Ear())
    room.deliver(log.say(10))
    log.reads.clear()
    await join(room, ear, since=4)
    assert ear.heard == [5, 6, 7, 8, 9, 10]
    assert log.reads == []


async def test_who_is_behind_the_last_frames_gets_the_rest_from_the_database(room: Hub, log: Log) -> None:
    with override_settings(HUBBUB={"RECENT_FRAMES": 3}):
        await join(room, Ear())
        room.deliver(log.say(10))
        ear = Ear()
        await join(room, ear, since=2)
    assert ear.heard == list(range(3, 11))


async def test_who_is_too_far_behind_gets_a_page(room: Hub, log: Log) -> None:
    log.say(501)
    arrival = await join(room, Ear(), since=0)
    assert arrival.page is not None
    assert arrival.seq == 501
    assert (await join(room, Ear(), since=1)).page is None


async def test_who_is_ahead_of_the_database_gets_a_page(room: Hub, log: Log) -> None:
    log.say(3)
    assert (await join(room, Ear(), since=4)).page is not None


async def test_a_room_that_went_back_resets_who_comes(room: Hub, log: Log) -> None:
    log.say(9)
    ear = Ear()
    await join(room, ear)
    log.numbers = 4
    arrival = await join(room, Ear(), since=2)
    assert arrival.page is not None
    assert arrival.seq == 4


async def test_a_wire_that_joins_again_hears_nothing_live_meanwhile(room: Hub, log: Log) -> None:
    ear = Ear()
    with override_settings(HUBBUB={"RECENT_FRAMES": 1}):
        log.say(5)
        await join(room, Ear())
        await join(room, ear)
        log.gate.clear()
        joining = asyncio.create_task(room.join(ear, "lobby", "Lobby", 2))
        await rest()
        room.deliver(log.say(1))
        await rest()
        assert ear.heard == []
        log.gate.set()
        arrival = await joining
    assert [frame.number for frame in arrival.frames] == [3, 4, 5, 6]


async def test_a_room_that_nobody_follows_is_forgotten(room: Hub, log: Log, opened: list[tuple[str, bool]]) -> None:
    ear = Ear()
    await join(room, ear)
    room.leave(ear, "lobby")
    assert room.audiences == {}
    assert opened == [("lobby", True), ("lobby", False)]
    room.deliver(log.say(1))


async def test_a_room_that_cannot_be_read_is_refused_and_opens_later(
    room: Hub, log: Log, opened: list[tuple[str, bool]]
) -> None:
    log.down = True
    for _ in range(2):
        with pytest.raises(DatabaseError):
            await join(room, Ear())
    assert room.audiences == {}
    log.down = False
    ear = Ear()
    await join(room, ear)
    room.deliver(log.say(1))
    await rest()
    assert ear.heard == [1]
    assert opened[-1] == ("lobby", True)


async def test_who_waits_for_a_room_to_open_follows_it_though_the_opener_leaves(room: Hub, log: Log) -> None:
    """The opener joins and leaves in one turn; whoever waited must not end up in a room that the hub forgot."""
    opener, waiter = Ear(), Ear()

    async def join_and_leave() -> None:
        await join(room, opener)
        room.leave(opener, "lobby")

    log.gate.clear()
    leaving = asyncio.create_task(join_and_leave())
    await rest()
    waiting = asyncio.create_task(join(room, waiter))
    await rest()
    log.gate.set()
    await asyncio.gather(leaving, waiting)
    room.deliver(log.say(1))
    await rest()
    assert waiter.heard == [1]


async def test_a_plain_wire_gets_messages_and_nothing_else(room: Hub, log: Log) -> None:
    plain, full = Ear(), Ear()
    await join(room, plain, plain=True)
    await join(room, full)
    said = log.say(3)
    said[1] = ("lobby", encode(Member(room="lobby", changed=2, person=ANA)))
    room.deliver(said)
    room.tell("lobby", Frame(b'{"type":"typing"}'))
    await rest()
    assert plain.heard == [1, 3]
    assert full.heard == [1, 2, 3, 0]


async def test_what_was_kept_before_an_erasure_is_given_to_nobody_any_more(room: Hub, log: Log) -> None:
    await join(room, Ear())
    said = log.say(5)
    said[3] = ("lobby", encode(erased(2, 4)))
    room.deliver(said)
    assert [frame.number for frame in room.audiences["lobby"].recent] == [4, 5]
    late, later = Ear(), Ear()
    log.reads.clear()
    await join(room, late, since=3)
    assert (late.heard, log.reads) == ([4, 5], [])
    await join(room, later, since=1)
    assert later.heard[-3:] == [3, 4, 5]
    assert "since" in log.reads, "who was away before it is served from the database"


async def test_an_erasure_that_is_known_already_erases_nothing_again(room: Hub, log: Log) -> None:
    await join(room, Ear())
    said = log.say(3)
    said[0] = ("lobby", encode(erased(1, 1)))
    room.deliver(said)
    room.deliver(said[:1])
    assert [frame.number for frame in room.audiences["lobby"].recent] == [1, 2, 3]


async def test_a_plain_wire_hears_of_births_that_say_something(room: Hub, log: Log) -> None:
    plain = Ear()
    await join(room, plain, plain=True)
    said = log.say(4)
    said[1] = ("lobby", encode(Change(**asdict(message(1)) | {"changed": 2})))
    said[2] = ("lobby", encode(Message(**asdict(message(3)) | {"deleted": True})))
    room.deliver(said)
    await rest()
    assert plain.heard == [1, 4]


def erased(seq: int, number: int) -> Change:
    """The deletion of the message that was born with `seq`."""
    return Change(**asdict(message(seq)) | {"changed": number, "message": "", "html": "", "deleted": True})


async def test_when_a_node_missed_too_much_each_client_learns_of_it_at_once(room: Hub, log: Log) -> None:
    """G5: a hub that gives up must still make its clients come for what they lack, not wait for the next word."""
    ear = Ear()
    await join(room, ear)
    log.say(501)
    await room.check_heads()
    await rest()
    assert ear.closing is Goodbye.TOO_SLOW or ear.heard, "nothing tells this client that it misses 501 messages"


async def test_when_a_node_missed_too_much_a_plain_wire_is_sent_away_to_resume(room: Hub, log: Log) -> None:
    """A plain socket sees no numbers jump: going on would lose what lies between, in silence."""
    ear = Ear()
    await join(room, ear, plain=True)
    log.say(501)
    await room.check_heads()
    room.deliver(log.say(1))
    await rest()
    assert ear.closing is not None or ear.heard == list(range(1, 503))


async def test_after_giving_up_live_goes_on(room: Hub, log: Log) -> None:
    ear = Ear()
    await join(room, ear)
    log.say(501)
    await room.check_heads()
    room.deliver(log.say(1))
    await rest()
    assert ear.heard[-1:] == [502] or ear.closing is Goodbye.TOO_SLOW


async def test_what_is_held_back_has_a_bound(room: Hub, log: Log) -> None:
    await join(room, Ear())
    log.down = True
    room.deliver(log.say(2000)[1:])
    assert len(room.audiences["lobby"].held) <= 256


async def test_who_asked_where_the_room_stands_and_never_joins_leaves_nothing_behind(room: Hub, log: Log) -> None:
    ear = Ear()
    stood = await room.stand("lobby", "lobby")
    assert stood == log.numbers
    room.leave(ear, "lobby")
    assert not room.audiences


async def test_what_is_said_between_standing_and_joining_is_heard(room: Hub, log: Log) -> None:
    """A plain socket looks where the room stands before its client is let in, and joins from there."""
    stood = await room.stand("lobby", "Lobby")
    room.deliver(log.say(3))
    ear = Ear()
    await join(room, ear, stood, plain=True)
    room.deliver(log.say(1))
    await rest()
    assert ear.heard == [1, 2, 3, 4]
