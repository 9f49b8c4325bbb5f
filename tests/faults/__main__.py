"""`python -m tests.faults`: the whole matrix in its long form, and docs/reliability.md written from what it found."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path

from tests.faults.figures import Figures
from tests.faults.matrix import ROWS, NotRunHere, Row
from tests.faults.page import Played, read, write
from tests.faults.stage import Ground
from tests.servers import ROOT

SEED = 20_261_122
PAGE = ROOT / "docs" / "reliability.md"
RAW = ROOT / "docs" / "reliability.json"


def main(arguments: Sequence[str]) -> int:
    """Play the rows; 0 when every bar was met."""
    options = _parser().parse_args(arguments)
    rows = _chosen(options.rows)
    played: list[Played] = []
    with tempfile.TemporaryDirectory(prefix="hubbub-faults-") as folder:
        ground = Ground(Path(folder))
        try:
            for row in rows:
                played.append(asyncio.run(_play(row, ground, options)))
                if not options.short:
                    write(PAGE, RAW, _with_earlier(played))
        finally:
            ground.close()
    return 1 if any(one.missed for one in played) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make faults", description="The fault matrix.")
    parser.add_argument("--rows", default="", help="names of rows, with commas between; all without it")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--hour", action="store_true", help="an hour of churn instead of three minutes")
    parser.add_argument("--short", action="store_true", help="the short forms, as in make test; writes no page")
    return parser


def _chosen(names: str) -> list[Row]:
    if not names:
        return ROWS
    known = {row.name: row for row in ROWS}
    if unknown := [name for name in names.split(",") if name not in known]:
        sys.exit(f"No such row: {', '.join(unknown)}. There are {', '.join(known)}.")
    return [known[name] for name in names.split(",")]


async def _play(row: Row, ground: Ground, options: argparse.Namespace) -> Played:
    print(f"{row.name}: {row.fault} …", flush=True)
    try:
        stage = await row.run(ground, seed=options.seed, long=not options.short, hour=options.hour)
    except NotRunHere as why:
        print(f"  not run here: {why}", flush=True)
        return Played(row, Figures(), options.seed, not_run=str(why))
    except Exception as error:  # one row that breaks down must not take the others with it
        traceback.print_exc()
        return Played(row, Figures(missed=[f"broke down: {error or type(error).__name__}"]), options.seed)
    played = Played(row, stage.figures, options.seed)
    print(played.said(), flush=True)
    return played


def _with_earlier(played: list[Played]) -> list[Played]:
    """What was played takes its place among what the runs before found."""
    newest = {one.row.name: one for one in [*read(RAW, ROWS), *played]}
    return [newest[row.name] for row in ROWS if row.name in newest]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
