"""The line that a quote shows. `first_line.js` is held to the same pairs in tests/browser/test_timeline.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.render import render
from hubbub.render.first_line import HIDDEN, LONGEST, first_line, whole

LINES = {
    "plain words": "plain words",
    "first\nsecond": "first",
    "**bold** and `a < b && c`": "bold and a < b && c",
    "> quoted\n\nand answered": "quoted",
    "- one\n- two": "one",
    "- [x] done\n- [ ] not": "done",
    "```python\nx = {'a': 1}\ny = 2\n```": "x = {'a': 1}",
    "[the words](https://example.org/?a=1&b=2)": "the words",
    f"[the words](https://example.org/{'a' * 2_990}) and more": "the words and more",
    f"see [the words](https://example.org/{'a' * 7_900})": "see the words",
    "see https://example.org/?a=1&b=2": "see https://example.org/?a=1&b=2",
    "it was ||the **butler** <x>|| there": f"it was {HIDDEN} there",
    "||a ||b|| c||": None,
    "| a | b |\n|---|---|\n| c | d |": "a · b",
    ":tada: :+1:": "🎉 👍",
    "x" * 300: "x" * 199 + "…",
    "👍" * 300: "👍" * 199 + "…",
    "  spaced   out  ": "spaced out",
    "“quotes” & <tags>": "“quotes” & <tags>",
}


@pytest.mark.parametrize("text", LINES)
def test_the_line_is_what_one_reads_first(text: str) -> None:
    line = first_line(render(text.strip()))
    assert LINES[text] in (None, line)


def test_what_is_hidden_stays_hidden_however_it_is_nested() -> None:
    line = first_line(render("||a ||secret|| c|| after"))
    assert "secret" not in line


@given(st.text("ab*_`|~<>&[]()\"' \n-#1.:", max_size=80))
def test_a_line_is_one_line_and_short(text: str) -> None:
    line = first_line(render(text))
    assert "\n" not in line
    assert line == line.strip()
    assert len(line) <= LONGEST


def test_a_long_text_is_read_no_further_than_it_must() -> None:
    assert len(first_line("<p>" + "<em>a</em>" * 100_000 + "</p>")) == LONGEST


def test_nothing_to_see_is_an_empty_line() -> None:
    assert first_line("") == ""
    assert first_line("<p></p>") == ""


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("first\nsecond\n\nthird", "first second third"),
        ("| Stall | Benches |\n|:--|--:|\n| *Honey* | 12 |\n| a \\| b | |", "Stall · Benches / Honey · 12 / a | b ·"),
        ("bring:\n- cups\n  - **blue**\n- [x] tea", "bring: • cups • blue • tea"),
        ("see [the map](https://example.org/map) & `a ** b`", "see the map & a ** b"),
        ("it was ||the **butler**||", f"it was {HIDDEN}"),
        ("```python\nx = '<tr>' | 1\n```", "x = '<tr>' | 1"),
    ],
)
def test_a_whole_message_is_shown_as_one_reads_it(text: str, shown: str) -> None:
    assert " ".join(whole(render(text)).split()) == shown
