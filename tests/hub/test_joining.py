"""Coming into a room: catch-up from what is kept or from the database, and the moments in between."""

from __future__ import annotations

import asyncio

import pytest
from django.db import DatabaseError
from django.test import override_settings
from msgspec.structs import asdict

from hubbub.hub import Hub
from hubbub.protocol import Change, encode
from tests.hub.log import Ear, Log, join, message, rest


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


def erased(seq: int, number: int) -> Change:
    """The deletion of the message that was born with `seq`."""
    return Change(**asdict(message(seq)) | {"changed": number, "message": "", "html": "", "deleted": True})


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
