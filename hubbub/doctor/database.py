"""The database: does it answer, is it up to date, does what it commits stay, and does its clock agree?"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.models import F

from hubbub.doctor.finding import Finding, clock, ok, problem, warning
from hubbub.journal.batch import database
from hubbub.models import Epoch
from hubbub.trace import first_line

CONNECTIONS_A_WORKER = 12  # readers, pages, the writer, a check, and a little
# Where SQLite's shared memory does not work, or locks are not what they say (sqlite.org/wal.html, "all processes …
# must be on the same host").
NETWORK_FILE_SYSTEMS = tuple("nfs cifs smb 9p afs ceph glusterfs fuse.sshfs fuse.glusterfs vboxsf".split())


def examine() -> Iterator[Finding]:
    """All of it, or just that it does not answer."""
    connection = connections[database()]
    try:
        connection.ensure_connection()
    except DatabaseError as error:
        yield problem("database", f"It can't be reached: {first_line(error)}", "Start it, or correct its address.")
        return
    try:
        yield from _up_to_date(connection)
        yield from _lasting(connection)
    finally:
        connection.close()


def _up_to_date(connection: BaseDatabaseWrapper) -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield problem(
            "database", f"{len(missing)} migrations are not applied.", "Run “migrate”; “hubbub serve” does it too."
        )
        return
    began = time.perf_counter()
    try:
        Epoch.current()
        Epoch.objects.update(name=F("name"))
    except DatabaseError as error:
        yield problem("database", f"Nothing can be stored: {first_line(error)}", "Look at its disk and its rights.")
        return
    took = (time.perf_counter() - began) * 1000
    say = ok if took < 200 else warning
    yield say("database", f"{_version(connection)} answers, is up to date, and stores in {took:.1f} ms.")


def _version(connection: BaseDatabaseWrapper) -> str:
    numbers = connection.get_database_version()
    return f"{connection.display_name} {'.'.join(map(str, numbers))}"


def _lasting(connection: BaseDatabaseWrapper) -> Iterator[Finding]:
    if connection.vendor == "sqlite":
        yield from _sqlite(connection)
    elif connection.vendor == "postgresql":
        yield from _postgresql(connection)


def _sqlite(connection: BaseDatabaseWrapper) -> Iterator[Finding]:
    mode = str(_ask(connection, "PRAGMA journal_mode")).lower()
    if mode not in ("wal", "memory"):
        yield warning("database", f"SQLite's journal mode is {mode}: readers and the writer wait for each other.",
                      "PRAGMA journal_mode=WAL in the database's init_command.")  # fmt: skip
    if int(_ask(connection, "PRAGMA synchronous")) < 2:
        yield problem("database", "SQLite does not wait for the disk: an acknowledged message can be lost.",
                      "PRAGMA synchronous=FULL in the database's init_command.")  # fmt: skip
    else:
        yield ok("database", "What is committed is on the disk.")
    if int(_ask(connection, "PRAGMA secure_delete")) == 0:
        yield warning("database", "SQLite leaves deleted texts in the free parts of its file.",
                      "PRAGMA secure_delete=ON in the database's init_command.")  # fmt: skip
    kind = file_system(Path(os.fspath(connection.settings_dict["NAME"])))
    if kind.startswith(NETWORK_FILE_SYSTEMS):
        yield problem("database", f"The database is on a network file system ({kind}), where SQLite can't be trusted.",
                      "Move the data folder to a local disk, or use PostgreSQL.")  # fmt: skip


def _postgresql(connection: BaseDatabaseWrapper) -> Iterator[Finding]:
    for name in ("synchronous_commit", "fsync", "full_page_writes"):
        if (value := str(_ask(connection, f"SHOW {name}"))) == "off":
            yield problem("database", f"PostgreSQL runs with {name} = {value}: an acknowledged message can be lost.",
                          f"Set {name} = on.")  # fmt: skip
    free = int(_ask(connection, "SHOW max_connections")) - int(_ask(connection, "SHOW superuser_reserved_connections"))
    workers = max(1, int(os.environ.get("HUBBUB_WORKERS") or 1))
    wanted = workers * CONNECTIONS_A_WORKER
    if free < wanted:
        yield problem("database", f"PostgreSQL lets {free} connections in; {workers} workers may want {wanted}.",
                      "Raise max_connections, or run fewer workers. Count those on other machines too.")  # fmt: skip
    else:
        yield ok("database", f"PostgreSQL lets {free} connections in; a worker wants at most {CONNECTIONS_A_WORKER}.")
    theirs = float(_ask(connection, "SELECT extract(epoch FROM clock_timestamp())"))
    yield clock("clock", "The database's", theirs - time.time())


def _ask(connection: BaseDatabaseWrapper, question: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def file_system(path: Path, mounts: str | None = None) -> str:
    """The kind of file system that `path` is on, by Linux's table of mounts; empty where there is none."""
    try:
        table = Path("/proc/self/mounts").read_text() if mounts is None else mounts
    except OSError:
        return ""
    found, kind = Path(), ""
    for line in table.splitlines():
        _, where, its_kind, *_ = line.split()
        mount = Path(where.replace("\\040", " "))
        if path.resolve().is_relative_to(mount) and len(mount.parts) >= len(found.parts):
            found, kind = mount, its_kind
    return kind
