"""The stack that this run of the tests is on: SQLite with the layer in memory, or PostgreSQL with Redis.

A pytest plugin, named in pyproject.toml: Django's settings want an address before any conftest is read. The first
process starts the servers, once, and tells xdist's workers where they are by the environment.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.databases import PostgreSQL, Redis

STACKS = ("sqlite", "postgres")
CHOICE, POSTGRES, REDIS, RUN = (f"HUBBUB_TEST_{name}" for name in ("STACK", "POSTGRES", "REDIS", "RUN"))
OWN_NUMBERS = 1000  # of Redis databases, for each worker of xdist
FIRST_START = """
import django; django.setup()
from pathlib import Path
from django.conf import settings
from hubbub.server.first_run import collect_static, migrate
migrate(); collect_static(Path(settings.STATIC_ROOT))
"""

_started: list[PostgreSQL | Redis | Path] = []
_numbers: dict[Path, int] = {}


# ── what tests and servers ask ──


def chosen() -> str:
    """The stack of this run: "sqlite" unless HUBBUB_TEST_STACK says "postgres"."""
    stack = os.environ.get(CHOICE) or "sqlite"
    if stack not in STACKS:
        raise pytest.UsageError(f"{CHOICE} is {stack!r}; there are {' and '.join(STACKS)}.")
    return stack


def of(test: pytest.Item) -> str:
    """The stack that this test runs on: its own by nature (`@pytest.mark.stack(name, reason)`), or the run's."""
    mark = test.get_closest_marker("stack")
    if mark is None:
        return chosen()
    name, reason = mark.args
    assert name in STACKS, name
    assert reason, "a test with a stack of its own says why"
    return str(name)


def environment(data: Path, stack: str) -> dict[str, str]:
    """What a server that keeps its files in `data` is told: a database and a layer for it alone."""
    if stack == "sqlite":
        return {"HUBBUB_DATABASE_URL": "", "HUBBUB_REDIS_URL": ""}
    begin(stack)
    number = _numbers.setdefault(data, _worker() * OWN_NUMBERS + len(_numbers) + 1)
    return {
        "HUBBUB_DATABASE_URL": f"{os.environ[POSTGRES]}/{_name(data)}",
        "HUBBUB_REDIS_URL": f"{os.environ[REDIS]}/{number}",
    }


def prepare(data: Path, stack: str) -> None:
    """The folder `data` and its database as a first start leaves them, copied from a template made once a run."""
    template = _template(stack)
    if not data.exists():
        shutil.copytree(template, data)
    if stack == "postgres":
        make_database(data, _name(template))


def make_database(data: Path, template: str = "template1") -> None:
    """The PostgreSQL database that belongs to the folder, unless it is there."""
    import psycopg  # late: runs on SQLite need none

    with psycopg.connect(f"{os.environ[POSTGRES]}/hubbub".replace("postgres:", "postgresql:"), autocommit=True) as line:
        if not line.execute("SELECT 1 FROM pg_database WHERE datname = %s", [_name(data)]).fetchone():
            line.execute(f'CREATE DATABASE "{_name(data)}" TEMPLATE "{template}"')


def cluster(folder: Path) -> PostgreSQL:
    """A PostgreSQL of one's own in `folder`, its database as a first start leaves it: a copy too."""
    return PostgreSQL(folder, like=_migrated_cluster)


def furnish(data: Path) -> None:
    """Put the static files that a first start gathers into the folder `data`, unless it has some."""
    if not (data / "static").exists():
        template = _template("sqlite")
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copytree(template / "static", data / "static")


@contextmanager
def opened(data: Path) -> Iterator[Any]:
    """A connection to the database of the server that keeps its files in `data`, beside the server's own."""
    if (file := data / "hubbub.sqlite3").exists():
        line: Any = sqlite3.connect(file, timeout=30)
    else:
        import psycopg  # late: as above

        line = psycopg.connect(f"{os.environ[POSTGRES]}/{_name(data)}".replace("postgres:", "postgresql:"))
    try:
        yield line
    finally:
        line.close()


def _name(data: Path) -> str:
    return "hubbub_" + hashlib.blake2b(str(data.resolve()).encode(), digest_size=8).hexdigest()


def _worker() -> int:
    """1, 2 … for xdist's workers, 0 without them."""
    found = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
    return int(found[1]) + 1 if found else 0


def _template(stack: str) -> Path:
    """The folder that a first start leaves on this stack, without its secret."""
    begin(stack)
    template = Path(os.environ[RUN]) / stack
    _once(template, partial(_start_for_the_first_time, template, stack))
    return template


def _migrated_cluster() -> PostgreSQL:
    """A PostgreSQL cluster, stopped, after a first start on its database."""
    begin("sqlite")
    made = PostgreSQL(Path(os.environ[RUN]) / "cluster")
    _once(made.folder, partial(_migrate_cluster, made))
    return made


def _once(what: Path, make: Callable[[], None]) -> None:
    """Call `make` unless a process of this run has done so; whoever comes meanwhile waits."""
    with what.with_name(f"{what.name}.made").open("a+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.fstat(lock.fileno()).st_size:
            make()
            lock.write("made\n")


def _start_for_the_first_time(template: Path, stack: str) -> None:
    if stack == "postgres":
        make_database(template)
    _first_start(template, environment(template, stack))
    (template / "secret_key").unlink()


def _migrate_cluster(postgres: PostgreSQL) -> None:
    postgres.start()
    data = postgres.folder / "data"
    furnish(data)  # which is not to be gathered again
    _first_start(data, {"HUBBUB_DATABASE_URL": postgres.url, "HUBBUB_REDIS_URL": ""})
    postgres.stop()


def _first_start(data: Path, where: Mapping[str, str]) -> None:
    own = {"HUBBUB_DATA": str(data), "DJANGO_SETTINGS_MODULE": "hubbub.server.settings"}
    command = [sys.executable, "-c", FIRST_START]
    subprocess.run(command, env={**os.environ, **own, **where}, check=True, umask=0o077, stdout=subprocess.DEVNULL)


# ── the run ──


def begin(stack: str) -> None:
    """Start what the stack needs, unless it runs already, here or in the process that started this one."""
    if RUN not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="hubbub-run-"))
        _started.append(folder)
        os.environ[RUN] = str(folder)
    if stack == "postgres" and POSTGRES not in os.environ:
        folder = Path(tempfile.mkdtemp(prefix="hubbub-servers-"))
        # Nobody pulls the plug in tests of this cluster: what is written need not reach the disk.
        postgres = PostgreSQL(folder / "postgres", "fsync=off", "full_page_writes=off", "max_connections=500")
        redis = Redis(folder, "--databases", str(20 * OWN_NUMBERS))
        _started.extend((folder, postgres, redis))
        postgres.start()
        redis.start()
        os.environ[POSTGRES] = postgres.url.rpartition("/")[0]
        os.environ[REDIS] = redis.url.rpartition("/")[0]


@atexit.register
def end() -> None:
    """End what this process started."""
    while _started:
        part = _started.pop()
        if isinstance(part, Path):
            shutil.rmtree(part, ignore_errors=True)
        else:
            part.kill()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """Before Django's settings are read: servers, and the addresses that tests of this very process use."""
    stack = chosen()
    begin(stack)
    os.environ.update(environment(Path(os.environ[RUN]) / "tests", stack))
    return (yield)


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "stack(name, reason): the test is about one stack by nature; runs on it always")


def pytest_report_header() -> str:
    return f"stack: {chosen()}"


def pytest_unconfigure() -> None:
    end()
