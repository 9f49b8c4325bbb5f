"""The page for a form whose token does not hold: it was open while its reader signed in or out, or cookies are off."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template

from hubbub.views.page import page_headers
from hubbub.views.unsent import unsent


def refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """CSRF_FAILURE_VIEW: nothing was done; what was written is handed back. `reason` is for the log, which has it."""
    html = get_template("403_csrf.html").render({"unsent": unsent(request)})
    return page_headers(HttpResponse(html, status=403))
