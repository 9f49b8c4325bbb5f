"""Data folders with something said in them, for tests that look at what is stored."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.servers import Server

SAY = """
from hubbub import identity
from hubbub.api import post_message
from hubbub.models import Epoch, Person
people = [Person.objects.create(name=name) for name in ("Ana", "Ben")]
for number in range({count}):
    post_message("Lobby" if number % 3 else "attic", f"word {{number}}", author=people[number % 2])
print(Epoch.current())
"""


def talk_in(data: Path, count: int = 30, **environment: str) -> str:
    """Make a data folder with two rooms, two people and `count` messages; its epoch."""
    server = Server(data, **environment)
    server.command("migrate", "--verbosity", "0")
    return server.command("shell", "-c", SAY.format(count=count)).split()[-1]


def texts(data: Path) -> list[str]:
    """Everything said in a data folder on SQLite, in the order of its ids."""
    with closing(sqlite3.connect(data / "hubbub.sqlite3", timeout=30)) as database:
        return [text for (text,) in database.execute("SELECT text FROM hubbub_message ORDER BY id")]


def epoch(data: Path) -> str:
    """The epoch of a data folder on SQLite."""
    with closing(sqlite3.connect(data / "hubbub.sqlite3", timeout=30)) as database:
        return str(database.execute("SELECT name FROM hubbub_epoch").fetchone()[0])


def found_in(data: Path, typed: str, **environment: str) -> list[str]:
    """What somebody who searches in a data folder finds, newest first."""
    code = f"from tests.talk import found; print(chr(10).join(found({typed!r})))"
    return Server(data, **environment).command("shell", "-c", code).splitlines()[-1:]


def found(typed: str) -> list[str]:
    """The same in this process."""
    from datetime import UTC, date  # late: this runs in a server's process, with its Django

    from hubbub.identity import new_guest
    from hubbub.search.find import find

    findings = find(new_guest(), typed, zone=UTC, today=date(2026, 11, 24))
    return ["".join(text for text, _ in one.context) for one in findings.found]
