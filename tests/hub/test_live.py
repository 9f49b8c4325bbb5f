"""Room → wires while people follow: order, gaps and how they are closed, and what happens when too much was missed."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import asdict

from hubbub import hub
from hubbub.errors import Goodbye
from hubbub.hub import Hub
from hubbub.protocol import Change, Frame, Member, Message, encode
from tests.hub.log import ANA, Ear, Log, join, message, rest, until


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
