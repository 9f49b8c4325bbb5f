"""Backup and restore on PostgreSQL: the same promises, with pg_dump, pg_restore and psql, in one transaction."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import uuid
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.databases import PostgreSQL
from tests.faults.checker import History
from tests.faults.clients import until
from tests.faults.crowd import Crowd
from tests.people import dial
from tests.servers import Server
from tests.talk import found_in, talk_in
from tests.test_backup import sentence
from tests.test_cli import hubbub
from tests.test_restore import say

pytestmark = pytest.mark.stack("sqlite", "it starts the databases that it needs itself")

PATIENCE = 60


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    cluster = PostgreSQL(tmp_path_factory.mktemp("postgres") / "cluster")
    try:
        yield cluster.start()
    finally:
        cluster.kill()


@pytest.fixture
def url(postgres: PostgreSQL) -> str:
    """A fresh database."""
    return database(postgres)


@pytest.fixture(scope="module")
def made(postgres: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of thirty messages, not to be changed; its data folder is beside it, its database is called "made"."""
    folder, url = tmp_path_factory.mktemp("made"), database(postgres, "made")
    talk_in(folder / "data", HUBBUB_DATABASE_URL=url)
    done = run(url, folder / "data", "backup", folder / "b.zip")
    assert done.returncode == 0, done.stderr
    assert "2 rooms, 2 people, 30 messages" in done.stdout
    return folder / "b.zip"


@pytest.fixture
def talked(made: Path, postgres: PostgreSQL, tmp_path: Path) -> str:
    """A database with thirty messages, for the data folder `data`."""
    shutil.copytree(made.parent / "data", tmp_path / "data")
    return database(postgres, template="made")


@pytest.fixture
def backup(made: Path, talked: str) -> Path:
    """A backup of the thirty messages; more was said since."""
    change(talked, "UPDATE hubbub_message SET text = 'after the backup' WHERE text = 'word 29'")
    return made


def database(postgres: PostgreSQL, name: str = "", template: str = "template1") -> str:
    """A new database; its address."""
    name = name or f"db_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    return postgres.url.removesuffix("hubbub") + name


def run(url: str, data: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return hubbub(*map(str, arguments), HUBBUB_DATABASE_URL=url, HUBBUB_DATA=str(data), **environment)


def texts(url: str) -> list[str]:
    with psycopg.connect(url) as database:
        return [text for (text,) in database.execute("SELECT text FROM hubbub_message ORDER BY id")]


def change(url: str, *statements: str) -> None:
    with psycopg.connect(url) as database:
        for statement in statements:
            database.execute(statement)


async def test_a_backup_under_load_is_whole_and_clients_ahead_of_it_are_reset(url: str, tmp_path: Path) -> None:
    server = Server(tmp_path / "data", HUBBUB_DATABASE_URL=url, HUBBUB_RATE_LIMITS="off").start()
    try:
        talk = await dial(server)
        welcome = await talk.until("welcome")
        await say(talk, "kept", 10)
        history = History()
        async with Crowd(server, ("attic", "cellar"), history, size=8, seed=3) as crowd:
            crowd.start_talking()
            await until(lambda: len(history.acknowledged) > 200, PATIENCE, "a lively talk")
            before = set(history.acknowledged)
            server_side = await asyncio.to_thread(server.command, "backup", str(tmp_path / "b.zip"))
            assert "messages" in server_side
            await crowd.hush()
            await crowd.none_is_waiting(PATIENCE)
        await say(talk, "lost", 15)
        server.stop()
        server.command("restore", str(tmp_path / "b.zip"))
        assert before <= {text for text in texts(url) if "says" in text} <= set(history.invoked)

        server.start()
        back = await dial(server)
        reset = await back.join("lobby", since=25, epoch=welcome["epoch"])
        assert (reset["type"], reset["seq"]) == ("reset", 10)
        assert [message["message"] for message in reset["messages"]] == [f"kept {number}" for number in range(10)]
        await back.post("lobby", "goes on")
        assert (await back.until("message", message="goes on"))["seq"] == 11
        await back.close()
        await talk.close()
    finally:
        server.kill()


def test_the_file_holds_a_dump_that_pg_restore_knows(backup: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(backup) as packed:
        assert packed.namelist() == ["manifest.json", "secret_key", "database.dump"]
        packed.extract("database.dump", tmp_path)
    told = subprocess.run(
        ["pg_restore", "--list", tmp_path / "database.dump"], capture_output=True, text=True, check=True
    )
    assert "TABLE DATA public hubbub_message" in told.stdout


def test_it_comes_back_on_a_new_machine(backup: Path, talked: str, postgres: PostgreSQL, tmp_path: Path) -> None:
    with psycopg.connect(postgres.url, autocommit=True) as admin:
        admin.execute("CREATE ROLE somebody LOGIN")
        admin.execute("CREATE DATABASE elsewhere OWNER somebody")
    new = f"postgres://somebody@127.0.0.1:{postgres.port}/elsewhere"
    restored = run(new, tmp_path / "new", "restore", backup)
    assert restored.returncode == 0, restored.stderr
    assert texts(new) == [f"word {number}" for number in range(30)]
    assert run(new, tmp_path / "new", "migrate", "--check").returncode == 0
    assert found_in(tmp_path / "new", "word 29", HUBBUB_DATABASE_URL=new) == ["word 29"]


def test_a_table_that_came_after_the_backup_is_not_in_the_way(talked: str, tmp_path: Path) -> None:
    """The backup is of a time before messages of the admin, and before there was an index for searching."""
    data = tmp_path / "data"
    assert run(talked, data, "migrate", "admin", "zero").returncode == 0
    assert run(talked, data, "migrate", "hubbub", "0002").returncode == 0
    assert run(talked, data, "backup", tmp_path / "b.zip").returncode == 0
    assert run(talked, data, "migrate").returncode == 0
    restored = run(talked, data, "restore", tmp_path / "b.zip")
    assert restored.returncode == 0, restored.stderr
    assert run(talked, data, "migrate", "--check").returncode == 0
    assert len(texts(talked)) == 30
    assert found_in(data, "word 29", HUBBUB_DATABASE_URL=talked) == ["word 29"]


def test_not_while_somebody_is_in_the_database(backup: Path, talked: str, tmp_path: Path) -> None:
    with psycopg.connect(talked, application_name="a server"):
        assert "in use (a server)" in sentence(run(talked, tmp_path / "data", "restore", backup), 2)
    assert "after the backup" in texts(talked)


@pytest.mark.parametrize(
    "statements",
    [
        ["DELETE FROM hubbub_message WHERE text = 'word 7'"],
        ["UPDATE hubbub_message SET changed = 999 WHERE text = 'word 7'"],
        [
            "ALTER TABLE hubbub_message DROP CONSTRAINT hubbub_message_nonce",
            "UPDATE hubbub_message SET nonce = 'twice'",
        ],
    ],
    ids=["hole", "changed", "nonce"],
)
def test_a_faulty_backup_is_told_and_changes_nothing_unless_asked_for(
    talked: str, tmp_path: Path, statements: list[str]
) -> None:
    data = tmp_path / "data"
    change(talked, *statements)
    sentence(run(talked, data, "backup", tmp_path / "b.zip"), 1)
    change(talked, "UPDATE hubbub_message SET text = 'after the backup' WHERE text = 'word 29'")
    told = sentence(run(talked, data, "restore", tmp_path / "b.zip.faulty"), 1)
    assert "Nothing was changed" in told
    assert "after the backup" in texts(talked)
    assert run(talked, data, "restore", tmp_path / "b.zip.faulty", "--accept-faults").returncode == 0
    assert "after the backup" not in texts(talked)


def test_a_dump_that_can_not_be_restored_to_its_end_changes_nothing(backup: Path, talked: str, tmp_path: Path) -> None:
    """Another program's view stands on our tables in a way that the dump does not know: the last step fails."""
    change(
        talked, "CREATE TABLE beside (person uuid REFERENCES hubbub_person, message bigint)",
        "CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no indexes'; END $$",
        "CREATE EVENT TRIGGER late ON ddl_command_end WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION no()",
    )  # fmt: skip
    assert "no indexes" in sentence(run(talked, tmp_path / "data", "restore", backup), 1)
    assert "after the backup" in texts(talked)


def test_a_killed_restore_changes_nothing(backup: Path, talked: str, tmp_path: Path) -> None:
    """psql commits at no end of its input but ours: it is cut off right before the last word."""
    fake(tmp_path / "bin", "psql", 'head -n 8 | "$REAL" "$@"')
    cut = run(talked, tmp_path / "data", "restore", backup, PATH=path_with(tmp_path / "bin"), REAL=real("psql"))
    sentence(cut, 1)
    assert "after the backup" in texts(talked)


def test_missing_programs_are_named_with_their_package(backup: Path, talked: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for arguments in (["backup", tmp_path / "c.zip"], ["restore", backup]):
        told = sentence(run(talked, tmp_path / "data", *arguments, PATH=str(tmp_path / "empty")), 2)
        assert "postgresql-client" in told
    assert not (tmp_path / "c.zip").exists()


def test_the_password_is_in_no_list_of_processes(talked: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    secret_url = talked.replace("hubbub@", "hubbub:opensesame@")
    for name in ("pg_dump", "psql"):
        told = f'echo "$0 $*" >>{tmp_path}/seen; test "$PGPASSWORD" = opensesame'
        fake(tmp_path / "bin", name, f'{told} && exec {real(name)} "$@"')
    for arguments in (["backup", tmp_path / "b.zip"], ["restore", tmp_path / "b.zip"]):
        done = run(secret_url, data, *arguments, PATH=path_with(tmp_path / "bin"))
        assert done.returncode == 0, done.stderr
    seen = (tmp_path / "seen").read_text()
    assert seen.count("\n") == 2
    assert "opensesame" not in seen


def test_a_database_that_does_not_answer_is_said(backup: Path, tmp_path: Path) -> None:
    nowhere = "postgres://nobody@127.0.0.1:1/nothing"
    for arguments in (["backup", tmp_path / "c.zip"], ["restore", backup]):
        sentence(run(nowhere, tmp_path / "data", *arguments), 1)


def fake(folder: Path, name: str, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


def path_with(folder: Path) -> str:
    return f"{folder}:{os.environ['PATH']}"


def real(name: str) -> str:
    found = subprocess.run(["sh", "-c", f"command -v {name}"], capture_output=True, text=True, check=True)
    return found.stdout.strip()
