"""One finding: how it stands with one thing, in a sentence, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warning", "problem"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`advice` is one sentence of what to do; empty when all is well."""

    topic: str
    level: Level
    sentence: str
    advice: str = ""


def ok(topic: str, sentence: str) -> Finding:
    """All is well."""
    return Finding(topic, "ok", sentence)


def warning(topic: str, sentence: str, advice: str = "") -> Finding:
    """It works, and could fail or be better."""
    return Finding(topic, "warning", sentence, advice)


def problem(topic: str, sentence: str, advice: str = "") -> Finding:
    """It does not work, or breaks a promise."""
    return Finding(topic, "problem", sentence, advice)


def clock(topic: str, whose: str, seconds: float) -> Finding:
    """What it means that another clock is this many seconds ahead of ours. Order never depends on clocks."""
    if abs(seconds) < 2:
        return ok(topic, f"{whose} clock agrees with ours.")
    where = f"{whose} clock is {abs(seconds):,.0f} s {'ahead of' if seconds > 0 else 'behind'} ours."
    return warning(topic, where, "Keep time with NTP on both machines: sessions and tickets end by the clock.")
