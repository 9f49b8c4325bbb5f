"""reading.js in Chromium, with a line of the test's own: what was seen is told, whatever is heard meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Browser

from tests.browser.people import Person
from tests.servers import Server

# Plays what one reader sees, and hears of their own reading, then lets them tell; the numbers that were sent.
PLAY = """async (steps) => {
  const { Reading } = await import("hubbub/reading");
  const told = [], log = new EventTarget();
  Object.assign(log, { readUpTo() {}, loaded() {} });
  const tally = { read() {}, unread: () => 0 };
  const connection = { send: ({ seq }) => { told.push(seq); return true; } };
  const reading = new Reading({ page: { room: "r", url: "/chat/r/" }, timeline: {}, connection, tally, log });
  for (const [kind, seq] of steps) {
    if (kind === "sees") log.dispatchEvent(new CustomEvent("seen", { detail: { seq } }));
    else if (kind === "tells") reading.tell();
    else reading.heard({ room: "r", seq });
  }
  reading.tell();
  return told;
}"""

Play = Callable[[list[tuple[str, int]]], list[int]]


@pytest.fixture(scope="module")
def play(browser: Browser, server: Server) -> Iterator[Play]:
    person = Person(browser, server).enter("told")
    yield lambda steps: list[int](person.page.evaluate(PLAY, steps))
    person.close()


def test_an_answer_to_what_was_told_before_takes_nothing_back(play: Play) -> None:
    assert play([("sees", 1), ("sees", 2), ("hears", 1)])[-1] == 2


@given(acts=st.lists(st.sampled_from(["sees", "tells", "hears"]), max_size=8), data=st.data())
@settings(max_examples=60)
def test_the_server_knows_in_the_end_how_far_was_seen(play: Play, acts: list[str], data: st.DataObject) -> None:
    seen = heard = 0
    steps = []
    for act in acts:
        if act == "sees":
            seen += 1
        steps.append((act, data.draw(st.integers(0, seen)) if act == "hears" else seen))  # an answer may be late
        heard = max(heard, steps[-1][1]) if act == "hears" else heard
    assert max([0, heard, *play(steps)]) == seen
