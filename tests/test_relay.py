"""The line between workers and their supervisor, the relay, and the layer on top: bounded, and nobody waits."""

from __future__ import annotations

import asyncio
import socket
from typing import Any
from unittest.mock import Mock

import pytest
from channels.exceptions import ChannelFull
from hypothesis import given
from hypothesis import strategies as st

from hubbub.server.layer import WAITING_LIMIT, Groups
from hubbub.server.line import BACKLOG_BYTES, Line, Said
from hubbub.server.relay import Relay

SAID = st.builds(
    Said, st.sampled_from(["add", "discard", "send"]), st.text(st.characters(codec="utf-8")), st.binary(max_size=300)
)


class Ear:
    """One end of a line, with what it heard."""

    def __init__(self) -> None:
        self.heard: list[Said] = []
        self.lost = False
        self.line = Line(lambda _, said, __: self.heard.append(said), self._lost)

    def _lost(self, _: Line) -> None:
        self.lost = True


async def connected() -> tuple[Ear, Ear]:
    loop, ends = asyncio.get_running_loop(), (Ear(), Ear())
    for ear, end in zip(ends, socket.socketpair(), strict=True):
        await loop.create_unix_connection(lambda: ear.line, sock=end)  # noqa: B023
    return ends


async def until(true: Any) -> None:
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110  what is waited for is anything
            await asyncio.sleep(0.005)


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""

    def write(self, data: Any) -> None:
        self.written += data

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return False


@given(st.lists(SAID, max_size=8), st.data())
def test_messages_come_out_as_they_went_in_however_the_stream_is_cut(said: list[Said], data: st.DataObject) -> None:
    wire, sender, ear = Wire(), Ear(), Ear()
    sender.line.connection_made(wire)
    assert all(list(map(sender.line.say, said)))
    rest = wire.written
    while rest:
        cut = data.draw(st.integers(1, len(rest)))
        ear.line.data_received(rest[:cut])
        rest = rest[cut:]
    assert ear.heard == said


async def test_the_other_ends_going_is_noticed() -> None:
    one, two = await connected()
    one.line.close()
    await until(lambda: two.lost)
    assert not two.line.say(Said("ready"))


async def test_who_does_not_read_gets_no_more_than_fits() -> None:
    here, there = socket.socketpair()
    ear = Ear()
    await asyncio.get_running_loop().create_unix_connection(lambda: ear.line, sock=here)
    taken = 0
    while ear.line.say(Said("send", "room", bytes(65536))):
        taken += 65536
        assert taken < 2 * BACKLOG_BYTES, "it goes on and on"
    assert taken >= BACKLOG_BYTES
    there.close()


async def test_those_in_the_group_hear_and_the_sender_does_not() -> None:
    relay = Relay()
    ana, ben, cleo = Mock(), Mock(), Mock()
    for line in (ana, ben):
        relay.take(line, Said("add", "bridge"), b"")
    relay.take(cleo, Said("add", "attic"), b"")
    relay.take(ana, Said("send", "bridge", b"x"), b"raw")
    ben.pass_on.assert_called_once_with(b"raw")
    for other in (ana, cleo):
        other.pass_on.assert_not_called()
    relay.take(ben, Said("discard", "bridge"), b"")
    relay.take(ana, Said("send", "bridge", b"x"), b"raw")
    ben.pass_on.assert_called_once()


async def test_nothing_is_kept_of_those_who_have_gone() -> None:
    relay = Relay()
    ana = Mock()
    for group in ("bridge", "attic"):
        relay.take(ana, Said("add", group), b"")
    relay.forget(ana)
    assert relay._groups == {}


@pytest.fixture
async def groups() -> tuple[Groups, Any]:
    made, line = Groups(), Mock()
    line.say.return_value = True
    made.connect(line)
    made.open("here")
    return made, line


async def test_a_group_is_followed_once_and_left_with_its_last_channel(groups: Any) -> None:
    made, line = groups
    made.open("there")
    for channel in ("here", "there"):
        made.add("bridge", channel)
    for channel in ("here", "there"):
        made.discard("bridge", channel)
    assert [call.args[0] for call in line.say.call_args_list] == [Said("add", "bridge"), Said("discard", "bridge")]
    made.send("bridge", {"n": 1})
    assert made._channels["here"].empty()


async def test_what_is_said_is_heard_here_and_goes_to_the_others(groups: Any) -> None:
    made, line = groups
    made.add("bridge", "here")
    made.send("bridge", {"type": "hubbub.events", "frames": [[1, 1, b"payload"]]})
    assert (await made.next("here"))["frames"] == [[1, 1, b"payload"]]
    made.heard(line.say.call_args.args[0])
    assert (await made.next("here"))["frames"] == [[1, 1, b"payload"]], "another worker gets the very same"


async def test_what_does_not_fit_is_said_to_be_lost(groups: Any) -> None:
    made, line = groups
    line.say.return_value = False
    with pytest.raises(ChannelFull):
        made.send("bridge", {})


async def test_a_channel_that_nobody_reads_keeps_bounded_memory(groups: Any) -> None:
    made, _ = groups
    made.add("bridge", "here")
    for number in range(WAITING_LIMIT + 100):
        made.send("bridge", {"n": number})
    assert made._channels["here"].qsize() == WAITING_LIMIT


async def test_a_thread_with_a_loop_of_its_own_is_heard_too(groups: Any) -> None:
    made, line = groups
    made.add("bridge", "here")

    async def say() -> None:
        made.send("bridge", {"from": "a page"})

    await asyncio.to_thread(asyncio.run, say())
    assert await made.next("here") == {"from": "a page"}
    assert line.say.call_args.args[0].what == "send"
