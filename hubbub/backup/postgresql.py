"""Copying, checking and replacing a PostgreSQL database, with PostgreSQL's own programs.

A restore is one transaction: the old tables go, the dump's come, the new epoch is written and the promises are asked.
When anything fails, even the last of it, the database is as it was.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from django.core.management import call_command
from django.db import Error as DatabaseError
from django.db import connections
from django.db.backends.postgresql.client import DatabaseClient

from hubbub.backup import contents, files
from hubbub.backup.contents import PROMISES, TABLES, Contents
from hubbub.backup.errors import BackupError, FailedCheck, WrongUse

Program = subprocess.Popen[bytes]

_PACKAGE = "PostgreSQL's client programs are missing ({}): install the package postgresql-client."
_GONE_SECONDS = 2.0
_OTHERS = (
    "SELECT COUNT(*), MIN(COALESCE(NULLIF(application_name, ''), 'a program')) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
)


class PostgreSQL:
    """The PostgreSQL database that Django knows as `alias`."""

    vendor = "postgresql"
    member = "database.dump"
    folders: list[Path] = []

    def __init__(self, alias: str) -> None:
        self._alias = alias

    # ── making ──

    def copy(self, to: Path) -> tuple[Contents, list[str]]:
        """Dump the database, as it is at this moment, to the new file `to`; what it holds, and its faults."""
        with self._one_moment() as (cursor, snapshot):
            held, wrong = contents.read(cursor), contents.faults(cursor)
            files.private(to).close()
            self._run("pg_dump", f"--snapshot={snapshot}", "--format=custom", f"--file={to}")
        self._compare(to, held)
        return held, wrong

    def examine(self, file: Path, promised: Contents) -> None:
        """Read a dump to its end. Raises FailedCheck when that can't be done, or it is not what was `promised`.

        Its promises are asked when it stands in the database, before the transaction commits.
        """
        self._compare(file, promised)

    @contextmanager
    def _one_moment(self) -> Iterator[tuple[Any, str]]:
        """A cursor that sees the database of one moment, and the name under which pg_dump sees the same."""
        connection = connections[self._alias]
        with connection.cursor() as cursor:
            cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                cursor.execute("SELECT pg_export_snapshot()")
                yield cursor, cursor.fetchone()[0]
            finally:
                cursor.execute("ROLLBACK")

    def _compare(self, dump: Path, promised: Contents) -> None:
        counted = self._rows_in(dump)
        for table, number in promised.rows.items():
            if counted.get(table) != number:
                raise FailedCheck(
                    f"The dump has {counted.get(table, 0):,} rows of {table} where {number:,} were promised."
                    " Nothing was changed."
                )

    def _rows_in(self, dump: Path) -> dict[str, int]:
        """The rows of each of our tables in a dump, read as it would be for a restore."""
        rows: dict[str, int] = {}
        reading = ""
        with _restoring("--data-only", str(dump)) as program:
            for line in _out_of(program):
                if reading and line == b"\\.\n":
                    reading = ""
                elif reading:
                    rows[reading] += 1
                elif line.startswith(b"COPY ") and (table := _table_of(line)) in TABLES:
                    reading = table
                    rows[table] = 0
            _must_have_worked(program)
        return rows

    # ── restoring ──

    def replace(self, copy: Path, epoch: str, aside: str, *, accept_faults: bool) -> tuple[Contents, None]:
        """Put the dump in the database's place under the new epoch, and bring it up to date; what it holds now.
        Raises BackupError when a promise is broken, unless accepted. Nothing is kept aside."""
        self._refuse_company()
        self._restore(copy, epoch, [] if accept_faults else _promises())
        try:
            call_command("migrate", database=self._alias, interactive=False, verbosity=0)
        except DatabaseError as error:
            why = str(error).strip().splitlines()[0]
            raise FailedCheck(f"The backup is restored, but not up to date: {why}. Try hubbub migrate.") from None
        with connections[self._alias].cursor() as cursor:
            return contents.read(cursor), None

    def _refuse_company(self) -> None:
        """Raise WrongUse while another session is in the database. One that is just leaving gets a moment."""
        deadline = time.monotonic() + _GONE_SECONDS
        while (company := self._company())[0]:
            if time.monotonic() > deadline:
                raise WrongUse(f"The database is in use ({company[1]}). Stop every server on it, then restore.")
            time.sleep(0.1)

    def _company(self) -> tuple[int, str]:
        import psycopg  # late: only with PostgreSQL

        connection = connections[self._alias]
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()
        with connection.wrap_database_errors, psycopg.connect(**connection.get_connection_params()) as alone:
            row: tuple[int, str] = alone.execute(_OTHERS).fetchone()  # type: ignore[assignment]  # one row of two
            return row

    def _restore(self, copy: Path, epoch: str, promises: list[str]) -> None:
        """Give psql the whole script. COMMIT is the last word: whoever is killed before it has changed nothing."""
        before = ["BEGIN", *self._drops()]
        after = ["RESET search_path", contents.new_epoch_statement(epoch), *promises, "COMMIT"]
        connections[self._alias].close()
        with (
            _restoring("--clean", "--if-exists", "--no-owner", "--no-privileges", str(copy)) as script,
            self._psql() as psql,
        ):
            try:
                _write(psql, before)
                shutil.copyfileobj(_out_of(script), _into(psql))
                _must_have_worked(script)
                _write(psql, after)
                _into(psql).close()
            except BrokenPipeError:  # psql met an error, and listens no more
                _must_have_worked(psql)
                raise BackupError("psql ended too early. Nothing was changed.") from None
            _must_have_worked(psql)

    def _drops(self) -> list[str]:
        """What this project's tables are now; a table that came after the backup must not stand in the way."""
        connection = connections[self._alias]
        tables = [*connection.introspection.django_table_names(only_existing=True), "django_migrations"]
        return [f"DROP TABLE IF EXISTS {connection.ops.quote_name(table)} CASCADE" for table in tables]

    # ── PostgreSQL's programs ──

    def _run(self, name: str, *arguments: str) -> None:
        command, environment = self._command(name, *arguments)
        with _started(command, environment, stdout=subprocess.DEVNULL) as program:
            _must_have_worked(program)

    @contextmanager
    def _psql(self) -> Iterator[Program]:
        """psql, ended by the first error in what it is given."""
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
        command, environment = self._command("psql", *options)
        with _started(command, environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as program:
            yield program

    def _command(self, program: str, *arguments: str) -> tuple[list[str], dict[str, str]]:
        """The command line, and the environment with the password: nobody reads that in a list of processes."""
        known = connections[self._alias].settings_dict
        command, environment = DatabaseClient.settings_to_cmd_args_env(known, ["--no-password", *arguments])
        return [_found(program), *command[1:]], {**os.environ, **(environment or {})}


def _restoring(*arguments: str) -> AbstractContextManager[Program]:
    """pg_restore, saying a dump as a script."""
    return _started([_found("pg_restore"), "--file=-", *arguments], None, stdout=subprocess.PIPE)


@contextmanager
def _started(command: list[str], environment: dict[str, str] | None, **pipes: Any) -> Iterator[Program]:
    """A program that is gone when this ends; what it says of errors is kept in a file, so it never waits for us."""
    with TemporaryFile() as said, subprocess.Popen(command, env=environment, stderr=said, **pipes) as program:  # noqa: S603
        program.said = said  # type: ignore[attr-defined]  # beside the program, where it is asked for
        try:
            yield program
        finally:
            program.kill()


def _found(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise WrongUse(_PACKAGE.format(name))
    return path


def _must_have_worked(program: Program) -> None:
    """Wait for its end. Raises BackupError with its own first words on an error."""
    if code := program.wait():
        program.said.seek(0)  # type: ignore[attr-defined]  # as above
        said = program.said.read().decode(errors="replace").splitlines()  # type: ignore[attr-defined]
        errors = [line for line in said if "error" in line.lower()]
        why = errors[0].strip()[:300] if errors else f"exit code {code}"
        raise BackupError(f"{why}. Nothing was changed.")


def _out_of(program: Program) -> IO[bytes]:
    assert program.stdout is not None
    return program.stdout


def _into(program: Program) -> IO[bytes]:
    assert program.stdin is not None
    return program.stdin


def _write(program: Program, statements: Iterable[str]) -> None:
    _into(program).write("".join(f"{statement};\n" for statement in statements).encode())


def _promises() -> list[str]:
    """The promises as statements that fail when one is broken."""
    return [
        f"DO $hubbub$ BEGIN IF EXISTS ({query}) THEN RAISE EXCEPTION '{sentence}'; END IF; END $hubbub$"
        for sentence, query in PROMISES
    ]


def _table_of(line: bytes) -> str:
    """The table in `COPY schema.table (columns) FROM stdin;`."""
    return line.split(b" ", 2)[1].split(b".")[-1].strip(b'"').decode()
