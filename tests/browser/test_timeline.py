"""timeline.js in Chromium: whatever is lost, doubled, swapped, cut off or restored, and wherever in the log the reader
is, what it holds after catch-up is a slice of a fresh log, and all of it with the pages around; and on the way it never
shows anything twice or out of order.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from hubbub.render import render
from hubbub.render.first_line import first_line
from tests.browser.people import Person
from tests.browser.worlds import WEIGHTED, Move, World
from tests.servers import Server
from tests.test_first_line import LINES

Follow = Callable[..., list[dict[str, Any]]]
Lines = Callable[[list[str]], list[str]]

FOLLOW = (Path(__file__).parent / "follow.js").read_text()
LOAD = """async (source) => {
  const { Timeline } = await import("hubbub/timeline");
  const { follow, PLANTED } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  globalThis.followAll = (scripts, fault) => JSON.stringify(
    JSON.parse(scripts).map((script) => follow(fault ? PLANTED[fault](Timeline) : Timeline, script)));
  return Object.keys(PLANTED);
}"""
FAULTS = [
    "loses", "doubles", "swaps", "forgets edits", "forgets quotes", "forgets names", "believes any number",
    "takes any page for the last", "mixes up pages", "forgets what passes by", "keeps what is stored pending",
]  # fmt: skip

moves = st.lists(st.tuples(st.sampled_from(WEIGHTED), st.integers(0, 11)), max_size=60)
worlds = st.tuples(st.integers(0, 9), moves)


@pytest.fixture(scope="module")
def follow(browser: Browser, server: Server) -> Iterator[Follow]:
    """Play scripts to the real timeline in Chromium, or to one with a planted fault; what became of each."""
    reader = Person(browser, server, bypass_csp=True).enter("timeline")
    assert reader.page.evaluate(LOAD, FOLLOW) == FAULTS

    def play(scripts: list[dict[str, Any]], fault: str | None = None) -> list[dict[str, Any]]:
        text = reader.page.evaluate("([scripts, fault]) => followAll(scripts, fault)", [json.dumps(scripts), fault])
        outcome: list[dict[str, Any]] = json.loads(text)
        return outcome

    yield play
    reader.close()


@pytest.fixture(scope="module")
def lines(browser: Browser, server: Server) -> Iterator[Lines]:
    """The first lines that the browser reads in pieces of HTML."""
    reader = Person(browser, server, bypass_csp=True).enter("timeline")
    read = (
        "async (pieces) => { const { firstLine } = await import('hubbub/first_line'); return pieces.map(firstLine); }"
    )
    yield lambda pieces: reader.page.evaluate(read, pieces)
    reader.close()


def faults_of(world: World, outcome: dict[str, Any]) -> list[str]:
    """What is wrong with what became of a world in the browser."""
    wrong = list(outcome["trouble"])
    holds = world.holds()
    if outcome["view"] != holds:
        wrong.append(f"holds {outcome['view']}, a fresh page has {holds}")
    if outcome["fresh"] != holds:
        wrong.append(f"a fresh timeline holds {outcome['fresh']}, the room has {holds}")
    held = outcome["held"]
    start = holds.index(held[0]) if held and held[0] in holds else len(holds)
    if held != holds[start : start + len(held)]:
        wrong.append(f"before more pages came it held {held}, which is no slice of {holds}")
    if outcome["present"] and start + len(held) != len(holds):
        wrong.append(f"it held {held} for all up to the present, of {holds}")
    unstored = {nonce for nonce in world.written if nonce not in world.nonces}
    if not unstored - world.acknowledged <= set(outcome["pending"]) <= unstored:
        wrong.append(f"waiting are {outcome['pending']}, not stored are {unstored}")
    return wrong


def test_the_browser_reads_the_same_first_line_as_the_server(lines: Lines) -> None:
    html = [render(text.strip()) for text in LINES]
    assert lines(html) == [first_line(one) for one in html]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(st.text("ab*_`|~<>&[]()\"' \n-#1.:é👍", max_size=80), min_size=1, max_size=40))
def test_whatever_is_typed_has_the_same_first_line_on_both_sides(lines: Lines, texts: list[str]) -> None:
    html = [render(text.strip()) for text in texts]
    assert lines(html) == [first_line(one) for one in html]


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(worlds, min_size=1, max_size=10))
def test_after_catch_up_the_log_is_a_fresh_page(follow: Follow, some: list[tuple[int, list[Move]]]) -> None:
    made = [(World(before), moves) for before, moves in some]
    scripts = [world.script(moves) for world, moves in made]
    for (world, _), outcome in zip(made, follow(scripts), strict=True):
        assert not faults_of(world, outcome)


def many(seed: int, count: int) -> list[tuple[World, list[Move]]]:
    """Long worlds by chance, the same for the same seed."""
    chance = random.Random(seed)
    return [
        (World(chance.randrange(10)), [(chance.choice(WEIGHTED), chance.randrange(12)) for _ in range(80)])
        for _ in range(count)
    ]


def test_the_same_for_hundreds_of_long_worlds(follow: Follow) -> None:
    for seed in range(20):
        made = many(seed, 20)
        scripts = [world.script(moves) for world, moves in made]
        for (world, moves), outcome in zip(made, follow(scripts), strict=True):
            assert not faults_of(world, outcome), moves


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(follow: Follow, fault: str) -> None:
    def found(seed: int) -> bool:
        made = many(seed, 40)
        scripts = [world.script(moves) for world, moves in made]
        outcomes = follow(scripts, fault)
        return any(faults_of(world, outcome) for (world, _), outcome in zip(made, outcomes, strict=True))

    assert any(found(seed) for seed in range(7, 15))


def test_the_worlds_are_eventful(follow: Follow) -> None:
    """The model is worth its salt: every move is played, catch-ups and resets happen."""
    made = many(3, 40)
    played = [step["do"] for world, moves in made for step in world.script(moves)["steps"]]
    assert set(played) == {
        "frame", "hold", "sending", "trim", "trim newest", "ask", "admit", "ask page", "read page", "bring page",
        "disconnect", "finish",
    }  # fmt: skip
    assert any(world.epochs for world, _ in made)
