"""`hubbub`: what can go wrong before the first request is one sentence and exit code 2; what is made is private."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers import ROOT, Server


def hubbub(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HUBBUB_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "hubbub.server.cli", *arguments], cwd=ROOT, env={**clean, **environment},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def says_one_sentence(run: subprocess.CompletedProcess[str]) -> str:
    """Exit code 2, one line that says what is wrong, nothing of Python's insides."""
    assert run.returncode == 2, run.stderr
    lines = run.stderr.strip().splitlines()
    assert len(lines) == 1, run.stderr
    assert lines[0].startswith("hubbub: ")
    assert "Traceback" not in run.stderr
    return lines[0]


def test_a_busy_port_is_said(tmp_path: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        sentence = says_one_sentence(hubbub("serve", "--port", str(port), "--data", str(tmp_path)))
    assert str(port) in sentence
    assert "--port" in sentence


def test_an_address_that_is_not_ours_is_said(tmp_path: Path) -> None:
    assert "192.0.2.1" in says_one_sentence(hubbub("serve", "--host", "192.0.2.1", "--data", str(tmp_path)))


@pytest.mark.parametrize(
    "command", [("serve",), (), ("migrate",), ("shell", "-c", "1")], ids=["serve", "", "migrate", "shell"]
)
def test_a_folder_that_cannot_be_is_said(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("in the way")
    sentence = says_one_sentence(hubbub(*command, HUBBUB_DATA=str(tmp_path / "file" / "data"), HUBBUB_PORT="0"))
    assert str(tmp_path) in sentence


@pytest.mark.parametrize(
    "setting",
    [
        {"HUBBUB_DATABASE_URL": "nonsense"},
        {"HUBBUB_DATABASE_URL": "mysql://localhost/x"},
        {"HUBBUB_DATABASE_URL": "postgres://localhost/"},
        {"HUBBUB_DATABASE_URL": "postgres://localhost:99999/x"},
        {"HUBBUB_DATABASE_URL": "postgres://[::1/x"},
        {"HUBBUB_REDIS_URL": "http://localhost"},
        {"HUBBUB_REDIS_URL": "redis://localhost:port/0"},
    ],
    ids=lambda setting: next(iter(setting.values())),
)
@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_bad_address_in_a_setting_is_said(tmp_path: Path, setting: dict[str, str], command: str) -> None:
    sentence = says_one_sentence(hubbub(command, HUBBUB_DATA=str(tmp_path), HUBBUB_PORT="0", **setting))
    assert next(iter(setting)) in sentence


@pytest.mark.parametrize("port", ["x", "70000", "-1", "²"])
def test_a_port_that_is_none_is_said(tmp_path: Path, port: str) -> None:
    run = hubbub("serve", f"--port={port}", "--data", str(tmp_path))
    assert run.returncode == 2
    assert "is not a port" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_bad_port_in_the_environment_is_said(tmp_path: Path) -> None:
    run = hubbub("serve", HUBBUB_DATA=str(tmp_path), HUBBUB_PORT="many")
    assert run.returncode == 2
    assert "Traceback" not in run.stderr


def test_a_database_that_does_not_answer_is_said(tmp_path: Path) -> None:
    url = "postgres://nobody@127.0.0.1:1/nothing"
    says_one_sentence(hubbub("serve", HUBBUB_DATA=str(tmp_path), HUBBUB_PORT="0", HUBBUB_DATABASE_URL=url))


def test_a_secret_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir()
    assert "secret" in says_one_sentence(hubbub("check", HUBBUB_DATA=str(tmp_path)))


def test_a_broken_database_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "hubbub.sqlite3").write_bytes(b"not a database at all" * 100)
    says_one_sentence(hubbub("serve", HUBBUB_DATA=str(tmp_path), HUBBUB_PORT="0"))


def test_it_knows_its_version_and_its_options() -> None:
    from hubbub import __version__

    assert hubbub("--version").stdout.strip() == __version__
    told = hubbub("--help").stdout
    assert all(option in told for option in ("--host", "--port", "--data"))


def test_what_it_makes_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    data = tmp_path / "deep" / "data"
    hubbub("check", HUBBUB_DATA=str(data))
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "secret_key").stat().st_mode) == 0o600
    assert len((data / "secret_key").read_text().strip()) >= 50


def test_the_secret_is_made_once_though_many_start_at_once(tmp_path: Path) -> None:
    code = "from django.conf import settings; print(settings.SECRET_KEY)"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "hubbub.server.settings",
        "HUBBUB_DATA": str(tmp_path / "data"),
    }
    runs = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    secrets = {run.communicate(timeout=60)[0].strip() for run in runs}
    assert len(secrets) == 1
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]


def test_it_says_where_it_is_and_stops_when_asked(start_server: Any) -> None:
    server: Server = start_server(from_nothing=True)
    assert f"http://127.0.0.1:{server.port}/" in server.log.read_text()
    data = server.data
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in data.iterdir()} == {0}
    assert server.stop() in (0, -15)
    assert "Traceback" not in server.log.read_text()


def test_django_commands_work(tmp_path: Path) -> None:
    assert hubbub("check", HUBBUB_DATA=str(tmp_path)).returncode == 0
    run = hubbub("makemigrations", "--check", "--dry-run", HUBBUB_DATA=str(tmp_path))
    assert run.returncode == 0, run.stdout
    code = "import channels.layers; print(channels.layers.get_channel_layer())"
    assert "InMemory" in hubbub("shell", "-c", code, HUBBUB_DATA=str(tmp_path)).stdout
