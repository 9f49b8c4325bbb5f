"""`python -m bench.scale`: measures 1, 2 and 4 nodes, and writes table, plot, figures and the plan for a million.

Exit code 0 when all was measured, 1 when a measurement failed, 2 when something must be installed first.
"""

import argparse
import json
import shutil
import signal
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bench import tools
from bench.machine import Missing, describe, python_ms, sync_ms
from bench.scale import measures
from bench.scale.pages import FIGURES, write
from bench.servers import NotStarted

MEASURES = {
    "delivery": measures.delivery,
    "posts": measures.posts,
    "rate": measures.rate,
    "idle": measures.idle,
}


def main() -> int:
    """Measures what was chosen, keeps the rest of the last run; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale", description=__doc__)
    parser.add_argument("--only", default=",".join(MEASURES), help=f"some of {','.join(MEASURES)}")
    parser.add_argument("--quick", action="store_true", help="fewer rounds, posts and connections; writes no pages")
    parser.add_argument("--pages", action="store_true", help="measure nothing; write the pages from the kept figures")
    chosen = parser.parse_args()
    if chosen.pages:
        write(json.loads(FIGURES.read_text()))
        return 0
    if wrong := [name for name in chosen.only.split(",") if name not in MEASURES]:
        parser.error(f"no measurement is called {wrong[0]}; there are {', '.join(MEASURES)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are stopped on the way out
    return _run(chosen.only.split(","), chosen.quick)


def _run(names: list[str], quick: bool) -> int:
    folder = Path(tempfile.mkdtemp(prefix="hubbub-scale-"))
    effort = measures.Effort(folder, quick, say=lambda sentence: print(f"  {sentence}", flush=True))
    figures = json.loads(FIGURES.read_text()) if FIGURES.exists() and not quick else {}
    hurried = set(figures.get("hurried", ()))
    figures["at"] = f"{datetime.now(UTC):%d %B %Y}".lstrip("0")
    try:
        for tool in ("fan", "talk"):
            tools.compiled(tool)
        figures["machine"] = describe()
        figures["python_ms"], figures["sync_ms"] = python_ms(), sync_ms(folder)
        for name in names:
            print(f"{name}: {(MEASURES[name].__doc__ or '').splitlines()[0]}", flush=True)
            figures[name] = MEASURES[name](effort)
            (hurried.add if quick else hurried.discard)(name)
    except Missing as sentence:
        print(sentence, file=sys.stderr)
        return 2
    except (tools.Failed, NotStarted) as reason:
        print(f"failed: {reason}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures["hurried"] = sorted(hurried)
    if quick:
        print(json.dumps(figures, indent=1))
    else:
        write(figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
