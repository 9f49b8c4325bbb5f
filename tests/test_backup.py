"""`hubbub backup` on SQLite: one private, checked file, made while the server runs; or a sentence and no file."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import resource
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hubbub.backup import sqlite as module
from hubbub.backup.sqlite import SQLite
from tests.conftest import StartServer
from tests.faults.checker import History
from tests.faults.clients import until
from tests.faults.crowd import Crowd
from tests.servers import ROOT
from tests.talk import epoch, talk_in, texts
from tests.test_cli import hubbub

pytestmark = pytest.mark.stack("sqlite", "SQLite's copy; PostgreSQL has tests of its own")

PATIENCE = 60


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with thirty messages, not to be changed."""
    data = tmp_path_factory.mktemp("said") / "data"
    talk_in(data)
    return data


@pytest.fixture
def data(said: Path, tmp_path: Path) -> Path:
    """A copy of it, to be changed at will."""
    return shutil.copytree(said, tmp_path / "data")


def back_up(data: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return hubbub("backup", *map(str, arguments), HUBBUB_DATA=str(data), **environment)


def change(data: Path, *statements: str) -> None:
    """Change the database behind Hubbub's back."""
    with closing(sqlite3.connect(data / "hubbub.sqlite3")) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def sentence(run: subprocess.CompletedProcess[str], code: int) -> str:
    """The one line that says why it ended with this code."""
    assert run.returncode == code, run.stdout + run.stderr
    lines = run.stderr.strip().splitlines()
    assert len(lines) == 1, run.stderr
    return lines[0]


# ── what is made ────────────────────────────────────────────────────────────────────────────────────


def test_a_backup_is_one_private_file_with_everything_a_new_machine_needs(said: Path, tmp_path: Path) -> None:
    run = back_up(said, tmp_path / "night.zip")
    assert run.returncode == 0, run.stderr
    assert "2 rooms, 2 people, 30 messages" in run.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["night.zip"]
    assert stat.S_IMODE((tmp_path / "night.zip").stat().st_mode) == 0o600
    with zipfile.ZipFile(tmp_path / "night.zip") as packed:
        manifest = json.loads(packed.read("manifest.json"))
        assert packed.read("secret_key").decode().strip() == (said / "secret_key").read_text().strip()
        packed.extract("database.sqlite3", tmp_path)
    assert manifest["contents"]["epoch"] == epoch(said)
    assert manifest["contents"]["rooms"] == [
        {"key": "attic", "seq": 10, "messages": 10},
        {"key": "lobby", "seq": 20, "messages": 20},
    ]
    (tmp_path / "database.sqlite3").rename(tmp_path / "hubbub.sqlite3")
    assert texts(tmp_path) == texts(said)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:]{8}\+00:00", manifest["made_at"])


def test_without_a_name_it_is_named_by_the_time(said: Path, tmp_path: Path) -> None:
    assert back_up(said, tmp_path).returncode == 0
    assert [bool(re.fullmatch(r"hubbub-backup-\d{8}T\d{6}Z\.zip", path.name)) for path in tmp_path.iterdir()] == [True]


def test_a_file_that_is_there_is_not_replaced_unless_forced(said: Path, tmp_path: Path) -> None:
    (tmp_path / "night.zip").write_text("of yesterday")
    assert "--force" in sentence(back_up(said, tmp_path / "night.zip"), 2)
    assert (tmp_path / "night.zip").read_text() == "of yesterday"
    assert back_up(said, tmp_path / "night.zip", "--force").returncode == 0
    assert zipfile.is_zipfile(tmp_path / "night.zip")


def test_a_secret_that_is_kept_elsewhere_stays_there(said: Path, tmp_path: Path) -> None:
    assert back_up(said, tmp_path / "b.zip", HUBBUB_SECRET_KEY="in a vault of its own").returncode == 0
    with zipfile.ZipFile(tmp_path / "b.zip") as packed:
        assert packed.namelist() == ["manifest.json", "database.sqlite3"]
        assert b"vault" not in packed.read("manifest.json")


def test_a_database_without_a_log_is_copied_too(data: Path, tmp_path: Path) -> None:
    change(data, "PRAGMA journal_mode=DELETE")
    assert back_up(data, tmp_path / "b.zip").returncode == 0


def test_it_is_a_command_of_a_host_project_too(tmp_path: Path) -> None:
    project = ROOT / "tests/embedding/project"
    environment = {**os.environ, "INTRANET_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "intranet.settings"}
    for arguments in (["migrate", "-v0"], ["hubbub_backup", str(tmp_path / "b.zip")]):
        run = subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=project, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
    with zipfile.ZipFile(tmp_path / "b.zip") as packed:
        assert packed.namelist() == ["manifest.json", "database.sqlite3"]


# ── what can't be done is said ──────────────────────────────────────────────────────────────────────


def test_a_folder_that_is_not_there_is_said(said: Path, tmp_path: Path) -> None:
    assert "no folder" in sentence(back_up(said, tmp_path / "nowhere" / "b.zip"), 2)


def test_no_database_is_said(tmp_path: Path) -> None:
    assert "no database" in sentence(back_up(tmp_path / "data", tmp_path / "b.zip"), 2)


def test_a_database_of_something_else_is_said(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    change(tmp_path / "data", "CREATE TABLE recipes (name)")
    assert "not a database of Hubbub's" in sentence(back_up(tmp_path / "data", tmp_path / "b.zip"), 1)
    assert not (tmp_path / "b.zip").exists()


def test_a_full_disk_is_said_and_leaves_nothing(said: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "hubbub.server.cli", "backup", str(tmp_path / "b.zip")], cwd=ROOT,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "hubbub.server.settings", "HUBBUB_DATA": str(said)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000)), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert "can't be" in sentence(run, 1)
    assert list(tmp_path.iterdir()) == []


# ── what came out is checked ────────────────────────────────────────────────────────────────────────

WITHOUT_CONSTRAINTS = (
    "CREATE TABLE loose AS SELECT * FROM hubbub_message", "DROP TABLE hubbub_message",
    "ALTER TABLE loose RENAME TO hubbub_message", "CREATE UNIQUE INDEX loose_id ON hubbub_message (id)",
)  # fmt: skip


@pytest.mark.parametrize(
    ("statements", "said_so"),
    [
        (["DELETE FROM hubbub_message WHERE text = 'word 7'"], "not numbered 1, 2, 3"),
        (["DELETE FROM hubbub_message WHERE text = 'word 29'"], "counts other messages"),
        (["UPDATE hubbub_room SET ordinal = ordinal + 1, seq = seq + 1 WHERE key = 'lobby'"], "counts other messages"),
        (["UPDATE hubbub_message SET changed = 999 WHERE text = 'word 7'"], "a message has a number"),
        (["UPDATE hubbub_membership SET changed = 999"], "a member has a number"),
        ([*WITHOUT_CONSTRAINTS, "UPDATE hubbub_message SET nonce = 'twice'"], "a nonce is stored twice"),
    ],
    ids=["hole", "end", "count", "changed", "member", "nonce"],
)
def test_wrong_numbers_are_told_and_the_file_is_named_faulty(
    data: Path, tmp_path: Path, statements: list[str], said_so: str
) -> None:
    change(data, "PRAGMA foreign_keys=OFF", *statements)
    told = sentence(back_up(data, tmp_path / "b.zip"), 1)
    assert said_so in told
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b.zip.faulty", "data"]


def test_a_row_that_points_nowhere_is_told_and_there_is_no_file(data: Path, tmp_path: Path) -> None:
    change(data, "PRAGMA foreign_keys=OFF", "DELETE FROM hubbub_person")
    assert "points to a row of hubbub_person" in sentence(back_up(data, tmp_path / "b.zip"), 1)
    assert not list(tmp_path.glob("b.zip*"))


def test_a_damaged_database_is_told_and_there_is_no_file(data: Path, tmp_path: Path) -> None:
    with (data / "hubbub.sqlite3").open("r+b") as file:
        file.seek(4096 * 20)
        file.write(os.urandom(4096 * 10))
    sentence(back_up(data, tmp_path / "b.zip"), 1)
    assert not list(tmp_path.glob("b.zip*"))


# ── while others write, and when it is killed ───────────────────────────────────────────────────────


async def test_a_backup_under_load_holds_everything_acknowledged_before_it_began(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(HUBBUB_RATE_LIMITS="off")
    history = History()
    async with Crowd(server, ("attic", "cellar"), history, size=8, seed=3) as crowd:
        crowd.start_talking()
        await until(lambda: len(history.acknowledged) > 200, PATIENCE, "a lively talk")
        before = set(history.acknowledged)
        run = await asyncio.to_thread(back_up, server.data, tmp_path / "b.zip")
        assert run.returncode == 0, run.stderr
        during = len(history.acknowledged) - len(before)
        await crowd.hush()
        await crowd.none_is_waiting(PATIENCE)
    elsewhere = tmp_path / "elsewhere"
    restored = hubbub("restore", str(tmp_path / "b.zip"), HUBBUB_DATA=str(elsewhere))
    assert restored.returncode == 0, restored.stderr
    assert before <= set(texts(elsewhere)) <= set(history.invoked)
    assert during > 20, "the talk went on meanwhile"


@pytest.fixture
def busy(tmp_path: Path) -> Iterator[Path]:
    """A database of 40 MB that somebody writes to all the time."""
    path = tmp_path / "busy.sqlite3"
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("CREATE TABLE t (number INTEGER PRIMARY KEY, filling BLOB)")
    database.execute(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)"
        " INSERT INTO t SELECT i, randomblob(4000) FROM n"
    )
    over = threading.Event()

    def write() -> None:
        while not over.wait(0.002):
            database.execute("INSERT INTO t (filling) VALUES (randomblob(4000))")

    writer = threading.Thread(target=write)
    writer.start()
    yield path
    over.set()
    writer.join()
    database.close()


@pytest.mark.timeout(60)
def test_a_copy_comes_to_an_end_though_somebody_writes_all_the_time(
    busy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGES", 50)
    source = SQLite.__new__(SQLite)
    source._path = busy
    monkeypatch.setattr(SQLite, "examine", lambda self, file: (None, []))
    source.copy(tmp_path / "copy.sqlite3")
    with closing(sqlite3.connect(tmp_path / "copy.sqlite3")) as copy, closing(sqlite3.connect(busy)) as now:
        assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (copied,) = copy.execute("SELECT MAX(number) FROM t").fetchone()
        (written,) = now.execute("SELECT MAX(number) FROM t").fetchone()
    assert 10_000 <= copied < written


def test_a_backup_that_is_killed_leaves_nothing_that_looks_like_one(data: Path, tmp_path: Path) -> None:
    change(data, "CREATE TABLE filling AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
           " WHERE i < 8000) SELECT i, randomblob(4000) AS b FROM n")  # fmt: skip
    kept, killed = tmp_path / "kept", 0
    kept.mkdir()
    for sign, wait in itertools.product(("database.sqlite3", "whole"), (0, 0.1, 0.3)):
        process = subprocess.Popen(
            [sys.executable, "-m", "hubbub.server.cli", "backup", str(kept)], cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "hubbub.server.settings", "HUBBUB_DATA": str(data)},
        )  # fmt: skip
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and not (list(kept.glob(f".hubbub-*/{sign}")) or list(kept.glob("*.zip"))):
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(wait)
        process.send_signal(signal.SIGKILL)
        if process.wait() == -signal.SIGKILL:
            killed += 1
            assert [path for path in kept.iterdir() if not path.name.startswith(".")] == []
        for path in kept.glob("*.zip"):
            path.unlink()
    assert killed >= 3
    assert back_up(data, kept).returncode == 0
    assert [path.suffix for path in kept.iterdir()] == [".zip"], "what was left is swept away"
