"""Who is here and who types."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import override_settings

from hubbub import presence as module
from hubbub.presence import Presence
from hubbub.protocol import Frame, PersonView


def person(name: str, guest: bool = True) -> PersonView:
    return PersonView(name.ljust(32, "0"), name, guest)


ANA, BEN = person("ana"), person("ben")


class Node:
    """A node with what it told its wires and what it said to others."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.told: list[dict[str, Any]] = []
        self.said: list[dict[str, Any]] = []
        self.presence = Presence(self._tell, self._say)

    def _tell(self, key: str, frame: Frame) -> None:
        self.told.append(json.loads(frame.payload))

    def _say(self, group: str, message: dict[str, Any]) -> None:
        self.said.append({**message, "node": self.name})

    def tick(self) -> list[dict[str, Any]]:
        """A second passes; what its wires were told."""
        self.told.clear()
        self.presence.tick()
        return self.told

    def hear(self, other: Node) -> None:
        """Everything that another node said arrives."""
        for message in other.said:
            self.presence.heard(message)
        other.said.clear()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(module.time, "monotonic", lambda: clock.now)
    return clock


@pytest.fixture
def one() -> Node:
    return Node("one")


@pytest.fixture
def two() -> Node:
    return Node("two")


def names(node: Node) -> list[str]:
    return [p.name for p in node.presence.here("lobby").people]


def test_who_comes_is_told_at_the_next_tick_and_only_then(one: Node) -> None:
    one.presence.enter("lobby", ANA)
    one.presence.enter("lobby", BEN)
    assert [frame["count"] for frame in one.tick()] == [2]
    assert one.tick() == []


def test_a_person_with_two_windows_is_one_until_both_are_closed(one: Node) -> None:
    one.presence.enter("lobby", ANA)
    one.presence.enter("lobby", ANA)
    assert one.presence.count("lobby") == 1
    one.presence.leave("lobby", ANA)
    assert one.presence.count("lobby") == 1
    one.presence.leave("lobby", ANA)
    assert one.presence.count("lobby") == 0


def test_who_leaves_twice_does_no_harm(one: Node) -> None:
    one.presence.leave("lobby", ANA)
    one.presence.enter("lobby", BEN)
    one.presence.leave("lobby", ANA)
    assert names(one) == ["ben"]


def test_people_of_another_node_are_here_too_and_nobody_counts_twice(one: Node, two: Node) -> None:
    one.presence.enter("lobby", ANA)
    two.presence.enter("lobby", ANA)
    two.presence.enter("lobby", BEN)
    two.tick()
    one.hear(two)
    assert (one.presence.count("lobby"), names(one)) == (2, ["ana", "ben"])


def test_a_node_that_falls_silent_is_forgotten_after_45_seconds(clock: SimpleNamespace, one: Node, two: Node) -> None:
    two.presence.enter("lobby", BEN)
    one.presence.enter("lobby", ANA)
    two.tick()
    one.hear(two)
    for _ in range(45):
        clock.now += 1
        one.tick()
    assert names(one) == ["ana", "ben"]
    clock.now += 1
    assert [frame["count"] for frame in one.tick()] == [1]
    assert names(one) == ["ana"]


def test_a_node_that_goes_on_talking_is_remembered(clock: SimpleNamespace, one: Node, two: Node) -> None:
    two.presence.enter("lobby", BEN)
    one.presence.enter("lobby", ANA)
    for _ in range(200):
        clock.now += 1
        two.tick()
        one.hear(two)
        one.tick()
    assert names(one) == ["ana", "ben"]
    assert one.told == []


def test_who_left_on_another_node_is_gone(one: Node, two: Node) -> None:
    two.presence.enter("lobby", BEN)
    two.tick()
    one.hear(two)
    two.presence.leave("lobby", BEN)
    two.tick()
    one.hear(two)
    assert one.presence.count("lobby") == 0


def test_a_new_name_shows(one: Node) -> None:
    one.presence.enter("lobby", ANA)
    one.tick()
    one.presence.rename(PersonView(ANA.id, "Queen", True))
    assert [p["name"] for p in one.tick()[0]["people"]] == ["Queen"]
    one.presence.leave("lobby", ANA)
    assert one.presence.count("lobby") == 0


def test_members_come_before_guests(one: Node) -> None:
    for who in (person("zoe", guest=False), ANA, BEN):
        one.presence.enter("lobby", who)
    assert names(one) == ["zoe", "ana", "ben"]


def test_fifty_are_named_and_in_large_rooms_nobody_is(one: Node) -> None:
    for number in range(200):
        one.presence.enter("lobby", person(f"p{number:03}"))
    here = one.presence.here("lobby")
    assert (here.count, len(here.people)) == (200, 50)
    one.presence.enter("lobby", ANA)
    assert "people" not in json.loads(json.dumps(one.tick()[0]))
    assert one.told[0]["count"] == 201


def test_typing_is_told_here_and_elsewhere(one: Node, two: Node) -> None:
    two.presence.enter("lobby", BEN)
    one.presence.typing("lobby", ANA)
    two.hear(one)
    assert (
        one.told
        == two.told
        == [{"type": "typing", "room": "lobby", "person": {"id": ANA.id, "name": "ana", "guest": True}}]
    )


def test_typing_is_not_told_in_large_rooms(one: Node) -> None:
    with override_settings(HUBBUB={"PRESENCE_LIMIT": 1}):
        one.presence.enter("lobby", ANA)
        one.presence.typing("lobby", ANA)
        one.presence.enter("lobby", BEN)
        one.presence.typing("lobby", ANA)
    assert len(one.told) == 1


def test_nothing_is_kept_of_rooms_that_are_empty(clock: SimpleNamespace, one: Node, two: Node) -> None:
    two.presence.enter("lobby", BEN)
    two.tick()
    one.hear(two)
    one.presence.enter("lobby", ANA)
    one.presence.leave("lobby", ANA)
    clock.now += 46
    one.tick()
    assert (one.presence._mine, one.presence._theirs, one.presence._dirty) == ({}, {}, set())
