"""What a row of the matrix found: counts, times, and which of its bars were not met."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.checker import Disagreement

MEGABYTE = 1 << 20
SHOWN = 5


@dataclass
class Figures:
    """Filled by a row. `patience` multiplies every bar of time: 1 where it counts, more on a machine with company."""

    patience: float = 1.0
    rounds: int = 0
    acknowledged: int = 0
    unknown: int = 0
    refused: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    heal: list[float] = field(default_factory=list)
    peak: int = 0
    seconds: float = 0.0
    extremes: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    def note(self, sentence: str) -> None:
        """A figure of this row alone, as it shall stand in the page."""
        self.notes.append(sentence)

    def extreme(self, what: str, seconds: float) -> None:
        """A time of which the page tells the longest of all rounds."""
        self.extremes[what] = max(seconds, self.extremes.get(what, 0.0))

    def told(self) -> list[str]:
        """What was found besides the counts, a phrase each."""
        return [*(f"{what} {shown_seconds(seconds)}" for what, seconds in self.extremes.items()), *self.notes]

    def bar(self, sentence: str, met: bool) -> None:
        """What must be; written down where it is not."""
        if not met:
            self.missed.append(sentence)

    def within(self, what: str, seconds: float, limit: float) -> None:
        """A bar of time."""
        self.bar(f"{what} took {shown_seconds(seconds)}, more than {limit * self.patience:g} s",
                 seconds <= limit * self.patience)  # fmt: skip

    def healed_within(self, limit: float) -> None:
        """The bar on the time to heal: its 99th percentile."""
        self.within("healing (p99)", percentile(self.heal, 99), limit)

    def disagree(self, wrong: Sequence[Disagreement]) -> None:
        """What the checker found: none of it may be."""
        self.wrong.update(disagreement.kind for disagreement in wrong)
        for disagreement in wrong[:SHOWN]:
            self.bar(disagreement.sentence, False)
        if len(wrong) > SHOWN:
            self.bar(f"and {len(wrong) - SHOWN} disagreements more", False)

    def raw(self) -> dict[str, Any]:
        """For the file of raw figures."""
        raw = {name: getattr(self, name) for name in self.__dataclass_fields__}
        raw["heal"] = [None if math.isinf(one) else round(one, 4) for one in _quantiles(self.heal)]
        return raw


def _quantiles(times: Sequence[float]) -> Sequence[float]:
    """The times, or of more than 101 the least, each hundredth and the longest."""
    return times if len(times) <= 101 else [percentile(times, percent) for percent in range(101)]


def percentile(times: Sequence[float], percent: float) -> float:
    """The smallest of the times that so many percent of them do not exceed; 0 where there are none."""
    if not times:
        return 0.0
    ranked = sorted(times)
    return ranked[max(0, math.ceil(len(ranked) * percent / 100) - 1)]


def shown_seconds(seconds: float) -> str:
    """As a reader takes it in at a glance."""
    if math.isinf(seconds):
        return "for ever"
    return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
