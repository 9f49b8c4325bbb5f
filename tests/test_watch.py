"""On SQLite what other processes commit is noticed at once, and what this node commits itself wakes nobody."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connections

from hubbub.journal.watch import LOOK_SECONDS, Others, Watch, files_of
from tests.databases import wait_until
from tests.people import dial
from tests.servers import Server

ALIAS = "watched"
ALONE = {
    "HUBBUB_DATABASE_URL": "", "HUBBUB_REDIS_URL": "", "HUBBUB_RATE_LIMITS": "off",
    "DJANGO_SETTINGS_MODULE": "tests.slow_check_settings",
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path, django_db_blocker: object) -> Iterator[Path]:
    """A SQLite file with a log, that Django knows under an alias of its own."""
    path = tmp_path / "watched.sqlite3"
    with closing(sqlite3.connect(path)) as made:
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("CREATE TABLE word (text)")
        made.commit()
    default = connections.settings["default"]
    connections.settings[ALIAS] = {
        **default, "ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": {}, "CONN_HEALTH_CHECKS": False,
    }  # fmt: skip
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield path
        connections[ALIAS].close()
    del connections[ALIAS]
    del connections.settings[ALIAS]


def write(path: Path) -> None:
    """Commit something as another process would."""
    with closing(sqlite3.connect(path, timeout=10)) as other, other:
        other.execute("INSERT INTO word VALUES ('hello')")


def own_write() -> None:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("INSERT INTO word VALUES ('mine')")


def test_others_are_told_from_ones_own(file: Path) -> None:
    others = Others()
    assert others.committed(ALIAS), "nobody knows what was before"
    own_write()
    assert not others.committed(ALIAS)
    write(file)
    assert others.committed(ALIAS)
    assert not others.committed(ALIAS)
    own_write()
    write(file)
    assert others.committed(ALIAS), "its own write hides nobody's"


def test_a_new_connection_knows_nothing_of_what_was_before(file: Path) -> None:
    others = Others()
    others.committed(ALIAS)
    write(file)
    connections[ALIAS].close()
    assert others.committed(ALIAS)


@pytest.fixture
def watching(file: Path) -> Iterator[Callable[..., list[float]]]:
    """Start a watch: `told = watching()`; `told` has a time for each write that it noticed."""
    watches: list[Watch] = []

    def start(wanted: Callable[[], bool] = lambda: True) -> list[float]:
        told: list[float] = []
        watch = Watch(ALIAS, wanted, lambda: told.append(time.monotonic()))
        watches.append(watch)
        watch.start()
        return told

    yield start
    for watch in watches:
        watch.end()


def settled(told: list[float]) -> int:
    """How often it has told, once it has nothing more to tell."""
    while True:
        before = len(told)
        time.sleep(10 * LOOK_SECONDS)
        if len(told) == before:
            return before


def test_each_write_is_noticed(file: Path, watching: Callable[..., list[float]]) -> None:
    told = watching()
    for _ in range(20):
        before = settled(told)
        write(file)
        wait_until(lambda: len(told) > before, "the write is noticed")  # noqa: B023


def test_nothing_is_looked_at_while_nobody_cares(file: Path, watching: Callable[..., list[float]]) -> None:
    told = watching(lambda: False)
    write(file)
    assert settled(told) == 0


def test_a_file_that_is_replaced_is_watched_on(file: Path, watching: Callable[..., list[float]]) -> None:
    told = watching()
    copy = shutil.copy(file, file.with_suffix(".copy"))
    before = settled(told)
    for rest in ("-wal", "-shm"):
        Path(f"{file}{rest}").unlink(missing_ok=True)
    os.replace(copy, file)
    wait_until(lambda: len(told) > before, "the new file is noticed")
    before = settled(told)
    write(file)
    wait_until(lambda: len(told) > before, "a write to it too")


def test_a_database_that_is_no_file_is_not_watched(file: Path) -> None:
    assert files_of(ALIAS) == [f"{file}-wal", str(file)]
    connections.settings[ALIAS]["NAME"] = "file:memory?mode=memory&cache=shared"
    connections[ALIAS].settings_dict["NAME"] = "file:memory?mode=memory&cache=shared"
    assert files_of(ALIAS) == []


async def test_two_nodes_on_one_file_without_a_layer_hear_each_other(tmp_path: Path) -> None:
    """Their regular checks never come, so only the watch can have told."""
    nodes = [Server(tmp_path / "data", **ALONE) for _ in range(2)]
    try:
        ana, ben = [await dial(node.start()) for node in nodes]
        for talk in (ana, ben):
            await talk.join("bridge")
        for number in range(10):
            await ana.post("bridge", f"word {number}")
            assert (await ben.until("message", seconds=30))["message"] == f"word {number}"
        await ben.post("bridge", "and back")
        await ana.until("message", message="and back", seconds=30)
    finally:
        for node in nodes:
            node.kill()


async def test_a_post_from_a_shell_is_heard_by_workers_that_have_no_word_of_it(tmp_path: Path) -> None:
    server = Server(tmp_path / "data", **ALONE, HUBBUB_WORKERS="2").start()
    try:
        talks = [await dial(server) for _ in range(6)]
        for talk in talks:
            await talk.join("shell")
        server.command("shell", "-c", _SHELL_POST)
        for talk in talks:
            await talk.until("message", message="from the shell", seconds=30)
    finally:
        server.stop()


_SHELL_POST = """
from hubbub.api import post_message
from hubbub.models import Person
post_message("shell", "from the shell", author=Person.objects.create(name="Ana"))
"""
