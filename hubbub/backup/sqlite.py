"""Copying, checking and replacing a database of SQLite's.

A copy while the server writes: the source's connection holds one read transaction from the first page to the last, so
the copy is the database of one moment and no write makes it begin again (without that, a write by another process
does, and under steady load it never ends). In WAL mode a reader keeps nobody from writing. It rests as long as it
worked, so the server has the disk and a processor half of the time.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connections

from hubbub.backup import contents, files
from hubbub.backup.contents import Contents
from hubbub.backup.errors import FailedCheck, WrongUse

PAGES = 1000
_LONGEST_REST = 0.25
_PATIENCE = 10.0
_RUNNING = "Somebody has the database {} open. Stop the server and every other program on it, then restore."


class SQLite:
    """The SQLite database that Django knows as `alias`."""

    vendor = "sqlite"
    member = "database.sqlite3"

    def __init__(self, alias: str) -> None:
        self._alias = alias
        self._path = Path(connections[alias].settings_dict["NAME"]).absolute()

    @property
    def folders(self) -> list[Path]:
        """Where nobody else may be at work during a restore."""
        return [self._path.parent]

    # ── making ──

    def copy(self, to: Path) -> tuple[Contents, list[str]]:
        """Copy the database, as it is at this moment, to the new file `to`; what the copy holds, and its faults."""
        if not self._path.exists():
            raise WrongUse(f"There is no database at {self._path}: nothing to back up.")
        files.private(to).close()
        with closing(_connect(self._path)) as source, closing(_connect(to)) as target:
            if _one(source, "PRAGMA journal_mode") == "wal":
                source.execute("BEGIN")
                _one(source, "SELECT COUNT(*) FROM sqlite_master")
                source.backup(target, pages=PAGES, progress=_rest())
            else:  # here a reader keeps writers out: the quicker it is over, the better
                source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        files.sync_file(to)
        return self.examine(to)

    def examine(self, file: Path, promised: Contents | None = None) -> tuple[Contents, list[str]]:
        """What a copy holds, and its faults. Raises FailedCheck when it is damaged or not what was `promised`."""
        try:
            with closing(_connect(file)) as database:
                _check_structure(database)
                held, wrong = contents.read(database.cursor()), contents.faults(database.cursor())
        except sqlite3.OperationalError as error:
            raise FailedCheck(f"This is not a database of Hubbub's: {error}.") from None
        except sqlite3.Error as error:
            raise FailedCheck(f"The copy of the database is not whole: {error}.") from None
        if promised is not None and held != promised:
            raise FailedCheck("The backup holds something else than it says of itself. Nothing was changed.")
        return held, wrong

    # ── restoring ──

    def replace(self, copy: Path, epoch: str, aside: str, *, accept_faults: bool) -> tuple[Contents, Path | None]:
        """Bring `copy` up to date, give it the new epoch, and put it in the database's place; what it holds now, and
        where the old database is, named after `aside`. Raises FailedCheck when a promise is broken, unless accepted."""
        connections[self._alias].close()
        held, wrong = self._bring_up_to_date(copy, epoch)
        if wrong and not accept_faults:
            raise FailedCheck(f"This backup is not right: {'; '.join(wrong)}. Nothing was changed.")
        files.own_like(self._path.parent, copy)
        files.sync_file(copy)
        with self._nobody_else():
            kept = self._set_aside(aside)
            os.replace(copy, self._path)
            files.sync_folder(self._path.parent)
        return held, kept

    def _bring_up_to_date(self, copy: Path, epoch: str) -> tuple[Contents, list[str]]:
        with self._looking_at(copy):
            call_command("migrate", database=self._alias, interactive=False, verbosity=0)
            with connections[self._alias].cursor() as cursor:
                cursor.execute(contents.new_epoch_statement(epoch))
        with closing(_connect(copy)) as database:
            database.execute("PRAGMA journal_mode=DELETE")
        return self.examine(copy)

    @contextmanager
    def _looking_at(self, file: Path) -> Iterator[None]:
        """Let Django's connection be one to `file`."""
        connection = connections[self._alias]
        before = connection.settings_dict["NAME"]
        connection.settings_dict["NAME"] = str(file)
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = before

    @contextmanager
    def _nobody_else(self) -> Iterator[None]:
        """Lock the old database for ourselves, as one file without a log. One that is damaged needs no lock."""
        if not self._path.exists():
            yield
            return
        with closing(_connect(self._path)) as old:
            try:
                _one(old, "PRAGMA journal_mode=DELETE")
                old.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                    raise WrongUse(_RUNNING.format(self._path)) from None
            except sqlite3.DatabaseError:
                pass
            yield

    def _set_aside(self, aside: str) -> Path | None:
        """Keep the old database under a dated name. A log that it still has belongs to it, not to the new one."""
        if not self._path.exists():
            return None
        kept = self._path.with_name(f"{self._path.name}.{aside}")
        for ending in ("-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                os.replace(f"{self._path}{ending}", f"{kept}{ending}")
        try:
            os.link(self._path, kept)  # so that there is a database under its name at every moment
        except OSError:
            os.replace(self._path, kept)
        return kept


def _connect(path: Path) -> sqlite3.Connection:
    """A connection to a file that is there, without transactions of Python's own."""
    return sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=_PATIENCE)


def _rest() -> Callable[[int, int, int], None]:
    """A pace: after each step, rest as long as the step took."""
    began = time.monotonic()

    def rest(status: int, remaining: int, total: int) -> None:
        nonlocal began
        time.sleep(min(time.monotonic() - began, _LONGEST_REST))
        began = time.monotonic()

    return rest


def _check_structure(database: sqlite3.Connection) -> None:
    if (told := _one(database, "PRAGMA integrity_check(1)")) != "ok":
        raise FailedCheck(f"The copy of the database is damaged: {' '.join(str(told).split())}.")
    if (row := database.execute("PRAGMA foreign_key_check").fetchone()) is not None:
        raise FailedCheck(
            f"In the copy of the database a row of {row[0]} points to a row of {row[2]} that is not there."
        )


def _one(database: sqlite3.Connection, statement: str) -> Any:
    return database.execute(statement).fetchone()[0]
