"""The page for the time in which the database does not answer."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from hubbub import access
from hubbub.outage import Outage
from hubbub.server import health, unavailable
from hubbub.server.unavailable import Unavailable


@pytest.fixture(autouse=True)
def outage(monkeypatch: pytest.MonkeyPatch) -> Outage:
    fresh = Outage("Pages can't be shown")
    monkeypatch.setattr(unavailable, "OUTAGE", fresh)
    return fresh


@pytest.mark.django_db
@pytest.mark.parametrize("error", [OperationalError("the server closed the connection"), InterfaceError("closed")])
def test_a_page_without_a_database_says_to_come_back(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def gone(*_: Any) -> None:
        raise error

    monkeypatch.setattr(access, "standing", gone)
    answer = Client(raise_request_exception=False).get("/chat/lobby/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "no-store" in answer["Cache-Control"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert b"Try again in a moment" in answer.content


@pytest.mark.django_db
def test_so_does_one_whose_session_can_not_be_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(SessionStore, "save", full)
    form = {"username": "grace", "password1": "correct horse battery", "password2": "correct horse battery"}
    answer = Client(raise_request_exception=False).post("/accounts/sign-up/", form)
    assert answer.status_code == 503
    assert b"Try again in a moment" in answer.content


@pytest.mark.django_db
def test_a_fault_of_ours_is_still_a_fault_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(access, "standing", broken)
    answer = Client(raise_request_exception=False).get("/chat/lobby/")
    assert answer.status_code == 500
    assert b"Something broke" in answer.content


def test_who_queued_behind_such_a_page_waits_no_more_but_health_is_always_answered(outage: Outage) -> None:
    middleware = Unavailable(lambda request: HttpResponse())
    request: Any = RequestFactory().get("/chat/")
    request.asked = time.monotonic()
    assert middleware.process_view(request, _view, (), {}) is None
    outage.met(OperationalError("gone"))
    refused = middleware.process_view(request, _view, (), {})
    assert refused is not None
    assert refused.status_code == 503
    assert middleware.process_view(request, health.healthz, (), {}) is None
    request.asked = time.monotonic()
    assert middleware.process_view(request, _view, (), {}) is None, "who comes later tries for themselves"


def _view(request: HttpRequest) -> HttpResponse:
    return HttpResponse()
