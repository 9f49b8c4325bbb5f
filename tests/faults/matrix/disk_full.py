"""No room left on the disk: posts are refused, reading goes on, and with room again all goes on by itself."""

from __future__ import annotations

import asyncio
import sqlite3
import urllib.error
import urllib.request
from collections.abc import Sequence
from contextlib import closing, suppress
from pathlib import Path

from tests.faults.clients import until
from tests.faults.cluster import PLANTED, SHARED, Alone, Cluster, now, runs
from tests.faults.health import becomes
from tests.faults.hosts import fill, no_small_disks, small_disk
from tests.faults.matrix.row import Row
from tests.faults.stage import Home, Ordeal, Stage
from tests.servers import Server

SQLITE_MEGABYTES = 48
POSTGRES_MEGABYTES = 260
LOG_MEGABYTES = 1
ANSWER_SECONDS = 10.0
RECOVERED_SECONDS = 10.0
BAR = "refusals, not hangs; reading goes on; recovers, p99 ≤ 10 s; integrity check ok; 0 lost"


async def full_for_sqlite(stage: Stage) -> None:
    """The disk with the SQLite database."""
    with small_disk(stage.folder / "disk", SQLITE_MEGABYTES) as disk:
        home = Alone(disk)
        try:
            await asyncio.to_thread(home.start)
            await _fill_and_empty(stage, home, disk)
            stage.figures.bar("integrity check", _integrity(home.nodes[0].data / "hubbub.sqlite3") == "ok")
        finally:
            home.end()


async def full_for_postgres(stage: Stage) -> None:
    """The disk with the PostgreSQL cluster, the data of both nodes and their logs. PostgreSQL may stop over it; then
    it is started again when there is room, as systemd would."""
    with small_disk(stage.folder / "disk", POSTGRES_MEGABYTES) as disk:
        home = Cluster(disk)
        try:
            await asyncio.to_thread(home.start)
            await _fill_and_empty(stage, home, disk)
        finally:
            home.end()


async def full_for_log(stage: Stage) -> None:
    """The disk with the log alone: nobody notices."""
    figures = stage.figures
    with small_disk(stage.folder / "disk", LOG_MEGABYTES) as disk:
        home = Alone(stage.folder)
        home.nodes = [Server(stage.folder / "data", stack="sqlite", **SHARED, **PLANTED)]
        home.nodes[0].log = disk / "log"
        try:
            await asyncio.to_thread(home.start)
            async with stage.ordeal(home, pace=0.1) as ordeal:
                for _ in stage.turns():
                    await ordeal.talk(1)
                    began, ballast = now(), fill(disk)
                    (home.nodes[0].data / "log-lines").touch()
                    await ordeal.talk(stage.pick(10, 2))
                    figures.bar("the process lives", runs(home.nodes[0]))
                    figures.extreme("longest wait for an answer", ordeal.longest_wait(began))
                    figures.within("the longest wait for an answer", ordeal.longest_wait(began), 3)
                    ballast.unlink()
                    before = home.nodes[0].log.stat().st_size
                    await ordeal.talk(1)
                    figures.bar("it writes its log again", home.nodes[0].log.stat().st_size > before)
                    await ordeal.settle()
            figures.bar("nobody was refused", figures.refused == 0)
        finally:
            home.end()


async def _fill_and_empty(stage: Stage, home: Home, disk: Path) -> None:
    figures = stage.figures
    async with stage.ordeal(home, pace=0.05) as ordeal:
        for _ in stage.turns():
            await ordeal.talk(1)
            began, ballast = now(), fill(disk)
            await until(lambda: any(client.refused for client in ordeal.crowd.clients), 60, "somebody is refused")
            figures.extreme("first refusal after", now() - began)
            figures.within("saying “down”", await becomes(home.nodes[0], {"down"}, 20), 20)
            await ordeal.talk(stage.pick(8, 3))
            await _reads_on(ordeal, home)
            ballast.unlink()
            await _start_what_stopped(home)
            emptied = now()
            await ordeal.heal(emptied)
            for node in home.nodes:
                recovered = await becomes(node, {"ready", "degraded"}, 60)  # a disk as small as this one stays low
                figures.within("saying “ready” again", recovered, RECOVERED_SECONDS)
            await ordeal.settle()
            figures.extreme("longest wait for an answer", ordeal.longest_wait(began))
            figures.within("the longest wait for an answer", ordeal.longest_wait(began), ANSWER_SECONDS)
            figures.bar("the processes live", all(runs(node) for node in home.nodes))
    figures.healed_within(RECOVERED_SECONDS)


async def _reads_on(ordeal: Ordeal, home: Home) -> None:
    """While it is full a room's page can be read, unless the database itself has stopped."""
    if isinstance(home, Cluster) and home.postgres.process is not None and home.postgres.process.poll() is not None:
        ordeal.figures.note("PostgreSQL stopped over it")
        return
    status = await asyncio.to_thread(_status, f"{home.nodes[0].url}/chat/{ordeal.rooms[0]}/")
    ordeal.figures.bar(f"a room's page can be read while the disk is full: {status}", status == 200)


async def _start_what_stopped(home: Home) -> None:
    if isinstance(home, Cluster) and home.postgres.process is not None and home.postgres.process.poll() is not None:
        home.postgres.process = None
        await asyncio.to_thread(home.postgres.start)


def _status(url: str) -> int:
    with suppress(OSError):
        try:
            with urllib.request.urlopen(url, timeout=20) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
    return 0


def _integrity(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        rows: Sequence[tuple[str]] = connection.execute("PRAGMA integrity_check").fetchall()
    return rows[0][0]


NEEDS = (no_small_disks,)
ROWS = [
    Row("disk-full-sqlite", "disk full: SQLite", BAR, full_for_sqlite, short=1, long=2, needs=NEEDS),
    Row("disk-full-postgres", "disk full: PostgreSQL, and the nodes' own folders", BAR, full_for_postgres, short=1,
        long=2, needs=NEEDS),
    Row("disk-full-log", "disk full: the log", "nobody notices: no refusal, an answer within 3 s", full_for_log,
        short=1, long=2, needs=NEEDS),
]  # fmt: skip
