"""What people do at other nodes counts here: first word by word, then with two nodes on real Redis."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from hubbub import elsewhere as module
from hubbub.elsewhere import Elsewhere
from hubbub.errors import Goodbye
from hubbub.rates import Rates
from tests.test_rates import refusal

pytestmark = pytest.mark.stack("sqlite", "it asks no database and no layer")

ANA, BEN = uuid.UUID(int=0xA), uuid.UUID(int=0xB)


class Layer:
    """Nodes that hear each other at once, unless what is said gets lost."""

    def __init__(self) -> None:
        self.nodes: dict[str, Elsewhere] = {}
        self.lost: Callable[[dict[str, Any]], bool] = lambda message: False
        self.said: list[dict[str, Any]] = []

    def node(self, name: str) -> tuple[Rates, Elsewhere]:
        rates = Rates()

        def say(group: str, message: dict[str, Any]) -> None:
            self.said.append(message)
            for other, ear in self.nodes.items():
                if other != name and not self.lost(message):
                    ear.heard({**message, "node": name})

        self.nodes[name] = Elsewhere(rates, name, say)
        self.nodes[name].start()
        return rates, self.nodes[name]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that stands still until `clock.now` is moved."""
    clock = SimpleNamespace(now=1000.0)
    monkeypatch.setattr(module.time, "monotonic", lambda: clock.now)
    return clock


@pytest.fixture
def layer(clock: SimpleNamespace) -> Layer:
    return Layer()


def taken_by(rates: Rates, who: uuid.UUID, address: str = "here", at_most: int = 2000) -> int:
    """How many posts are let through before the first that is not."""
    for number in range(at_most):
        if refusal(rates, who, address) is not None:  # type: ignore[arg-type]  # any key will do
            return number
    return at_most


def opened(rates: Rates, who: uuid.UUID, address: str, count: int) -> int:
    return sum(rates.open_socket(who, address) for _ in range(count))


# ── rates ───────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_taken_there_is_not_there_to_be_taken_here(layer: Layer) -> None:
    (north, north_word), (south, _) = layer.node("north"), layer.node("south")
    for _ in range(15):
        assert refusal(north, ANA, "here") is None  # type: ignore[arg-type]  # any key will do
    north_word.tick()
    assert taken_by(south, ANA) == 5
    assert taken_by(south, BEN, "elsewhere") == 20, "nobody else pays"


def test_who_takes_everything_at_both_nodes_pays_it_back(layer: Layer, clock: SimpleNamespace) -> None:
    nodes = [layer.node(name) for name in ("north", "south")]
    taken = 0
    for _ in range(600):
        taken += sum(taken_by(rates, ANA) for rates, _ in nodes)
        for _, word in nodes:
            word.tick()
        clock.now += 0.5
    # 200 saved, 200 a minute for five minutes, and once too much: what one node gives in half a second.
    assert 1100 <= taken <= 200 + 1000 + 60


def test_new_names_are_counted_together_too(layer: Layer) -> None:
    (north, north_word), (south, _) = layer.node("north"), layer.node("south")
    for _ in range(10):
        north.check_rename(ANA)
    north_word.tick()
    with pytest.raises(Exception, match="too fast"):
        south.check_rename(ANA)


def test_an_address_has_one_budget_too(layer: Layer) -> None:
    (north, north_word), (south, _) = layer.node("north"), layer.node("south")
    posted = 0
    while refusal(north, uuid.uuid4(), "cafe") is None:  # type: ignore[arg-type]  # any key will do
        posted += 1
    north_word.tick()
    assert posted == 1000
    assert refusal(south, uuid.uuid4(), "cafe") is not None  # type: ignore[arg-type]  # any key will do
    assert refusal(south, uuid.uuid4(), "home") is None  # type: ignore[arg-type]  # any key will do


def test_a_debt_has_a_bound(layer: Layer, clock: SimpleNamespace) -> None:
    """Whatever the layer says, a minute of waiting is the most that it can cost somebody, and that twice."""
    rates, word = layer.node("north")
    word.heard(told(taken=[("person", ANA.hex, 1_000_000)]))
    refused = refusal(rates, ANA, "here")  # type: ignore[arg-type]  # any key will do
    assert refused is not None
    clock.now += 61
    assert refusal(rates, ANA, "here") is None  # type: ignore[arg-type]  # any key will do


def test_nothing_is_said_when_there_is_nothing_new(layer: Layer, clock: SimpleNamespace) -> None:
    _, word = layer.node("north")
    word.tick()
    layer.said.clear()
    for _ in range(9):
        clock.now += 0.5
        word.tick()
    assert layer.said == []
    clock.now += 1
    word.tick()
    assert [message["type"] for message in layer.said] == ["hubbub.rates"], "a sign of life every five seconds"


def test_without_other_nodes_nothing_is_kept_for_them() -> None:
    rates = Rates()
    taken_by(rates, ANA)
    opened(rates, ANA, "here", 5)
    assert rates.news() == ({}, {})


# ── sockets ─────────────────────────────────────────────────────────────────────────────────────────


def test_sockets_at_all_nodes_are_counted_together(layer: Layer) -> None:
    (north, north_word), (south, south_word) = layer.node("north"), layer.node("south")
    assert opened(north, ANA, "here", 6) == 6
    north_word.tick()
    assert opened(south, ANA, "there", 10) == 4
    south_word.tick()
    assert opened(north, ANA, "here", 1) == 0
    north.close_socket(ANA, "here")
    north_word.tick()
    assert opened(south, ANA, "there", 2) == 1
    assert opened(south, BEN, "there", 10) == 10


def test_who_has_too_many_elsewhere_may_come_back_by_themself(layer: Layer) -> None:
    """They may just have come over from a node that ended and is still counted."""
    (north, north_word), (south, _) = layer.node("north"), layer.node("south")
    opened(north, ANA, "here", 10)
    assert north.turned_away(ANA, "here") == Goodbye.FLOODING
    north_word.tick()
    assert south.turned_away(ANA, "here") == Goodbye.TRY_LATER


def test_a_node_that_came_later_is_told_everything(layer: Layer) -> None:
    north, north_word = layer.node("north")
    opened(north, ANA, "here", 10)
    north_word.tick()
    south, _ = layer.node("south")
    north_word.tick()
    assert opened(south, ANA, "here", 1) == 0


def test_what_got_lost_is_asked_for(layer: Layer) -> None:
    (north, north_word), (south, _) = layer.node("north"), layer.node("south")
    opened(north, ANA, "here", 10)
    layer.lost = lambda message: True
    north_word.tick()
    layer.lost = lambda message: False
    opened(north, BEN, "there", 1)
    north_word.tick()
    assert opened(south, ANA, "here", 1) == 1, "not known yet"
    south.close_socket(ANA, "here")
    north_word.tick()
    assert opened(south, ANA, "here", 1) == 0


def test_the_sockets_of_a_silent_node_are_forgotten(layer: Layer, clock: SimpleNamespace) -> None:
    (north, north_word), (south, south_word) = layer.node("north"), layer.node("south")
    opened(north, ANA, "here", 10)
    north_word.tick()
    for _ in range(29):
        clock.now += 0.5
        south_word.tick()
    assert opened(south, ANA, "here", 1) == 0
    clock.now += 1.0
    south_word.tick()
    assert opened(south, ANA, "here", 1) == 1
    clock.now += 5
    north_word.tick()  # it was only frozen
    south_word.tick()
    north_word.tick()
    assert opened(south, ANA, "here", 1) == 0


def test_the_sockets_of_a_node_that_leaves_are_forgotten_at_once(layer: Layer) -> None:
    (north, north_word), (south, _) = layer.node("north"), layer.node("south")
    opened(north, ANA, "here", 10)
    north_word.tick()
    north_word.leave()
    north.close_socket(ANA, "here")  # they close one by one, and nine are not news any more
    north_word.tick()
    assert opened(south, ANA, "here", 10) == 10


def test_while_the_layer_is_down_little_is_said_and_everything_after(layer: Layer, clock: SimpleNamespace) -> None:
    (north, north_word), (south, _) = layer.node("north"), layer.node("south")
    north_word.tick()
    layer.said.clear()
    layer.lost = lambda message: True
    opened(north, ANA, "here", 10)
    for _ in range(40):
        clock.now += 0.5
        north_word.tick(connected=False)
    assert len(layer.said) <= 5
    layer.lost = lambda message: False
    opened(north, BEN, "here", 1)
    north_word.tick()
    north_word.tick()
    assert opened(south, ANA, "here", 1) == 0


def test_a_crowd_is_told_in_pieces(layer: Layer) -> None:
    (north, north_word), (_, south_word) = layer.node("north"), layer.node("south")
    for number in range(5000):
        north.open_socket(uuid.UUID(int=number), str(number))
    layer.said.clear()
    north_word.tick()
    assert len(layer.said) == 5
    assert max(len(message["sockets"]) for message in layer.said) == module.ENTRIES
    assert len(south_word._sockets) == 10_000
    north_word.leave()
    assert not south_word._sockets


# ── rubbish ─────────────────────────────────────────────────────────────────────────────────────────


def told(**fields: Any) -> dict[str, Any]:
    return {"type": "hubbub.rates", "node": "x", "number": 1, "whole": False, "taken": [], "sockets": [], **fields}


ANYTHING: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 10**30, 0.5, float("nan"), "", "x", "x" * 99, "person", "address", ANA.hex, [], [[]], {}]
)  # fmt: skip


@limits(deadline=None)
@given(
    st.fixed_dictionaries({"type": st.sampled_from(["hubbub.rates", "hubbub.rates.ask"])}, optional={
        "node": ANYTHING, "number": ANYTHING, "whole": ANYTHING, "of": ANYTHING, "taken": ANYTHING | st.lists(ANYTHING),
        "sockets": ANYTHING | st.lists(st.tuples(ANYTHING, ANYTHING, ANYTHING)),
    })
)  # fmt: skip
def test_whatever_stands_in_the_layer_it_goes_on(message: dict[str, Any]) -> None:
    word = Elsewhere(Rates(), "north", lambda group, message: None)
    word.start()
    word.heard(message)
    word.tick()
    assert all(count > 0 for count in word._sockets.values())


@pytest.mark.parametrize(
    "entry",
    [
        ("person", "ana", 10), ("person", ANA.hex, -10), ("person", ANA.hex, "10"), ("person", ANA.hex, 10.5),
        ("robot", ANA.hex, 10), ("address", "x" * 65, 10), ("person", ANA.hex), "person", None,
        ("person", ANA.hex, 1e9),
    ],
)  # fmt: skip
def test_an_entry_that_we_would_not_tell_is_left_out(layer: Layer, entry: Any) -> None:
    rates, word = layer.node("north")
    word.heard(told(sockets=[entry, ("person", BEN.hex, 10)], taken=[entry]))
    assert set(word._sockets) == {("person", BEN)}
    assert taken_by(rates, ANA) == 20


def test_memory_has_a_bound(layer: Layer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_NODES", 3)
    monkeypatch.setattr(module, "_KEYS", 5)
    _, word = layer.node("north")
    for number in range(10):
        sockets = [("address", f"{number}.{n}", 1) for n in range(20)]
        word.heard(told(node=f"node {number}", sockets=sockets))
    assert len(word._peers) == 3
    assert len(word._sockets) == 15
