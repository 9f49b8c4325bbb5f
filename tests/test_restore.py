"""`hubbub restore` on SQLite: what was said is back under a new epoch; whatever is wrong leaves all as it was."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from hubbub.backup.alone import alone_in
from tests.conftest import StartServer
from tests.people import Talk, dial
from tests.servers import ROOT, Server
from tests.talk import epoch, found_in, talk_in, texts
from tests.test_backup import back_up, change, sentence
from tests.test_cli import hubbub

pytestmark = pytest.mark.stack("sqlite", "SQLite's files; PostgreSQL has tests of its own")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of thirty messages, not to be changed; its data folder is beside it."""
    folder = tmp_path_factory.mktemp("made")
    talk_in(folder / "data")
    assert back_up(folder / "data", folder / "b.zip").returncode == 0
    return folder / "b.zip"


@pytest.fixture
def data(made: Path, tmp_path: Path) -> Path:
    """The data folder, with more said since the backup."""
    copy = shutil.copytree(made.parent / "data", tmp_path / "data")
    change(copy, "UPDATE hubbub_message SET text = 'after the backup' WHERE text = 'word 29'")
    return copy


def restore(data: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return hubbub("restore", *map(str, arguments), HUBBUB_DATA=str(data), **environment)


def state(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in data.iterdir() if path.is_file()}


# ── who comes back ──────────────────────────────────────────────────────────────────────────────────


async def test_clients_that_are_ahead_of_the_restored_server_are_reset_to_what_it_has(
    start_server: StartServer, tmp_path: Path
) -> None:
    server = start_server(HUBBUB_RATE_LIMITS="off")
    cookie = guest_cookie(server)
    talk = await dial(server, cookies=cookie)
    welcome = await talk.until("welcome")
    await say(talk, "kept", 10)
    server.command("backup", str(tmp_path / "b.zip"))
    await say(talk, "lost", 15)
    assert server.stop() == 0
    server.command("restore", str(tmp_path / "b.zip"))
    server.start()

    back = await dial(server, cookies=cookie)
    again = await back.until("welcome")
    assert again["epoch"] != welcome["epoch"]
    assert again["you"] == welcome["you"], "the secret came along: the guest's cookie still counts"

    reset = await back.join("lobby", since=25, epoch=welcome["epoch"])
    assert (reset["type"], reset["epoch"], reset["seq"]) == ("reset", again["epoch"], 10)
    await back.say(type="history", room="lobby", limit=50)
    page = await back.until("history")
    assert reset["messages"] == page["messages"]
    assert [message["message"] for message in page["messages"]] == [f"kept {number}" for number in range(10)]

    # The numbers of what was lost are given out again, and everybody who was reset gets them as they come.
    await back.post("lobby", "the eleventh")
    assert (await back.until("message", message="the eleventh"))["seq"] == 11
    await back.close()
    await talk.close()


async def test_old_cursors_below_the_restored_number_are_reset_too(start_server: StartServer, tmp_path: Path) -> None:
    """What they had applied may be of the other life: only a reset makes it right."""
    server = start_server(HUBBUB_RATE_LIMITS="off")
    talk = await dial(server)
    welcome = await talk.until("welcome")
    await say(talk, "kept", 5)
    server.command("backup", str(tmp_path / "b.zip"))
    await say(talk, "lost", 3)
    server.stop()
    server.command("restore", str(tmp_path / "b.zip"))
    server.start()
    other = await dial(server)
    await other.join("lobby")
    await say(other, "of the new life", 20)
    back = await dial(server)
    reset = await back.join("lobby", since=8, epoch=welcome["epoch"])
    assert (reset["type"], reset["seq"]) == ("reset", 25)
    assert not any("lost" in message["message"] for message in reset["messages"])
    for socket in (talk, other, back):
        await socket.close()


async def test_nobody_who_is_ahead_waits_for_ever(start_server: StartServer, tmp_path: Path) -> None:
    """A plain socket, and a full one that tells no epoch, are given the newest page and what is said from then on."""
    server = start_server(HUBBUB_RATE_LIMITS="off")
    talk = await dial(server)
    await say(talk, "kept", 4)
    server.command("backup", str(tmp_path / "b.zip"))
    await say(talk, "lost", 6)
    server.stop()
    server.command("restore", str(tmp_path / "b.zip"))
    server.start()

    plain = await dial(server, "/ws/chat/lobby/?since=10")
    for number in range(4):
        assert (await plain.until("message"))["message"] == f"kept {number}"
    full = await dial(server)
    reset = await full.join("lobby", since=10)
    assert (reset["type"], reset["seq"]) == ("reset", 4)
    await full.post("lobby", "new")
    assert (await plain.until("message"))["message"] == "new"
    assert (await full.until("message"))["seq"] == 5
    for socket in (talk, plain, full):
        await socket.close()


async def say(talk: Talk, what: str, count: int) -> None:
    for number in range(count):
        assert (await talk.post("lobby", f"{what} {number}"))["type"] == "ok"


def guest_cookie(server: Server) -> str:
    with urllib.request.urlopen(f"{server.url}/chat/", timeout=20) as page:
        cookies = page.headers.get_all("Set-Cookie")
    return next(cookie.partition(";")[0] for cookie in cookies if cookie.startswith("hubbub_guest="))


# ── what comes back ─────────────────────────────────────────────────────────────────────────────────


def test_what_came_back_is_told_and_what_was_there_is_kept(made: Path, data: Path) -> None:
    run = restore(data, made)
    assert run.returncode == 0, run.stderr
    assert "2 rooms, 2 people, 30 messages, the newest of 20" in run.stdout
    assert texts(data) == texts(made.parent / "data")
    assert epoch(data) != epoch(made.parent / "data")
    (kept,) = data.glob("hubbub.sqlite3.before-restore-*")
    assert str(kept) in run.stdout
    assert sorted(state(data)) == ["hubbub.sqlite3", kept.name, "secret_key"]
    with closing(sqlite3.connect(kept)) as old:
        assert old.execute("SELECT COUNT(*) FROM hubbub_message WHERE text = 'after the backup'").fetchone() == (1,)


def test_a_new_machine_gets_the_secret_too(made: Path, tmp_path: Path) -> None:
    run = restore(tmp_path / "new", made)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "new/secret_key").read_text() == (made.parent / "data/secret_key").read_text()
    assert texts(tmp_path / "new") == texts(made.parent / "data")
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "new").iterdir()} == {0o600}
    assert len(list((tmp_path / "new").glob("secret_key.before-restore-*"))) == 1


def test_another_secret_in_the_environment_is_told(made: Path, data: Path) -> None:
    run = restore(data, made, HUBBUB_SECRET_KEY="of another server")
    assert run.returncode == 0
    assert "sign in again" in run.stderr


def test_the_log_of_a_killed_server_goes_with_its_database(made: Path, start_server: StartServer) -> None:
    server = start_server()
    urllib.request.urlopen(f"{server.url}/chat/").close()  # a connection of its own, or the shell's end ends the log
    server.command("shell", "-c", "from hubbub.models import Person; Person.objects.create(name='of the log')")
    server.kill()
    assert (server.data / "hubbub.sqlite3-wal").stat().st_size > 0
    server.command("restore", str(made))
    assert not list(server.data.glob("hubbub.sqlite3-*"))
    with closing(sqlite3.connect(next(server.data.glob("hubbub.sqlite3.before-*")))) as old:
        assert old.execute("SELECT COUNT(*) FROM hubbub_person WHERE name = 'of the log'").fetchone() == (1,)
    assert texts(server.data) == texts(made.parent / "data")
    server.start()


def test_a_damaged_database_is_replaced_and_kept_with_its_log(made: Path, data: Path) -> None:
    (data / "hubbub.sqlite3").write_bytes(b"rubbish" * 1000)
    (data / "hubbub.sqlite3-wal").write_bytes(b"of the rubbish")
    assert restore(data, made).returncode == 0
    assert texts(data) == texts(made.parent / "data")
    assert not (data / "hubbub.sqlite3-wal").exists()
    (kept,) = data.glob("hubbub.sqlite3.before-*Z")
    assert kept.read_bytes() == b"rubbish" * 1000
    assert kept.with_name(f"{kept.name}-wal").exists()


def test_an_older_backup_is_brought_up_to_date(data: Path, tmp_path: Path) -> None:
    assert hubbub("migrate", "auth", "0011", HUBBUB_DATA=str(data)).returncode == 0
    assert back_up(data, tmp_path / "older.zip").returncode == 0
    assert restore(tmp_path / "new", tmp_path / "older.zip").returncode == 0
    run = hubbub("migrate", "--check", HUBBUB_DATA=str(tmp_path / "new"))
    assert run.returncode == 0, run.stdout


def test_what_came_back_can_be_searched_also_when_it_is_of_a_time_before_there_was_an_index(
    made: Path, data: Path, tmp_path: Path
) -> None:
    assert restore(tmp_path / "new", made).returncode == 0
    assert found_in(tmp_path / "new", "word 29") == ["word 29"]
    assert hubbub("migrate", "hubbub", "0002", HUBBUB_DATA=str(data)).returncode == 0
    assert back_up(data, tmp_path / "older.zip").returncode == 0
    assert restore(data, tmp_path / "older.zip").returncode == 0
    assert found_in(data, "after") == ["after the backup"]


def test_a_faulty_backup_comes_back_only_when_asked_for(data: Path, tmp_path: Path) -> None:
    change(data, "DELETE FROM hubbub_message WHERE text = 'word 7'")
    back_up(data, tmp_path / "b.zip")
    before = state(data)
    assert "not numbered 1, 2, 3" in sentence(restore(data, tmp_path / "b.zip.faulty"), 1)
    assert state(data) == before
    assert restore(data, tmp_path / "b.zip.faulty", "--accept-faults").returncode == 0


# ── who else is there ───────────────────────────────────────────────────────────────────────────────


def test_not_while_a_server_runs(made: Path, start_server: StartServer) -> None:
    server = start_server()
    told = sentence(restore(server.data, made), 2)
    assert "Stop it" in told
    assert texts(server.data) == []
    assert not list(server.data.glob("*before*"))


def test_not_while_workers_run_nor_while_one_of_them_comes_back(made: Path, start_server: StartServer) -> None:
    server = start_server(HUBBUB_WORKERS="2")
    os.kill(server.workers()[0], signal.SIGKILL)
    assert "Stop it" in sentence(restore(server.data, made), 2)
    server.stop()
    assert restore(server.data, made).returncode == 0


def test_not_while_another_program_has_the_database_open(made: Path, data: Path) -> None:
    with closing(sqlite3.connect(data / "hubbub.sqlite3")) as shell:
        shell.execute("PRAGMA journal_mode=WAL")
        shell.execute("SELECT COUNT(*) FROM hubbub_room").fetchone()
        assert "open" in sentence(restore(data, made), 2)
    assert "after the backup" in texts(data)


def test_no_server_starts_while_a_restore_is_under_way(data: Path) -> None:
    with alone_in([data]):
        assert "restore" in sentence(hubbub("serve", HUBBUB_DATA=str(data), HUBBUB_PORT="0"), 2)


def test_a_server_that_was_killed_is_in_nobodys_way(made: Path, start_server: StartServer) -> None:
    server = start_server()
    server.kill()
    assert restore(server.data, made).returncode == 0


# ── files that are not right ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("part", [0.0, 0.01, 0.5, 0.9, 0.999])
def test_a_torn_file_changes_nothing(made: Path, data: Path, tmp_path: Path, part: float) -> None:
    whole = made.read_bytes()
    (tmp_path / "torn.zip").write_bytes(whole[: int(len(whole) * part)])
    before = state(data)
    sentence(restore(data, tmp_path / "torn.zip"), 1)
    assert state(data) == before


def test_a_file_with_a_changed_bit_changes_nothing(made: Path, data: Path, tmp_path: Path) -> None:
    whole = bytearray(made.read_bytes())
    whole[len(whole) // 2] ^= 1
    (tmp_path / "bit.zip").write_bytes(whole)
    before = state(data)
    sentence(restore(data, tmp_path / "bit.zip"), 1)
    assert state(data) == before


def test_a_file_that_is_not_there_is_said(data: Path, tmp_path: Path) -> None:
    assert "can't be read" in sentence(restore(data, tmp_path / "none.zip"), 2)


@pytest.mark.parametrize("foreign", ["text", "zip", "database"])
def test_a_foreign_file_changes_nothing(data: Path, tmp_path: Path, foreign: str) -> None:
    file = tmp_path / "foreign"
    if foreign == "text":
        file.write_text("Dear diary")
    elif foreign == "zip":
        with zipfile.ZipFile(file, "w") as packed:
            packed.writestr("holiday.txt", "sun")
    else:
        shutil.copy(data / "hubbub.sqlite3", file)
    before = state(data)
    assert "not a whole backup" in sentence(restore(data, file), 1)
    assert state(data) == before


def test_a_backup_of_a_newer_hubbub_is_refused(made: Path, data: Path, tmp_path: Path) -> None:
    def newer(manifest: dict[str, Any]) -> None:
        manifest["hubbub"] = "9.0"
        manifest["contents"]["migrations"].append(["hubbub", "0099_of_the_future"])

    told = sentence(restore(data, rewritten(made, tmp_path, newer)), 1)
    assert "newer" in told
    assert "9.0" in told
    assert "after the backup" in texts(data)


def test_a_backup_that_says_something_else_of_itself_is_refused(made: Path, data: Path, tmp_path: Path) -> None:
    def more(manifest: dict[str, Any]) -> None:
        manifest["contents"]["rows"]["hubbub_message"] += 1

    assert "says of itself" in sentence(restore(data, rewritten(made, tmp_path, more)), 1)
    assert "after the backup" in texts(data)


def test_a_backup_of_another_kind_of_database_is_refused(made: Path, data: Path, tmp_path: Path) -> None:
    def other(manifest: dict[str, Any]) -> None:
        manifest["vendor"] = "postgresql"

    assert "HUBBUB_DATABASE_URL" in sentence(restore(data, rewritten(made, tmp_path, other)), 2)


def rewritten(backup: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Path:
    """A copy of the backup with another manifest."""
    copy = tmp_path / "rewritten.zip"
    with zipfile.ZipFile(backup) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "manifest.json":
                manifest = json.loads(content)
                change(manifest)
                content = json.dumps(manifest).encode()
            new.writestr(name, content)
    return copy


# ── when it is killed ───────────────────────────────────────────────────────────────────────────────


def test_a_restore_that_is_killed_leaves_the_old_database_or_the_new_one(made: Path, data: Path) -> None:
    old, new = texts(data), texts(made.parent / "data")
    killed = 0
    for round in range(8):
        process = subprocess.Popen(
            [sys.executable, "-m", "hubbub.server.cli", "restore", str(made)], cwd=ROOT,
            env={**os.environ, "DJANGO_SETTINGS_MODULE": "hubbub.server.settings", "HUBBUB_DATA": str(data)},
        )  # fmt: skip
        while process.poll() is None and not list(data.glob(".hubbub-partial-*")):
            time.sleep(0.005)
        time.sleep(round * 0.05)
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        assert texts(data) in (old, new)
    assert killed >= 2
    assert restore(data, made).returncode == 0
    assert texts(data) == new
    assert not list(data.glob(".hubbub-partial-*"))
