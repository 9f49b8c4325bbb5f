"""Rendering: what each kind of message costs, from text to safe HTML, in CPU of one process."""

import time
from statistics import median

from bench.run import Run
from bench.table import Row
from hubbub.render import render
from hubbub.render.weight import is_heavy

PLAIN_MS, WORST_MS = 0.06, 50
LENGTH = 8_000  # characters of the longest message

PLAIN = "a plain line"
KINDS = {
    PLAIN: "I can draw the map tonight, and bring the second volume if you have it there.",
    "emphasis and a link": "This is *very* nice, **really**: see https://example.org/map?year=2026 and `code`",
    "a list of ten": "\n".join(f"- [ ] bring **{number}** benches" for number in range(10)),
    "a table of 4 × 10": "| a | b | c | d |\n|---|:-:|--:|---|\n" + "| one | *two* | 3 | four |\n" * 10,
    "code of 30 lines": "```py\n" + "def benches(people: int) -> int:\n    return people // 4  # a few\n" * 15 + "```",
}
# The pieces that cost most for each rule (see tests/hostile.py), repeated as often as they are rendered at all.
HOSTILE = [
    "- a\n",
    "1. a\n",
    "- - ",
    "[a](",
    "mailto:",
    "http://a.b ",
    "*a_b*c_",
    "||a||",
    "- [ ] a\n",
    "|a|b|\n|-|-|\n",
]


def cost(run: Run) -> list[Row]:
    """A message from text to HTML, by kind; and the dearest of 8,000 hostile characters, with and without code."""
    rows = [
        _row(kind, _cost_ms(text, run.pick(400, 50)), PLAIN_MS if kind == PLAIN else None)
        for kind, text in KINDS.items()
    ]
    worst = max(_cost_ms(text, run.pick(7, 3)) for text in _worst())
    rows.append(_row("the worst of 8,000 characters", worst, WORST_MS))
    run.say(", ".join(f"{row.what.removeprefix('render ')} {row.hubbub}" for row in rows))
    return rows


def _worst() -> list[str]:
    """Texts of the greatest length, each as heavy as is still rendered; with and without code that is hard to read."""
    code = "```css\n" + '"\\' * 1990 + "\n```\n"
    return [start + _filled(piece, LENGTH - len(start)) for piece in HOSTILE for start in ("", code)]


def _filled(piece: str, length: int) -> str:
    text = (piece * length)[:length]
    while is_heavy(text):
        text = text[: len(text) * 19 // 20]
    return text.ljust(length, "x")


def _cost_ms(text: str, rounds: int) -> float:
    render(text)  # what is read in with the first of its kind
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        render(text)
        taken.append((time.process_time() - began) * 1000)
    return median(taken)


def _row(kind: str, ms: float, most: float | None) -> Row:
    shown = f"{ms * 1000:.0f} µs" if ms < 1 else f"{ms:.1f} ms"
    target = "–" if most is None else f"≤ {most * 1000:.0f} µs" if most < 1 else f"≤ {most:.0f} ms"
    met = None if most is None else ms <= most
    return Row(f"render {kind}", shown, target=target, met=met, samples={"hubbub_ms": [ms]})
