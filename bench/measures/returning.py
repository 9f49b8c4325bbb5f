"""Returning: everybody comes back at once after `kill -9`."""

import subprocess
from pathlib import Path

from bench import tools
from bench.doors import ROOM
from bench.run import Run
from bench.servers import Server, running, start_hubbub
from bench.table import Row


def come_back(run: Run) -> list[Row]:
    """Everybody returns after `kill -9`: seconds from the loss until all have what was posted meanwhile."""
    count = run.pick(10_000, 1_000)
    data = run.new_data()
    hubbub = start_hubbub(data)
    crowd = tools.herd(
        hubbub.port,
        ROOM,
        ROOM + "?since=%c",
        clients=count,
        rooms=100,
        at_once=256,
        patience=run.pick(90, 40),
    )
    try:
        figures = _lose_and_return(run, crowd, hubbub, data)
    finally:
        crowd.kill()
        crowd.wait()
        hubbub.stop()
    seconds, faults = figures["since_loss_s"], {key: figures[key] for key in ("behind", "gaps", "dups")}
    run.say(f"{seconds:.1f} s since the loss, {figures['since_back_s']:.1f} s since it was back, {faults}")
    return [
        Row(
            f"{count:,} clients return after kill -9, all caught up",
            f"{seconds:.1f} s, {faults['gaps']:.0f} gaps",
            f"away {figures['away_s']:.1f} s of it",
            target="≤ 30 s, no gap",
            met=seconds <= 30 and not any(faults.values()),
            samples={key: [value] for key, value in figures.items()},
        )
    ]


def _lose_and_return(run: Run, crowd: "subprocess.Popen[str]", hubbub: Server, data: Path) -> tools.Figures:
    assert crowd.stdout is not None
    if crowd.stdout.readline().strip() != "ready":
        raise tools.Failed("herd: not everybody got in")
    run.say("everybody is in; kill -9, and start again")
    hubbub.kill()
    with running(start_hubbub(data, hubbub.port)):
        return tools.figures_of(crowd.stdout.readline())
