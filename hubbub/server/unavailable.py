"""The page for the time in which the database does not answer: 503, come back in a moment (G9)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import get_template
from django.views.defaults import server_error

from hubbub.outage import Outage
from hubbub.server import health
from hubbub.views.page import page_headers
from hubbub.views.unsent import unsent

RETRY_SECONDS = 5
OUTAGE = Outage("Pages can't be shown")

_ANSWERED_ALWAYS = (health.healthz, health.readyz)
_GONE = (OperationalError, InterfaceError)


class Unavailable:
    """Middleware: a view that met a database which is gone is answered with that page, and so is, without asking it
    again, who queued behind such a view."""

    def __init__(self, respond: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._respond(request)
        if response.status_code < 500:
            OUTAGE.over()
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Spare who waited behind a page that failed a wait of their own."""
        queued_behind_a_fault = OUTAGE.met_since(getattr(request, "asked", float("inf")))
        return unavailable(request) if queued_behind_a_fault and view not in _ANSWERED_ALWAYS else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The page instead of a traceback, if the database is gone."""
        return _met(request, error) if isinstance(error, _GONE) else None


def failed(request: HttpRequest) -> HttpResponseBase:
    """handler500: the same for what failed outside of a view, such as storing the session."""
    error = sys.exc_info()[1]
    return _met(request, error) if isinstance(error, _GONE) else server_error(request)


def _met(request: HttpRequest, error: BaseException) -> HttpResponse:
    OUTAGE.met(error)
    return unavailable(request)


def unavailable(request: HttpRequest) -> HttpResponse:
    """The page. It asks the database for nothing, so it knows nobody."""
    html = get_template("503.html").render({"unsent": unsent(request)})
    response = HttpResponse(html, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
    response._has_been_logged = True  # type: ignore[attr-defined]  # said once, by OUTAGE, not for each request
    return page_headers(response)
