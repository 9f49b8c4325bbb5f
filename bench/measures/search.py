"""Search: how long an answer takes, by what is asked for, and what the index adds to the file."""

import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path
from statistics import median
from urllib.parse import quote

from bench import corpus
from bench.run import Run
from bench.servers import ROOT, NotStarted, Server, hubbub_command, hubbub_environment, running, start_hubbub
from bench.table import Row
from bench.visitor import Visitor, sign_in


def search(run: Run) -> list[Row]:
    """Search among 100,000 messages, over one kept connection."""
    return _search(run, 100_000)


def search_million(run: Run) -> list[Row]:
    """Search among a million messages; they take a minute to make."""
    return _search(run, 1_000_000)


def _search(run: Run, count: int) -> list[Row]:
    data = run.new_data()
    start_hubbub(data).stop()
    visitor = sign_in(data)
    _fill(data, count)
    with running(start_hubbub(data)) as hubbub:
        before = hubbub.cpu_seconds()
        times = {kind: _answers(run, hubbub, visitor, asked) for kind, asked in _asked().items()}
        cost = (hubbub.cpu_seconds() - before) / sum(map(len, times.values())) * 1000
    for kind, each in times.items():
        run.say(f"{kind}: {median(each):.1f} ms, first {each[0]:.1f} ms")
    middle = {kind: median(each) for kind, each in times.items()}
    slowest = max(middle, key=lambda kind: middle[kind])
    overall = median([one for each in times.values() for one in each])
    file, index = _sizes(data)
    return [
        Row(
            f"search among {count:,} messages, {len(times)} kinds of questions: median · the slowest kind's",
            f"{overall:.1f} ms ({cost:.1f} ms of CPU) · {middle[slowest]:.1f} ms ({slowest})",
            target="median ≤ 50 ms",
            met=overall <= 50,
            samples=times,
        ),
        Row(
            f"{count:,} messages of 80 characters: the database · of it the index",
            f"{file / 1e6:.0f} MB · {index / 1e6:.0f} MB, {index / count:.0f} bytes a message",
            ratio=f"{index / (file - index):.0%} more",
        ),
    ]


def _fill(data: Path, count: int) -> None:
    code = f"from bench.corpus import fill; fill({count})"
    done = subprocess.run(
        [hubbub_command(), "shell", "-c", code],
        cwd=ROOT,
        env={**hubbub_environment(data), "PYTHONPATH": str(ROOT)},
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


def _sizes(data: Path) -> tuple[int, int]:
    """Bytes of the database file, and of the index in it."""
    file = data / "hubbub.sqlite3"
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (index,) = database.execute("SELECT SUM(LENGTH(block)) FROM hubbub_search_data").fetchone()
    return file.stat().st_size, index
