"""docs/reliability.md: what the fault matrix found, written by the run that found it."""

from __future__ import annotations

import json
import math
import os
import platform
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.faults.figures import MEGABYTE, Figures, percentile, shown_seconds
from tests.faults.matrix.row import Row

HEAD = """\
# Reliability

What was broken on purpose, what had to hold, and what did. This page is written by `make faults`; nothing in it is
typed by hand. Raw figures stand in [reliability.json](reliability.json).

In each row people talk while something breaks: half of them on the full socket, half on the plain one. Each writes down
what it posts (*invoke*), how that was answered (*ok*, *refused*, or *unknown* when the connection broke first), and
what it is shown (*received*). Afterwards the database, the people and the acknowledgements must agree, number by
number, in the manner of [Jepsen](https://jepsen.io/). What this checker can find is tested by planting it
(`tests/faults/test_checker.py`).

- *Lost*: acknowledged and not stored, of so many acknowledged. *Twice*: stored or shown more than once. *Disorder*:
  shown below a later one. *Gaps*: clients that lacked something a minute after all was well.
- *Time to heal*: for each client, from the moment the bar names until it is connected, shows everything that was
  acknowledged by then, and has an answer to all that it had sent. p50 / p99.
- *Memory*: the most that any server process needed.
"""

REPEAT = """\
## Repeat it

```sh
make faults                          # all rows in their long form, about half an hour; writes this page
make faults ROWS=kill-one,nonce      # some rows; the others keep their figures
make faults SEED=7                   # other moments, other victims
make faults HOUR=1                   # an hour of churn instead of three minutes
make test ARGS="tests/faults"        # the short forms, as they run with every test
```

The seed decides moments, victims and who talks where; the machine's own timing it can't decide, so two runs with one
seed break the same things at nearly, not exactly, the same instants. Network namespaces, small file systems and another
clock need rights (root) and Linux; a row that lacks them says so. Everything stays on this machine.
"""


def this_machine() -> str:
    """What a reader must know of it to understand the times."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    system = f"{platform.system()} {platform.release().partition('-')[0]}"
    return f"{os.cpu_count()} cores, {memory:.0f} GB, {system}, Python {platform.python_version()}"


@dataclass
class Played:
    """A row and what was found, or why it did not run."""

    row: Row
    figures: Figures
    seed: int
    not_run: str = ""
    on: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%d %H:%M"))
    machine: str = field(default_factory=this_machine)

    @property
    def missed(self) -> list[str]:
        """The bars that were not met."""
        return self.figures.missed

    def said(self) -> str:
        """The figures on one line, for the one who waits."""
        f = self.figures
        times = f"healed p50 {_p(f, 50)}, p99 {_p(f, 99)}; " if f.heal else ""
        counts = f"{f.rounds} rounds, lost {f.wrong['lost']} of {f.acknowledged}; " if f.acknowledged else ""
        verdict = "met" if not f.missed else "MISSED: " + " · ".join(f.missed)
        memory = f"{f.peak / MEGABYTE:.0f} MB" if f.peak else "–"
        return f"  {counts}{times}{memory}; {'; '.join(f.told())}; {f.seconds:.0f} s; {verdict}"

    def raw(self) -> dict[str, Any]:
        """For the file of raw figures."""
        named = {"name": self.row.name, "seed": self.seed, "not_run": self.not_run}
        return {**named, "on": self.on, "machine": self.machine, **self.figures.raw()}

    @classmethod
    def of_raw(cls, raw: dict[str, Any], rows: Sequence[Row]) -> Played | None:
        """What `raw` was made from; None when there is no such row any more."""
        row = next((row for row in rows if row.name == raw["name"]), None)
        if row is None:
            return None
        kept = {key: raw[key] for key in Figures.__dataclass_fields__}
        heal = [math.inf if one is None else one for one in kept["heal"]]
        figures = Figures(**{**kept, "heal": heal, "wrong": Counter(kept["wrong"])})
        return cls(row, figures, raw["seed"], raw["not_run"], raw["on"], raw["machine"])


def page(played: Sequence[Played]) -> str:
    """The page."""
    return "\n".join([HEAD, _machine(played), _table(played), _bars(played), *_missed(played), REPEAT])


def read(raw: Path, rows: Sequence[Row]) -> list[Played]:
    """What the runs before found, in the order of the rows."""
    found = [Played.of_raw(one, rows) for one in json.loads(raw.read_text())] if raw.exists() else []
    known = {one.row.name: one for one in found if one is not None}
    return [known[row.name] for row in rows if row.name in known]


def write(page_: Path, raw: Path, played: Sequence[Played]) -> None:
    """Write the page and the raw figures that it is made of."""
    rows = [json.dumps(one.raw(), ensure_ascii=False) for one in played]
    raw.write_text("[\n" + ",\n".join(rows) + "\n]\n")  # a row a line
    page_.write_text(page(read(raw, [one.row for one in played])))  # of the figures as they are written


def _machine(played: Sequence[Played]) -> str:
    machines = "; ".join(dict.fromkeys(one.machine for one in played))
    days = sorted({one.on.split()[0] for one in played})
    seeds = ", ".join(str(seed) for seed in sorted({one.seed for one in played}))
    return (
        f"## The matrix\n\nRun on {' to '.join(dict.fromkeys([days[0], days[-1]]))} with seed {seeds}: "
        f"{machines}. People, servers, PostgreSQL and Redis share these cores.\n"
    )


def _table(played: Sequence[Played]) -> str:
    lines = [
        "| row | fault | rounds | lost | twice | disorder | gaps | time to heal p50 / p99 | memory | bar met |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for one in played:
        lines.append(_line(one))
    return "\n".join(lines) + "\n"


def _line(one: Played) -> str:
    f = one.figures
    if one.not_run:
        return f"| `{one.row.name}` | {one.row.fault} | – | – | – | – | – | – | – | not run here: {one.not_run} |"
    counted = f.acknowledged > 0
    counts = [f"{f.wrong['lost']} of {f.acknowledged:,}", *(str(f.wrong[kind]) for kind in _KINDS)]
    cells = [
        f"`{one.row.name}`", one.row.fault, f"{f.rounds:,}", *(counts if counted else ["–"] * len(counts)),
        f"{_p(f, 50)} / {_p(f, 99)}" if f.heal else "–", f"{f.peak / MEGABYTE:.0f} MB" if f.peak else "–",
        "yes" if not f.missed else "**no**",
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


_KINDS = ("twice", "out of order", "gap")


def _p(figures: Figures, percent: float) -> str:
    return shown_seconds(percentile(figures.heal, percent))


def _bars(played: Sequence[Played]) -> str:
    lines = ["| row | bar | what else was measured | seed | took |", "|---|---|---|---|---|"]
    for one in played:
        f = one.figures
        told = [f"{f.refused:,} refused" * bool(f.refused), f"{f.unknown:,} never known" * bool(f.unknown), *f.told()]
        notes = "; ".join(part for part in told if part) or "–"
        lines.append(f"| `{one.row.name}` | {one.row.bar} | {notes} | {one.seed} | {f.seconds:.0f} s |")
    return "\n".join(lines) + "\n"


def _missed(played: Sequence[Played]) -> list[str]:
    missed = [(one.row.name, sentence) for one in played for sentence in one.missed]
    if not missed:
        return []
    lines = [f"- `{name}`: {_escaped(sentence)}" for name, sentence in missed]
    return ["## Not met\n\n" + "\n".join(lines) + "\n"]


def _escaped(sentence: str) -> str:
    return " ".join(sentence.split()).replace("|", "\\|").replace("<", "\\<")[:400]
