"""Search: how long an answer takes, by what is asked for, and what the index adds to the file."""

import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import quote

from bench import corpus
from bench.machine import family_cpu_seconds
from bench.run import Run
from bench.servers import ROOT, NotStarted, Server, hubbub_command, hubbub_environment, running, start_hubbub
from bench.table import Row
from bench.visitor import Visitor, sign_in
from tests.databases import PostgreSQL


@dataclass
class Place:
    """Where messages are kept: a data folder, and with `postgres` that database instead of the file in the folder."""

    data: Path
    postgres: PostgreSQL | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What `hubbub` must be told of it."""
        return {"HUBBUB_DATABASE_URL": self.postgres.url} if self.postgres else {}

    @property
    def suffix(self) -> str:
        """What the rows say of it."""
        return ", PostgreSQL" if self.postgres else ""

    def cpu_seconds(self, hubbub: Server) -> float:
        """CPU seconds used so far, PostgreSQL's too."""
        beside = self.postgres.process if self.postgres else None
        return hubbub.cpu_seconds() + (family_cpu_seconds(beside.pid) if beside else 0)

    def sizes(self) -> tuple[int, int]:
        """Bytes of the database, and of the index in it."""
        if self.postgres:
            (found,) = self.postgres.query(
                "SELECT pg_database_size('hubbub') || ' ' || pg_total_relation_size('hubbub_search')"
            )
            database, index = map(int, found.split())
            return database, index
        file = self.data / "hubbub.sqlite3"
        with closing(sqlite3.connect(file)) as database_file:
            database_file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (index,) = database_file.execute("SELECT SUM(LENGTH(block)) FROM hubbub_search_data").fetchone()
        return file.stat().st_size, index


def search(run: Run) -> list[Row]:
    """Search among 100,000 messages, over one kept connection."""
    return _search(run, Place(run.new_data()), 100_000)


def search_postgresql(run: Run) -> list[Row]:
    """The same on PostgreSQL."""
    with _postgresql(run) as place:
        return _search(run, place, 100_000)


def search_million(run: Run) -> list[Row]:
    """Search among a million messages; they take minutes to make."""
    return _search(run, Place(run.new_data()), 1_000_000)


def search_million_postgresql(run: Run) -> list[Row]:
    """The same on PostgreSQL."""
    with _postgresql(run) as place:
        return _search(run, place, 1_000_000)


@contextmanager
def _postgresql(run: Run) -> Iterator[Place]:
    """A PostgreSQL of its own, as it comes."""
    data = run.new_data()
    postgres = PostgreSQL(data.with_name(f"{data.name}-postgres")).start()
    try:
        yield Place(data, postgres)
    finally:
        postgres.kill()


def _search(run: Run, place: Place, count: int) -> list[Row]:
    start_hubbub(place.data, None, **place.environment).stop()
    visitor = sign_in(place.data, **place.environment)
    _fill(place, count)
    with running(start_hubbub(place.data, None, **place.environment)) as hubbub:
        times, costs = {}, {}
        for kind, asked in _asked().items():
            before = place.cpu_seconds(hubbub)
            each = times[kind] = _answers(run, hubbub, visitor, asked)
            costs[kind] = (place.cpu_seconds(hubbub) - before) / len(each) * 1000
            run.say(f"{kind}: {median(each):.1f} ms, first {each[0]:.1f} ms, CPU {costs[kind]:.1f} ms")
    middle = {kind: median(each) for kind, each in times.items()}
    slowest = max(middle, key=lambda kind: middle[kind])
    cost = sum(costs[kind] * len(each) for kind, each in times.items()) / sum(map(len, times.values()))
    overall = median([one for each in times.values() for one in each])
    database, index = place.sizes()
    return [
        Row(
            f"search among {count:,} messages{place.suffix}, {len(times)} kinds of questions: median · the slowest"
            " kind's",
            f"{overall:.1f} ms ({cost:.1f} ms of CPU) · {middle[slowest]:.1f} ms ({slowest})",
            target="median ≤ 50 ms",
            met=overall <= 50,
            samples=times,
        ),
        Row(
            f"{count:,} messages of 80 characters{place.suffix}: the database · of it the index",
            f"{database / 1e6:.0f} MB · {index / 1e6:.0f} MB, {index / count:.0f} bytes a message",
            ratio=f"{index / (database - index):.0%} more",
        ),
    ]


def _fill(place: Place, count: int) -> None:
    code = f"from bench.corpus import fill; fill({count})"
    done = subprocess.run(
        [hubbub_command(), "shell", "-c", code],
        cwd=ROOT,
        env={**hubbub_environment(place.data), **place.environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotStarted(f"there is nothing to search in: {done.stderr.strip()[-600:]}")


def _asked() -> dict[str, str]:
    """What is asked for, by kind: from what nearly every message has to what none has."""
    words = corpus.vocabulary()
    common, usual, rare = words[0], words[300], words[30_000]
    return {
        "the commonest word": f"{common} ",
        "a usual word": f"{usual} ",
        "a rare word": f"{rare} ",
        "two common words": f"{common} {words[1]} ",
        "two words that hardly meet": f"{words[2000]} {words[2001]} ",
        "a phrase of common words": f'"{words[1]} {words[2]}"',
        "a phrase of usual words": f'"{words[100]} {words[101]}"',
        "one letter": usual[:1],
        "two letters": usual[:2],
        "three letters": usual[:3],
        "a rare word and two letters": f"{rare} {common[:2]}",
        "without a common word": f"{usual} -{common} ",
        "from somebody": f'{common} from:"person 7" ',
        "in a room": f'{usual} in:"room 3" ',
        "before a day long ago": f"{common} before:2024-02-01 ",
        "a link on a day": f"{common} has:link on:2025-03-03 ",
        "a word that nobody said": "zzzzzz ",
    }


def _answers(run: Run, hubbub: Server, visitor: Visitor, asked: str) -> list[float]:
    """Milliseconds until each answer had come."""
    path, times = f"/chat/-/search/?q={quote(asked)}", []
    with visitor.connected(hubbub, Accept="application/json") as ask:
        ask("/chat/-/search/")
        for _ in range(run.pick(15, 5)):
            begun = time.perf_counter()
            ask(path)
            times.append((time.perf_counter() - begun) * 1000)
    return times
