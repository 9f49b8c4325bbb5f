"""What the first start makes: the data folder (0700), the secret (0600), the tables, the static files."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from hubbub import __version__
from hubbub.server.addresses import BadSetting

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

MIGRATING = 0x687562627562  # the number of an advisory lock: "hubbub"


def make_data_folder(data: Path) -> None:
    """Make `data` for the owner alone. Raises BadSetting when that can't be."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = data / ".writable"
        probe.touch(mode=0o600)
        probe.unlink()
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise BadSetting(f"The data folder {data} can't be written: {why}. Choose another with --data.") from None


def secret_key(data: Path) -> str:
    """The secret kept in `data`, made on first use with mode 0600. The first of several processes wins."""
    path = data / "secret_key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise BadSetting(f"The secret in {path} can't be read: {error.strerror}.") from None
    make_data_folder(data)
    fresh = data / f".secret_key.{os.getpid()}"
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(50) + "\n")
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text().strip()


@contextmanager
def taking_turns_in(data: Path) -> Iterator[None]:
    """Within: no other process prepares in this folder. A full disk has no room for the lock nor for what it guards."""
    try:
        lock = os.open(data / ".preparing", os.O_WRONLY | os.O_CREAT, 0o600)
    except OSError:
        yield
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def migrate() -> None:
    """Bring the tables up to date. Says what it does only when there is something to do."""
    from django.core.management import call_command  # late: Django must be set up first
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    with _one_at_a_time(connection):
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            tell("Preparing the database …")
            call_command("migrate", interactive=False, verbosity=0)


@contextmanager
def _one_at_a_time(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Nodes of one PostgreSQL that start together wait for the first to make the tables."""
    if connection.vendor != "postgresql":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATING])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATING])


def collect_static(static_root: Path) -> None:
    """Gather the static files under hashed names, unless this version's are there already."""
    from django.core.management import call_command  # late: Django must be set up first

    if is_collected(static_root):
        return
    tell("Gathering static files …")
    call_command("collectstatic", interactive=False, verbosity=0)
    (static_root / ".collected").write_text(_sources_stamp())


def is_collected(static_root: Path) -> bool:
    """Whether this version's static files are there."""
    stamp = static_root / ".collected"
    return stamp.exists() and stamp.read_text() == _sources_stamp()


def _sources_stamp() -> str:
    """Changes whenever a static file of Hubbub or the version does."""
    sources = Path(__file__).parent.parent / "static"
    seen = hashlib.blake2b(__version__.encode())
    for file in sorted(sources.rglob("*")):
        status = file.stat()
        seen.update(f"{file.relative_to(sources)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return seen.hexdigest()


def tell(sentence: str) -> None:
    """Print a line for whoever started us. Where the output goes, the disk may be full: then nobody is told."""
    try:
        print(sentence, flush=True)
    except OSError:
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115  until the end; what is left must not spoil the exit code
