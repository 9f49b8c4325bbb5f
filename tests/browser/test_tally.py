"""tally.js and counts.js in Chromium: whatever is lost, late or cut off, in the end they count what the server does:
unread messages, and those of them that call the reader. The same of rooms followed, and of those told in brief.
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

from tests.browser.people import Person
from tests.servers import Server

Count = Callable[..., list[dict[str, int]]]
Move = tuple[str, int]

COUNT = (Path(__file__).parent / "count.js").read_text()
LOAD = """async (source) => {
  const { Tally } = await import("hubbub/tally");
  const { Counts } = await import("hubbub/counts");
  const { count, PLANTED } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  globalThis.countAll = (scripts, fault) => JSON.stringify(JSON.parse(scripts).map(
    (script) => count(fault ? PLANTED[fault]({ Tally, Counts }) : { Tally, Counts }, script)));
  return Object.keys(PLANTED);
}"""
FAULTS = ["believes the last report", "overlooks edits", "misses nothing"]
YOU, ROOM, MOST = "y" * 32, "lobby", 6
CALLS: list[list[str]] = [[], [YOU], ["@room"], ["z" * 32], ["@here", YOU]]
MOVES = ["say", "say", "say", "edit", "edit", "delete", "read", "back", "hear", "hear", "hear", "lose", "heard late",
         "cut", "come back", "admit"]  # fmt: skip


class Room:
    """A room's log and a reader's place in it, as the server has them, and the line to the reader's browser."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.seq = self.read = 0
        self.line: list[dict[str, Any]] = []  # documents on their way
        self.told: list[dict[str, Any]] = []  # steps with `read` frames on their way
        self.steps: list[dict[str, Any]] = []
        self.open = False

    def script(self, moves: list[Move], brief: bool) -> dict[str, Any]:
        self.play("come back", 0)
        for move, which in moves:
            self.play(move, which)
        self.finish()
        return {"you": YOU, "room": ROOM, "steps": self.steps, "brief": brief}

    def play(self, move: str, which: int) -> None:  # a table of moves
        match move:
            case "say":
                self.seq += 1
                author = YOU if which % 4 == 0 else "b" * 32
                self.messages.append({
                    "type": "message", "room": ROOM, "ordinal": len(self.messages) + 1, "seq": self.seq,
                    "changed": self.seq, "author": {"id": author}, "mentions": CALLS[which % len(CALLS)],
                })  # fmt: skip
                self.read = len(self.messages) if author == YOU else self.read
                self.send(self.messages[-1])
            case "edit" | "delete" if self.messages:
                self.seq += 1
                message = self.messages[which % len(self.messages)]
                calls = CALLS[(which // 3) % len(CALLS)] if move == "edit" else []
                message.update(type="change", changed=self.seq, mentions=calls)
                self.send(message)
            case "read" | "back" if self.messages:
                to = which % (len(self.messages) + 1)
                self.read = to if move == "back" else max(self.read, to)
                if self.open:
                    self.told.append({"do": "frame", "frame": self.report(back=move == "back")})
            case "hear" if self.line:
                self.steps.append({"do": "frame", "frame": self.line.pop(0)})
            case "lose" if self.line:
                self.line.pop(which % len(self.line))
            case "heard late" if self.told:
                self.steps.append(self.told.pop(0))
            case "cut" if self.open:
                self.open = False
                self.line, self.told = [], []
                self.steps.append({"do": "lost"})
            case "come back" if not self.open:
                self.open = True
                view = {"room": ROOM, "seq": self.seq, "ordinal": len(self.messages), "read": self.read, **self.truth()}
                self.steps.append({"do": "welcome", "view": {**view, "mentions": self.calls()}})
            case "admit" if self.open:
                self.line = []
                documents = sorted((dict(message) for message in self.messages), key=lambda one: one["changed"])
                self.steps.append({
                    "do": "admit", "documents": documents, "seq": self.seq, "ordinal": len(self.messages), "most": MOST,
                })  # fmt: skip
                self.told.append({"do": "recount", "read": self.report()})  # told only to who had to be reset

    def finish(self) -> None:
        for move in ("come back", "say"):
            self.play(move, 1)
        for _ in range(len(self.line)):
            self.play("hear", 0)
        for _ in range(3):
            self.play("admit", 0)
        for _ in range(len(self.told)):
            self.play("heard late", 0)

    def send(self, document: dict[str, Any]) -> None:
        if self.open:
            self.line.append({**document, "latest": len(self.messages)})

    def report(self, *, back: bool = False) -> dict[str, Any]:
        place = {"type": "read", "room": ROOM, "ordinal": self.read, "back": back, "head": self.seq}
        return {**place, "unread": len(self.messages) - self.read, "mentions": self.calls()}

    def calls(self) -> list[int]:
        others = [one for one in self.messages if one["ordinal"] > self.read and one["author"]["id"] != YOU]
        return [one["ordinal"] for one in others if {YOU, "@room"} & set(one["mentions"])]

    def truth(self) -> dict[str, int]:
        return {"unread": len(self.messages) - self.read, "mentions": len(self.calls())}


moves = st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 60)), max_size=50)


@pytest.fixture(scope="module")
def count(browser: Browser, server: Server) -> Iterator[Count]:
    """Play scripts to the real modules in Chromium, or with a planted fault; what they count in the end."""
    reader = Person(browser, server, bypass_csp=True).enter("tally")
    assert reader.page.evaluate(LOAD, COUNT) == FAULTS

    def play(scripts: list[dict[str, Any]], fault: str | None = None) -> list[dict[str, int]]:
        text = reader.page.evaluate("([scripts, fault]) => countAll(scripts, fault)", [json.dumps(scripts), fault])
        counted: list[dict[str, int]] = json.loads(text)
        return counted

    yield play
    reader.close()


both = pytest.mark.parametrize("brief", [False, True], ids=["followed", "in brief"])


@both
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(st.lists(moves, min_size=1, max_size=10))
def test_what_is_counted_in_the_end_is_what_the_server_counts(
    count: Count, brief: bool, some: list[list[Move]]
) -> None:
    made = [(Room(), moves) for moves in some]
    scripts = [room.script(moves, brief) for room, moves in made]
    assert count(scripts) == [room.truth() for room, _ in made]


def many(seed: int, size: int) -> list[tuple[Room, list[Move]]]:
    chance = random.Random(seed)
    return [(Room(), [(chance.choice(MOVES), chance.randrange(60)) for _ in range(80)]) for _ in range(size)]


@both
def test_the_same_for_a_thousand_long_logs(count: Count, brief: bool) -> None:
    made = many(1, 1_000)
    scripts = [room.script(moves, brief) for room, moves in made]
    for (room, moves), counted in zip(made, count(scripts), strict=True):
        assert counted == room.truth(), moves
    assert any(
        step["do"] == "admit" and len(step["documents"]) > MOST for script in scripts for step in script["steps"]
    )


@both
@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found(count: Count, fault: str, brief: bool) -> None:
    made = many(2, 300)
    scripts = [room.script(moves, brief) for room, moves in made]
    assert count(scripts, fault) != [room.truth() for room, _ in made]
