"""The databases that tests start for themselves come back when they are started again, whatever runs beside them."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import PostgreSQL

pytestmark = pytest.mark.stack("sqlite", "it starts its own")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    cluster = PostgreSQL(tmp_path_factory.mktemp("databases") / "postgres").start()
    yield cluster
    cluster.kill()


@pytest.fixture
def postgres(cluster: PostgreSQL) -> PostgreSQL:
    """It, running."""
    cluster.settings = ()
    return cluster if cluster.runs else cluster.start()


def test_postgresql_starts_again_though_another_pytest_began_meanwhile(postgres: PostgreSQL, tmp_path: Path) -> None:
    """Each takes the rights of others from the folder that all runs of a user share."""
    for stop in (postgres.stop, postgres.kill):
        stop()
        tmp_path.parent.parent.chmod(stat.S_IRWXU)
        postgres.start()
        assert postgres.query("SELECT 1") == ["1"]


def test_one_that_can_not_start_says_why_at_once(postgres: PostgreSQL) -> None:
    postgres.stop()
    postgres.settings = ("no_such_setting=1",)
    with pytest.raises(AssertionError, match="no_such_setting"):
        postgres.start()
    assert not postgres.runs


def test_what_has_ended_by_itself_can_be_paused_resumed_and_ended(postgres: PostgreSQL) -> None:
    assert postgres.process is not None
    os.kill(postgres.process.pid, signal.SIGQUIT)
    postgres.process.wait()
    assert not postgres.runs
    postgres.pause()
    postgres.resume()
    postgres.kill()
    assert postgres.start().query("SELECT 1") == ["1"]
