"""To the other nodes, through a layer that may be absent, down, slow or forgetful."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from hubbub import announce
from hubbub.announce import Announcer, event_messages, frames_of, joining_layer, room_group
from hubbub.protocol import Frame

LOBBY = room_group("lobby")


class Layer(InMemoryChannelLayer):
    """A layer that joins the announcers of a test, and fails when told to."""

    down = False
    silent = False
    pause = 0.0

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await asyncio.sleep(self.pause)
        if self.down:
            raise ConnectionError("down")
        if not self.silent:
            await super().group_send(group, message)


@pytest.fixture
async def layer(monkeypatch: pytest.MonkeyPatch) -> Layer:
    layer = Layer()
    monkeypatch.setattr(announce, "own_layer", lambda: layer)
    return layer


@pytest.fixture
def quick_beats(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hubbub.layer.BEAT_SECONDS", 0.05)


class Ear(list[dict[str, Any]]):
    """What a node heard, and how often it was unsure."""

    unsure = 0

    def doubt(self) -> None:
        self.unsure += 1


@pytest.fixture
async def nodes(layer: Layer, quick_beats: None) -> AsyncIterator[list[tuple[Announcer, Ear]]]:
    """Two nodes that listen, with what they heard."""
    nodes = []
    for _ in range(2):
        heard = Ear()
        announcer = Announcer(heard.append, heard.doubt)
        announcer.start()
        nodes.append((announcer, heard))
    await until(lambda: all(node.latency for node, _ in nodes) and len(layer.groups.get(announce.NODES, {})) == 2)
    yield nodes
    for node, _ in nodes:
        node.stop()


async def until(true: Callable[[], Any]) -> None:
    async with asyncio.timeout(5):
        while not true():  # noqa: ASYNC110  what is waited for is anything
            await asyncio.sleep(0.005)


def frames(*numbers: int) -> list[tuple[str, Frame]]:
    return [("lobby", Frame(b'{"n":%d}' % number, number, number)) for number in numbers]


@given(st.text(max_size=64))
def test_a_group_has_a_name_that_channels_takes(key: str) -> None:
    if not any("\ud800" <= c <= "\udfff" for c in key):
        assert InMemoryChannelLayer().require_valid_group_name(room_group(key))


def test_announcements_come_out_as_they_went_in() -> None:
    said = [*frames(1, 2), ("other", Frame(b"{}", 9, 0)), *frames(3)]
    messages = event_messages("one", said)
    assert [group for group, _ in messages] == [LOBBY, room_group("other")]
    out = [(key, f.number, f.ordinal, f.payload) for _, m in messages for key, f in frames_of(m)]
    assert sorted(out) == sorted((key, f.number, f.ordinal, f.payload) for key, f in said)
    assert [number for key, number, *_ in out if key == "lobby"] == [1, 2, 3]


def test_a_layer_that_only_lives_in_this_process_joins_nothing() -> None:
    with override_settings(CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}):
        assert joining_layer() is None
    with override_settings(CHANNEL_LAYERS={}):
        assert joining_layer() is None


async def test_without_a_layer_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announce, "own_layer", lambda: None)
    alone = Announcer(lambda message: None)
    alone.start()
    alone.announce(frames(1))
    alone.follow("lobby", True)
    alone.stop()
    assert alone.healthy
    assert not alone._waiting._frames


async def test_the_other_node_hears_what_it_follows_and_the_sender_does_not(nodes: Any, layer: Layer) -> None:
    (one, own), (two, heard) = nodes
    for node in (one, two):
        node.follow("lobby", True)
    await until(lambda: len(layer.groups.get(LOBBY, {})) == 2)
    one.announce(frames(1, 2))
    one.announce([("elsewhere", Frame(b"{}", 1))])
    one.announce(frames(3))
    await until(lambda: sum(len(frames_of(message)) for message in heard) == 3)
    assert [f.number for message in heard for _, f in frames_of(message)] == [1, 2, 3]
    assert own == []


async def test_who_leaves_a_room_hears_no_more_of_it(nodes: Any, layer: Layer) -> None:
    (one, _), (two, heard) = nodes
    two.follow("lobby", True)
    await until(lambda: LOBBY in layer.groups)
    two.follow("lobby", False)
    await until(lambda: not layer.groups.get(LOBBY))
    one.announce(frames(1))
    one.say(announce.NODES, {"type": "hubbub.end", "who": {}})
    await until(lambda: heard)
    assert [message["type"] for message in heard] == ["hubbub.end"]


async def test_who_leaves_and_comes_back_at_once_still_hears(nodes: Any, layer: Layer) -> None:
    (one, _), (two, heard) = nodes
    for on in (True, False, True):
        two.follow("lobby", on)
    await until(lambda: layer.groups.get(LOBBY))
    one.announce(frames(1))
    await until(lambda: heard)


async def test_a_layer_that_is_down_stops_nothing_and_is_used_again(nodes: Any, layer: Layer) -> None:
    (one, _), (two, heard) = nodes
    two.follow("lobby", True)
    await until(lambda: LOBBY in layer.groups)
    layer.down = True
    one.announce(frames(1))
    await until(lambda: not one.healthy and not two.healthy)
    doubts = heard.unsure
    layer.down = False
    await until(lambda: one.healthy and two.healthy)
    one.announce(frames(2))
    await until(lambda: heard)
    assert [f.number for message in heard for _, f in frames_of(message)] == [2]
    assert heard.unsure > doubts, "what was lost is looked for"


async def test_a_layer_that_swallows_everything_is_found_out_by_the_beat_that_does_not_come_back(
    nodes: Any, layer: Layer
) -> None:
    (one, _), (two, heard) = nodes
    layer.silent = True
    await until(lambda: not one.healthy and not two.healthy)
    assert heard.unsure
    layer.silent = False
    await until(lambda: one.healthy and two.healthy)


async def test_a_beat_that_is_lost_among_others_makes_the_node_look(nodes: Any, layer: Layer) -> None:
    (one, heard), _ = nodes
    assert not heard.unsure
    layer.silent = True
    await asyncio.sleep(0.06)
    layer.silent = False
    await until(lambda: heard.unsure)
    assert one.healthy


async def test_it_knows_how_long_the_layer_takes(nodes: Any, layer: Layer) -> None:
    (one, _), _ = nodes
    assert one.latency < 0.04
    layer.pause = 0.05
    await until(lambda: one.latency >= 0.05)


async def test_what_a_slow_layer_has_not_taken_is_joined_per_room(nodes: Any, layer: Layer) -> None:
    (one, _), (two, heard) = nodes
    two.follow("lobby", True)
    await until(lambda: LOBBY in layer.groups)
    layer.pause = 0.1
    for number in range(1, 101):
        one.announce(frames(number))
        await asyncio.sleep(0.001)
    await until(lambda: sum(len(frames_of(message)) for message in heard) == 100)
    assert [f.number for message in heard for _, f in frames_of(message)] == list(range(1, 101))
    assert len(heard) < 20


async def test_a_layer_that_hangs_delays_no_commit_and_keeps_bounded_memory(
    nodes: Any, layer: Layer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announce, "WAITING_BYTES", 1000)
    (one, _), _ = nodes
    layer.pause = 3600
    for number in range(1000):
        one.announce(frames(number))
    for _ in range(11_000):
        one.say(LOBBY, {"type": "hubbub.here"})
    assert one._waiting._bytes < 1100
    assert len(one._waiting._words) < 10_002
    assert not one.healthy


async def test_what_has_waited_too_long_is_not_said_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announce, "STALE_SECONDS", 0.05)
    waiting = announce._Waiting()
    waiting.add_frames(frames(*range(1, 1000)))
    waiting.add_word(LOBBY, {"type": "hubbub.here"})
    waiting.add_group(LOBBY)
    await asyncio.sleep(0.06)
    assert await waiting.take() == ([LOBBY], [], [])
    waiting.add_frames(frames(1000))
    _, _, taken = await waiting.take()
    assert [frame.number for _, frame in taken] == [1000]


async def test_rooms_that_were_followed_while_the_layer_was_down_are_followed_when_it_is_back(
    nodes: Any, layer: Layer
) -> None:
    (one, _), (two, heard) = nodes
    layer.down = True
    await until(lambda: not two.healthy)
    layer.groups.clear()
    two.follow("lobby", True)
    layer.down = False
    await until(lambda: one.healthy and two.healthy)
    one.announce(frames(7))
    await until(lambda: heard)


async def test_a_node_that_leaves_has_said_everything(nodes: Any, layer: Layer) -> None:
    (one, _), (two, heard) = nodes
    two.follow("lobby", True)
    await until(lambda: LOBBY in layer.groups)
    layer.pause = 0.02
    one.announce(frames(1))
    one.say(LOBBY, {"type": "hubbub.here"})
    await one.said(5)
    await until(lambda: len(heard) == 2)


async def test_rubbish_in_the_layer_ends_nobody(layer: Layer) -> None:
    def picky(message: dict[str, Any]) -> None:
        heard.append(message)
        raise KeyError("room")

    heard: list[dict[str, Any]] = []
    node = Announcer(picky)
    node.start()
    await until(lambda: announce.NODES in layer.groups)
    for _ in range(3):
        await layer.group_send(announce.NODES, {"type": "nonsense"})
    await until(lambda: len(heard) == 3)
    node.stop()
