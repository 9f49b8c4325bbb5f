"""`python -m bench`: measures Hubbub beside the floor and the peers, and prints one table.

Exit code 0 when all was measured, 1 when a measurement failed, 2 when something must be installed first.
"""

import argparse
import json
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench import tools
from bench.machine import Missing, describe, python_ms, sync_ms
from bench.measures import BY_NAME, MEASURES
from bench.run import Run
from bench.servers import NotStarted
from bench.table import Row, markdown

RESULTS = Path(__file__).parent / "results"
EVERY = {**MEASURES, **BY_NAME}
TOOLS = ("fan", "floor", "talk", "herd")


def main(words: Sequence[str] | None = None) -> int:
    """Runs the chosen measurements; returns the exit code."""
    chosen = _arguments(words)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped on the way out
    RESULTS.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=RESULTS))
    try:
        return _measure(chosen.only, chosen.quick, folder)
    except Missing as sentence:
        print(sentence, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Prints the table of figures.")
    names = f"some of {','.join(MEASURES)}; and, since they take minutes, only by name: {','.join(BY_NAME)}"
    parser.add_argument("--only", type=_names, default=list(MEASURES), help=names)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and members: two minutes")
    return parser.parse_args(words)


def _names(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    for name in names:
        if name not in EVERY:
            raise argparse.ArgumentTypeError(f"no measurement is called {name}; there are {', '.join(EVERY)}")
    return names


def _measure(names: Sequence[str], quick: bool, folder: Path) -> int:
    begun = time.monotonic()
    for tool in TOOLS:
        tools.compiled(tool)
    run = Run(folder, quick, say=lambda sentence: print(f"  {sentence}", flush=True))
    machine = (
        f"{describe()}; a million additions in Python take {python_ms():.0f} ms, "
        f"a synced write of 4 KB {sync_ms(folder):.2f} ms"
    )
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC. {machine}", flush=True)
    rows: list[Row] = []
    failed = 0
    for name in names:
        print(f"{name}: {(EVERY[name].__doc__ or '').splitlines()[0]}", flush=True)
        try:
            rows += EVERY[name](run)
        except (tools.Failed, NotStarted) as reason:
            failed += 1
            rows.append(Row(name, "failed", met=False))
            print(f"  failed: {reason}", flush=True)
    _keep(machine, quick, rows)
    print(f"\n{markdown(rows)}\n\n{time.monotonic() - begun:.0f} s, {'quick, ' if quick else ''}{machine}")
    return 1 if failed else 0


def _keep(machine: str, quick: bool, rows: Sequence[Row]) -> None:
    figures = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        "quick": quick,
        "rows": [asdict(row) for row in rows],
    }
    (RESULTS / "latest.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
