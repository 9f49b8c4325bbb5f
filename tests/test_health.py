"""Is the process alive, and can it take posts now?"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from hubbub import node
from hubbub.models import Epoch
from hubbub.server import health


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The node of this process, in good health."""
    running = SimpleNamespace(announcer=SimpleNamespace(healthy=True), draining=False)
    monkeypatch.setattr(node, "running", lambda: running)
    return running


@pytest.fixture(autouse=True)
def _nobody_asked_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_asked", (0.0, False))


def ready() -> tuple[int, str]:
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()["status"]


@pytest.mark.django_db
def test_a_healthy_process_is_ready(running: Any) -> None:
    assert ready() == (200, "ready")


@pytest.mark.django_db
def test_a_process_without_sockets_is_ready_too() -> None:
    assert ready() == (200, "ready")


@pytest.mark.django_db
def test_without_the_layer_it_is_degraded(running: Any) -> None:
    running.announcer.healthy = False
    assert ready() == (200, "degraded")


@pytest.mark.django_db
def test_who_drains_is_down(running: Any) -> None:
    running.draining = True
    assert ready() == (503, "down")


def test_without_the_database_it_is_down_but_alive(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def down() -> str:
        raise OperationalError("down")

    monkeypatch.setattr(Epoch, "current", down)
    assert ready() == (503, "down")
    assert Client().get("/healthz").json() == {"status": "alive"}


def test_nobody_keeps_the_answer() -> None:
    assert "no-store" in Client().get("/healthz")["Cache-Control"]
