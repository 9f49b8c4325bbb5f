"""Room → wires that only count: told in brief, gathered, in one frame for all; and where that begins and ends."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from django.db import DatabaseError

from hubbub import audience, opening
from hubbub.figures import figures
from hubbub.hub import Hub
from hubbub.wire import Burst
from tests.hub.log import Ear, Log, join, rest, until


class Reader(Ear):
    """A wire that keeps the events that it got."""

    __slots__ = ("events", "frames")

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[Any] = []
        self.events: list[dict[str, Any]] = []

    def deliver(self, burst: Burst) -> None:
        self.frames += burst.frames
        self.events += [msgspec.json.decode(frame.payload) for frame in burst.frames]

    @property
    def spans(self) -> list[tuple[int, int, int]]:
        """From where to where each headline goes, and how many messages it has."""
        return [(one["since"], one["seq"], len(one.get("said", ()))) for one in self.events]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audience, "BRIEF_SECONDS", 0.01)


async def follow(room: Hub, *readers: Reader) -> list[dict[str, Any]]:
    """Follow the lobby from afar; where that begins."""
    async with room.rooms.opened(["lobby"]) as (lobby,):
        return [msgspec.json.decode(lobby.follow_afar(reader).payload) for reader in readers]


async def test_all_who_only_count_get_the_same_frame_of_what_came_together(room: Hub, log: Log) -> None:
    log.say(3)
    readers = [Reader(), Reader()]
    assert [(one["since"], one["seq"], one["ordinal"]) for one in await follow(room, *readers)] == [(3, 3, 3)] * 2
    sent = figures.deliveries
    room.deliver(log.say(2))
    await rest()
    room.deliver(log.say(1))
    await until(lambda: readers[1].events)
    assert readers[0].spans == readers[1].spans == [(3, 6, 3)]
    assert readers[0].frames[0] is readers[1].frames[0]
    assert figures.deliveries == sent + 2
    room.deliver(log.say(1))
    await until(lambda: len(readers[0].events) == 2)
    assert readers[0].spans[1] == (6, 7, 1)


async def test_who_follows_the_room_gets_every_message_and_no_headline(room: Hub, log: Log) -> None:
    ear, reader = Ear(), Reader()
    await join(room, ear)
    await follow(room, reader)
    room.deliver(log.say(2))
    await until(lambda: reader.events)
    assert ear.heard == [1, 2]
    assert [one["type"] for one in reader.events] == ["headlines"]


async def test_nothing_is_kept_for_nobody(room: Hub, log: Log) -> None:
    await join(room, Ear())
    room.deliver(log.say(2))
    await rest()
    assert room.audiences["lobby"].unbriefed == []


async def test_who_joins_is_told_in_brief_no_more(room: Hub, log: Log) -> None:
    reader, other = Reader(), Reader()
    await follow(room, reader, other)
    await room.join(reader, "lobby", "Lobby", None)
    room.deliver(log.say(1))
    await until(lambda: other.events)
    assert [one["type"] for one in reader.events] == ["message"]


async def test_what_was_lost_is_told_when_it_is_found(room: Hub, log: Log) -> None:
    reader = Reader()
    await follow(room, reader)
    log.say(3)
    await room.check_heads()
    await until(lambda: reader.events)
    assert reader.spans == [(0, 3, 3)]


async def test_numbers_that_were_overtaken_leave_no_gap(room: Hub, log: Log) -> None:
    """A message that changed has the later number alone: the earlier one is nowhere to be read."""
    reader = Reader()
    await follow(room, reader)
    room.deliver(log.say(1))
    await until(lambda: reader.events)
    log.say(4)
    log.overtaken = {2, 3, 5}
    await room.check_heads()
    await until(lambda: len(reader.events) == 2)
    assert reader.spans == [(0, 1, 1), (1, 5, 1)]


async def test_too_much_to_be_told_is_a_gap_that_whoever_counts_can_see(
    room: Hub, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = Reader()
    await follow(room, reader)
    room.deliver(log.say(1))
    await rest()
    log.say(2000)
    await room.check_heads()
    await until(lambda: len(reader.events) == 2)
    assert reader.spans == [(0, 1, 1), (2000, 2001, 1)]


async def test_a_room_that_somebody_only_counts_is_open_until_they_leave(
    room: Hub, opened: list[tuple[str, bool]]
) -> None:
    reader = Reader()
    await follow(room, reader)
    assert opened == [("lobby", True)]
    room.leave_afar(reader, "lobby")
    assert opened == [("lobby", True), ("lobby", False)]
    assert not room.audiences


async def test_a_room_that_nobody_stayed_in_is_closed(room: Hub, opened: list[tuple[str, bool]]) -> None:
    async with room.rooms.opened(["lobby"]):
        assert opened == [("lobby", True)]
    assert not room.audiences


async def test_rooms_are_read_together(room: Hub, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "HEADS", 2)
    async with room.rooms.opened(["a", "b", "lobby"]) as rooms:
        assert [one.key for one in rooms] == ["a", "b", "lobby"]
        assert log.reads == ["heads"] * 2


async def test_what_is_said_while_a_room_is_opened_is_told(room: Hub, log: Log) -> None:
    reader = Reader()
    log.gate.clear()
    following = asyncio.create_task(follow(room, reader))
    await rest()
    room.deliver(log.say(1))
    log.gate.set()
    assert [(one["since"], one["seq"]) for one in await following] == [(1, 1)]


async def test_while_the_database_is_down_nothing_is_opened(
    room: Hub, log: Log, opened: list[tuple[str, bool]]
) -> None:
    log.down = True
    with pytest.raises(DatabaseError):
        await follow(room, Reader())
    assert not room.audiences
    assert opened == [("lobby", True), ("lobby", False)]
