"""How long a thread waits for the database, and what happens to a call that takes longer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.test import override_settings

from hubbub.patience import deadline, for_another_try, patience
from hubbub.postgresql import Connection
from tests.databases import PostgreSQL
from tests.links import Link

SHORT = override_settings(HUBBUB={"DATABASE_SECONDS": 0.5})


def test_a_thread_of_nobodys_concern_waits_for_ever() -> None:
    assert deadline() == float("inf")
    with patience():
        pass
    assert deadline() == float("inf")


def test_everything_inside_ends_together() -> None:
    with SHORT, patience():
        first = deadline()
        time.sleep(0.05)
        with patience(), patience(each=True):
            assert deadline() == first
        assert for_another_try()
        time.sleep(0.25)
        assert not for_another_try()


def test_or_each_call_for_itself() -> None:
    with SHORT, patience(each=True):
        first = deadline()
        time.sleep(0.02)
        assert deadline() > first
        with patience():
            bound = deadline()
            time.sleep(0.02)
            assert deadline() == bound
        assert deadline() > bound


def test_it_is_the_threads_own() -> None:
    seen: list[float] = []
    with patience():
        thread = threading.Thread(target=lambda: seen.append(deadline()))
        thread.start()
        thread.join()
    assert seen == [float("inf")]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    postgres = PostgreSQL(tmp_path_factory.mktemp("postgres")).start()
    yield postgres
    postgres.kill()


@pytest.fixture
def line(postgres: PostgreSQL) -> Iterator[Link]:
    with Link(postgres.port) as line:
        yield line


def call(line: Link) -> Any:
    return Connection.connect(host="127.0.0.1", port=line.port, user="hubbub", dbname="hubbub", autocommit=True)


def test_a_call_in_time_is_like_any_other(line: Link) -> None:
    with call(line) as connection, patience():
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert connection.execute("SELECT repeat('x', 3000000)").fetchone() == ("x" * 3_000_000,)
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1/0")


@SHORT
def test_a_statement_that_takes_too_long_is_cancelled_and_the_connection_lives_on(line: Link) -> None:
    with call(line) as connection:
        begun = time.monotonic()
        with patience(), pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT pg_sleep(20)")
        assert time.monotonic() - begun < 5
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert connection.execute("SELECT pg_sleep(1)").fetchone(), "outside of it there is no bound"


@SHORT
def test_a_server_that_says_nothing_is_hung_up_on(line: Link) -> None:
    connection = call(line)
    line.freeze()
    begun = time.monotonic()
    with patience(), pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    assert time.monotonic() - begun < 5
    assert connection.closed


@SHORT
def test_a_frozen_server_is_hung_up_on_at_the_commit_too(line: Link, postgres: PostgreSQL) -> None:
    connection = call(line)
    connection.autocommit = False
    connection.execute("CREATE TEMPORARY TABLE t (n int)")
    postgres.pause()
    try:
        with patience(), pytest.raises(psycopg.OperationalError):
            connection.commit()
    finally:
        postgres.resume()
    assert connection.closed
