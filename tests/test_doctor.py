"""`hubbub doctor`: what is well, what is not, and what to do; no secret in it, and an end, whatever hangs."""

from __future__ import annotations

import io
import json
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.utils import load_backend
from django.test import override_settings

import hubbub.doctor as doctor
from hubbub.doctor import database as database_module
from hubbub.doctor import layer, machine
from hubbub.doctor.finding import Finding, clock, ok, problem, warning
from hubbub.server import doctor as server_doctor
from hubbub.server.addresses import SQLITE_PRAGMAS
from tests.databases import PostgreSQL, Redis
from tests.servers import ROOT


def run(*arguments: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HUBBUB_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "hubbub.server.cli", *arguments], cwd=ROOT,
        env={**clean, "HUBBUB_DATA": str(data), **environment}, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


def findings(*, data: Path, **environment: str) -> dict[str, list[tuple[str, str]]]:
    """(level, sentence) of each finding, by topic."""
    done = run("doctor", "--json", data=data, **environment)
    report = json.loads(done.stdout)
    assert done.returncode == (0 if report["ok"] else 1)
    told: dict[str, list[tuple[str, str]]] = {}
    for finding in report["findings"]:
        assert bool(finding["advice"]) or finding["level"] == "ok" or finding["topic"] == "settings"
        told.setdefault(finding["topic"], []).append((finding["level"], finding["sentence"]))
    return told


def levels(found: Any) -> set[str]:
    return {finding.level for finding in found}


# ── the whole, on SQLite ──


def test_a_server_that_was_never_started_is_told_what_is_missing(tmp_path: Path) -> None:
    told = run("doctor", data=tmp_path / "data")
    assert told.returncode == 1
    assert "migrations are not applied" in told.stdout
    assert "→ Run “migrate”" in told.stdout


def test_a_server_as_it_is_made_is_well(tmp_path: Path) -> None:
    data = tmp_path / "data"
    run("migrate", "--verbosity", "0", data=data)
    run("collectstatic", "--noinput", "--verbosity", "0", data=data)
    told = findings(data=data)
    assert {"settings", "database", "layer", "limits", "proxy", "data", "disk", "static"} == set(told)
    bad = [(topic, *one) for topic, found in told.items() for one in found if one[0] == "problem"]
    assert bad == []
    assert any(sentence.startswith("SQLite") for _, sentence in told["database"])


def test_slips_and_open_folders_are_told(tmp_path: Path) -> None:
    data = tmp_path / "data"
    run("migrate", "--verbosity", "0", data=data)
    data.chmod(0o755)
    (data / "secret_key").chmod(0o644)
    told = findings(data=data, HUBBUB_TRUSTED_PROXY="1", HUBBUB_HTTPS="on", HUBBUB_METRICS_TOKEN="short")
    assert ("warning", "HUBBUB_TRUSTED_PROXY is set and means nothing.") in told["settings"]
    assert ("warning", "HUBBUB_METRICS_TOKEN is short: it can be guessed.") in told["settings"]
    assert [level for level, _ in told["proxy"]] == ["warning", "warning"]
    assert [level for level, _ in told["data"]] == ["problem", "problem"]
    assert [level for level, _ in told["static"]] == ["warning"]


# ── the whole, on PostgreSQL and Redis ──


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    started = PostgreSQL(tmp_path_factory.mktemp("doctor") / "postgres").start()
    yield started
    started.kill()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    started = Redis(tmp_path).start()
    yield started
    started.kill()


def test_postgresql_and_redis_are_examined(tmp_path: Path, postgres: PostgreSQL, redis: Redis) -> None:
    shared = {"HUBBUB_DATABASE_URL": postgres.url, "HUBBUB_REDIS_URL": redis.url}
    run("migrate", "--verbosity", "0", data=tmp_path / "data", **shared)
    told = findings(data=tmp_path / "data", **shared)
    assert {level for level, _ in told["database"] + told["layer"] + told["clock"]} == {"ok"}
    assert any("PostgreSQL" in sentence for _, sentence in told["database"])
    assert any("goes round in" in sentence for _, sentence in told["layer"])
    assert any("memory left" in sentence for _, sentence in told["layer"])
    assert len(told["clock"]) == 2
    assert any("another node makes another" in sentence for _, sentence in told["settings"])


def test_what_loses_messages_is_a_problem(tmp_path: Path, postgres: PostgreSQL) -> None:
    shared = {
        "HUBBUB_DATABASE_URL": f"{postgres.url}?options=-csynchronous_commit%3Doff", "HUBBUB_WORKERS": "50",
    }  # fmt: skip
    run("migrate", "--verbosity", "0", data=tmp_path / "data", **shared)
    told = findings(data=tmp_path / "data", **shared)["database"]
    assert any(level == "problem" and "synchronous_commit = off" in sentence for level, sentence in told)
    assert any(level == "problem" and "50 workers may want 600" in sentence for level, sentence in told)


def test_what_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    told = run(
        "doctor", "--json", data=tmp_path / "data", HUBBUB_SECRET_KEY="a key that nobody may ever see here",
        HUBBUB_DATABASE_URL="postgres://hubbub:pass4word@127.0.0.1:1/hubbub",
        HUBBUB_REDIS_URL="redis://hubbub:pass5word@127.0.0.1:1/0",
    )  # fmt: skip
    assert told.returncode == 1
    report = json.loads(told.stdout)["findings"]
    assert {f["topic"] for f in report if f["level"] == "problem"} == {"database", "layer"}
    for secret in ("pass4word", "pass5word", "a key that nobody"):
        assert secret not in told.stdout + told.stderr


def test_redis_that_cuts_nodes_off_is_told(redis: Redis) -> None:
    limit = ["redis-cli", "-p", str(redis.port), "config", "set", "client-output-buffer-limit", "pubsub 1mb 1mb 10"]
    subprocess.run(limit, check=True, capture_output=True)
    with override_settings(CHANNEL_LAYERS={"default": {"CONFIG": {"hosts": [redis.url]}}}):
        assert [finding.level for finding in layer._redis()].count("warning") == 1


# ── one by one ──


def test_secrets_are_taken_out_of_every_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    said = f"at redis://:pass5word@host/0 and rediss://u:p@host and {settings.SECRET_KEY}"
    monkeypatch.setattr(doctor, "_examinations", [("layer", lambda: [problem("layer", said, said)])])
    (finding,) = doctor.examine()
    for told in (finding.sentence, finding.advice):
        assert told == "at redis://…@host/0 and rediss://…@host and …"


def test_an_examination_that_fails_or_hangs_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    hangs = threading.Event()

    def fail() -> Iterator[Finding]:
        yield ok("one", "Well so far.")
        raise RuntimeError("oops\nmore")

    monkeypatch.setattr(doctor, "PATIENCE", 0.2)
    monkeypatch.setattr(doctor, "_examinations", [("one", fail), ("two", lambda: [hangs.wait(30)])])
    found = doctor.examine()
    hangs.set()
    assert [(finding.topic, finding.level) for finding in found] == [
        ("one", "ok"),
        ("one", "problem"),
        ("two", "problem"),
    ]
    assert found[1].sentence.endswith("RuntimeError: oops")


@pytest.mark.parametrize(
    ("found", "code"),
    [([ok("a", "Well.")], 0), ([warning("a", "Hm.", "Do.")], 0), ([problem("a", "No.", "Do.")], 1)],
)
def test_only_a_problem_is_a_failure(monkeypatch: pytest.MonkeyPatch, found: list[Finding], code: int) -> None:
    monkeypatch.setattr("hubbub.management.commands.hubbub_doctor.examine", lambda: found)
    out, ended = io.StringIO(), 0
    try:
        call_command("hubbub_doctor", stdout=out)
    except SystemExit as end:
        ended = int(end.code or 0)
    assert ended == code
    assert found[0].sentence in out.getvalue()


def test_wrong_settings_are_findings() -> None:
    from hubbub.doctor.project import system_checks

    with override_settings(HUBBUB={"MESAGE_LENGTH": 1, "GUESTS": "yes"}):
        found = list(system_checks())
    assert [finding.level for finding in found] == ["problem", "problem"]
    assert "'MESAGE_LENGTH'" in found[0].sentence
    assert found[0].advice.startswith("Known: ")


@pytest.mark.django_db
def test_sqlite_that_does_not_wait_for_the_disk_is_a_problem(tmp_path: Path) -> None:
    DatabaseWrapper = load_backend("django.db.backends.sqlite3").DatabaseWrapper
    for pragmas, expected in (
        (SQLITE_PRAGMAS, {"ok"}),
        ("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL", {"problem"}),
        ("PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL", {"warning", "ok"}),
    ):
        options = {
            **connections.databases["default"],
            "NAME": str(tmp_path / "d"),
            "OPTIONS": {"init_command": pragmas},
        }
        connection = DatabaseWrapper(options, "doctor")
        assert levels(database_module._sqlite(connection)) == expected
        connection.close()


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb1 /home/local ext4 rw 0 0
//box/share /mnt/a\\040share cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib", "ext4"), ("/home/ada/data", "nfs4"), ("/home/local/data", "ext4"), ("/mnt/a share/x", "cifs"),
        ("/homely", "ext4"),
    ],
)  # fmt: skip
def test_the_file_system_under_a_path_is_found(path: str, kind: str) -> None:
    assert database_module.file_system(Path(path), MOUNTS) == kind


def test_sqlite_on_a_network_file_system_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "problem" in sqlite_levels(monkeypatch, "nfs4")


@pytest.mark.parametrize(("erases", "warned"), [(0, True), (1, False), (2, False)])
def test_sqlite_that_keeps_deleted_texts_is_a_warning(
    monkeypatch: pytest.MonkeyPatch, erases: int, warned: bool
) -> None:
    assert ("warning" in sqlite_levels(monkeypatch, "ext4", erases)) == warned


def sqlite_levels(monkeypatch: pytest.MonkeyPatch, kind: str, erases: int = 1) -> list[str]:
    answers = {"PRAGMA journal_mode": "wal", "PRAGMA synchronous": 2, "PRAGMA secure_delete": erases}
    monkeypatch.setattr(database_module, "_ask", lambda connection, question: answers[question])
    monkeypatch.setattr(database_module, "file_system", lambda path: kind)
    fake: Any = SimpleNamespace(settings_dict={"NAME": "/home/ada/data/hubbub.sqlite3"})
    return list(levels(database_module._sqlite(fake)))


def test_few_open_files_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    for hard, level in ((1024, "warning"), (65_536, "ok"), (resource.RLIM_INFINITY, "ok")):
        monkeypatch.setattr(machine.resource, "getrlimit", lambda _, hard=hard: (hard, hard))
        assert next(iter(machine.limits())).level == level


def test_a_short_queue_of_connections_is_a_warning(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(machine, "SOMAXCONN", tmp_path / "somaxconn")
    for longest, level in (("128", "warning"), ("4096", "ok")):
        machine.SOMAXCONN.write_text(longest)
        assert list(machine.limits())[1].level == level


@pytest.mark.parametrize(("seconds", "level"), [(0.5, "ok"), (-1.9, "ok"), (7200, "warning"), (-3600, "warning")])
def test_a_clock_that_is_off_is_a_warning(seconds: float, level: str) -> None:
    assert clock("clock", "Redis's", seconds).level == level


@pytest.mark.parametrize(
    ("hosts", "https", "trusted", "expected"),
    [
        (["*"], False, "", ["ok"]),
        (["*"], True, "", ["warning", "warning"]),
        (["chat.example.org"], True, "", ["warning"]),
        (["chat.example.org"], True, "*", ["warning"]),
        (["chat.example.org"], True, "127.0.0.1", ["ok"]),
    ],
)
def test_names_and_proxies(
    monkeypatch: pytest.MonkeyPatch, hosts: list[str], https: bool, trusted: str, expected: list[str]
) -> None:
    monkeypatch.setenv("HUBBUB_TRUSTED_PROXIES", trusted)
    with override_settings(ALLOWED_HOSTS=hosts, SESSION_COOKIE_SECURE=https):
        assert [finding.level for finding in server_doctor.proxy()] == expected


def test_a_secret_that_can_be_guessed_is_a_problem() -> None:
    with override_settings(SECRET_KEY="short"):
        assert "problem" in levels(server_doctor.secrets())


def test_little_space_is_a_warning() -> None:
    with override_settings(DISK_LOW_MB=10**12):
        assert levels(server_doctor.disk()) == {"warning"}
    assert levels(server_doctor.disk()) == {"ok"}


def test_the_names_that_the_doctor_knows_are_those_of_the_documents() -> None:
    told = (ROOT / "docs" / "settings.md").read_text()
    known = {name for name in server_doctor.names_read() if f"| `{name}` |" in told}
    assert {"HUBBUB_DATA", "HUBBUB_METRICS_TOKEN", "HUBBUB_REDIS_URL", "HUBBUB_DISK_LOW_MB"} <= known
