"""A row of the fault matrix: what breaks, what must hold, and how it is played, long or short."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.faults.stage import Ground, Stage

Need = Callable[[], str]
"""Why a row can't run on this machine; empty when it can."""


class NotRunHere(Exception):
    """The machine lacks what the row needs; says what."""


@dataclass(frozen=True)
class Row:
    """One row. `short` and `long` are the rounds of both forms; `play` fills the figures of its stage."""

    name: str
    fault: str
    bar: str
    play: Callable[[Stage], Awaitable[None]]
    short: int
    long: int
    needs: tuple[Need, ...] = ()

    async def run(self, ground: Ground, *, seed: int, long: bool, hour: bool = False, patience: float = 1.0) -> Stage:
        """Play it and return the stage with its figures. Raises NotRunHere."""
        if why := [reason for need in self.needs if (reason := need())]:
            raise NotRunHere("; ".join(why))
        rounds = self.long if long else self.short
        stage = Stage(ground, self.name, seed=seed, rounds=rounds, long=long, hour=hour, patience=patience)
        began = time.monotonic()
        try:
            await self.play(stage)
        finally:
            await asyncio.to_thread(stage.clear)
            stage.figures.seconds = time.monotonic() - began
        return stage


def program(name: str, package: str) -> Need:
    """A need for a program, and the package of Debian that brings it."""
    return lambda: "" if shutil.which(name) else f"{name} is missing (Debian: {package})"
