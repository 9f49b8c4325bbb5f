"""Is the process alive, and can it take posts now? Also when what it asks does not answer."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import namedtuple
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client, override_settings

from hubbub import node
from hubbub.figures import figures
from hubbub.models import Epoch
from hubbub.server import health
from tests.conftest import StartServer
from tests.databases import PostgreSQL, wait_until
from tests.servers import Server

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The node of this process, in good health."""
    running = SimpleNamespace(
        announcer=SimpleNamespace(healthy=True), journal=SimpleNamespace(failing=False), draining=False
    )
    monkeypatch.setattr(node, "running", lambda: running)
    return running


@pytest.fixture(autouse=True)
def _nobody_asked_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "database", health.Check(health._can_store))
    monkeypatch.setattr(health, "disk", health.Check(health._has_space))
    monkeypatch.setattr(figures, "stored_at", -1e9)


def ready() -> tuple[int, str]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()["status"]


def free(monkeypatch: pytest.MonkeyPatch, bytes: int) -> None:
    monkeypatch.setattr(health.shutil, "disk_usage", lambda path: Usage(10**12, 10**12 - bytes, bytes))


@pytest.mark.django_db(transaction=True)
def test_a_healthy_process_is_ready(running: Any) -> None:
    assert ready() == (200, "ready")


@pytest.mark.django_db(transaction=True)
def test_a_process_without_sockets_is_ready_too() -> None:
    assert ready() == (200, "ready")


@pytest.mark.django_db(transaction=True)
def test_without_the_layer_it_is_degraded(running: Any) -> None:
    running.announcer.healthy = False
    assert ready() == (200, "degraded")


@pytest.mark.django_db(transaction=True)
def test_who_could_not_store_a_post_just_now_is_down_whatever_a_smaller_write_says(running: Any) -> None:
    running.journal.failing = True
    assert ready() == (503, "down")


@pytest.mark.django_db(transaction=True)
def test_who_drains_is_down(running: Any) -> None:
    running.draining = True
    assert ready() == (503, "down")


@pytest.mark.django_db(transaction=True)
def test_little_space_is_degraded_and_none_is_down(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_database_is_in_data_folder", lambda: True)
    free(monkeypatch, 255_000_000)
    assert ready() == (200, "degraded")
    monkeypatch.setattr(health, "disk", health.Check(health._has_space))
    free(monkeypatch, 1000)
    assert ready() == (503, "down")


@pytest.mark.django_db(transaction=True)
def test_no_space_beside_a_database_elsewhere_is_degraded(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_database_is_in_data_folder", lambda: False)
    free(monkeypatch, 1000)
    assert ready() == (200, "degraded")


def test_space_is_known_before_there_is_a_folder(tmp_path: Path) -> None:
    assert health.free_space(tmp_path / "not" / "yet") > 0


@pytest.mark.django_db(transaction=True)
def test_the_limit_of_space_is_a_setting(running: Any) -> None:
    with override_settings(DISK_LOW_MB=10**12):
        assert ready() == (200, "degraded")


def test_without_the_database_it_is_down_but_alive(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> str:
        raise OperationalError("down")

    monkeypatch.setattr(Epoch, "current", down)
    assert ready() == (503, "down")
    assert Client().get("/healthz").json() == {"status": "alive"}


def test_a_node_that_stored_a_post_just_now_need_not_be_asked(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Epoch, "current", lambda: pytest.fail("asked"))
    monkeypatch.setattr(figures, "stored_at", time.perf_counter())
    assert ready() == (200, "ready")


def test_nobody_keeps_the_answer() -> None:
    assert "no-store" in Client().get("/healthz")["Cache-Control"]


# ── what is asked may hang ──


class Hanging:
    """A question that hangs until it is let go, and counts who asks."""

    def __init__(self) -> None:
        self.asked = 0
        self.go = threading.Event()

    def __call__(self) -> str:
        self.asked += 1
        self.go.wait(30)
        return "ok"


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    hanging = Hanging()
    yield hanging
    hanging.go.set()


def test_a_question_that_hangs_is_failing_in_time_and_asked_by_one_thread(
    hanging: Hanging, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.3)
    check, threads = health.Check(hanging), threading.active_count()
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(lambda _: check.wait(), range(20))) == {"failing"}
    began = time.monotonic()
    assert [check.wait() for _ in range(50)] == ["failing"] * 50
    assert time.monotonic() - began < 5, "whoever comes later does not wait again"
    assert hanging.asked == 1
    assert threading.active_count() <= threads + 1
    hanging.go.set()
    wait_until(lambda: check.wait() == "ok", "it never recovered")


async def test_the_event_loop_is_not_held_up(hanging: Hanging, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", 0.3)
    check = health.Check(hanging)
    assert set(await asyncio.gather(*(check.answer() for _ in range(50)))) == {"failing"}
    assert hanging.asked == 1
    hanging.go.set()
    await asyncio.to_thread(wait_until, lambda: check.wait() == "ok", "it never recovered")
    assert await check.answer() == "ok"


def test_an_answer_is_shared_for_a_second() -> None:
    asked: list[int] = []
    check = health.Check(lambda: asked.append(1) or "ok")  # type: ignore[func-returns-value]
    assert [check.wait() for _ in range(5)] == ["ok"] * 5
    assert len(asked) == 1
    time.sleep(health.KEPT + 0.1)
    assert check.wait() == "ok"
    assert len(asked) == 2


# ── a real server ──


def get(server: Server, path: str, **headers: str) -> tuple[int, Any, float]:
    """Status, JSON and seconds."""
    began = time.monotonic()
    try:
        request = urllib.request.Request(f"{server.url}{path}", headers=headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    return status, json.loads(body), time.monotonic() - began


@contextmanager
def frozen(postgres: PostgreSQL) -> Iterator[None]:
    """PostgreSQL with all its processes stopped where they stand: connections stay open and nothing answers."""
    assert postgres.process is not None
    pid = postgres.process.pid
    family = [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]
    for one in family:
        os.kill(one, signal.SIGSTOP)
    try:
        yield
    finally:
        for one in family:
            with suppress(ProcessLookupError):
                os.kill(one, signal.SIGCONT)


def test_a_frozen_database_hides_neither_health_nor_figures(start_server: StartServer, tmp_path: Path) -> None:
    postgres = PostgreSQL(tmp_path / "postgres").start()
    server = start_server(HUBBUB_DATABASE_URL=postgres.url)
    try:
        with frozen(postgres):
            pages = [threading.Thread(target=_try, args=(server, "/chat/lobby/"), daemon=True) for _ in range(8)]
            for page in pages:
                page.start()
            time.sleep(1.5)  # by now every thread for pages waits for the database
            assert get(server, "/healthz")[0] == 200
            threads = _threads(server)
            with ThreadPoolExecutor(8) as pool:
                answers = list(pool.map(lambda _: get(server, "/readyz"), range(24)))
            assert {(status, body["checks"]["database"]) for status, body, _ in answers} == {(503, "failing")}
            assert max(seconds for *_, seconds in answers) < 6
            assert _metrics(server).startswith(b"# HELP")
            assert _threads(server) <= threads + 8, "one for each question, not for each who asks; a page may come late"
        wait_until(lambda: get(server, "/readyz")[0] == 200, "it never got ready again", 40)
    finally:
        server.kill()
        postgres.kill()


def _try(server: Server, path: str) -> None:
    try:
        urllib.request.urlopen(f"{server.url}{path}", timeout=60).read()
    except OSError:
        return


def _metrics(server: Server) -> bytes:
    with urllib.request.urlopen(f"{server.url}/metrics", timeout=30) as answer:
        return answer.read()


def _threads(server: Server) -> int:
    return len(list(Path(f"/proc/{server.pid}/task").iterdir()))


def test_a_balancer_asks_under_any_name(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_ALLOWED_HOSTS="chat.example.org,127.0.0.1")
    status, body, _ = get(server, "/readyz", Host="10.1.2.3:8000")
    assert (status, body["status"]) == (200, "ready")


@pytest.mark.parametrize("kind", ["daphne", "hypercorn"])
def test_other_servers_answer_too(start_server: StartServer, kind: str) -> None:
    status, body, _ = get(start_server(kind), "/readyz")
    assert (status, body["checks"]["disk"]) == (200, "ok")
