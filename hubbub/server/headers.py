"""A Content-Security-Policy for whatever page has none of its own. Django's admin is left as it is."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def content_security_policy(respond: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: nothing inline or foreign runs in sign-in and error pages."""

    def with_policy(request: HttpRequest) -> HttpResponse:
        response = respond(request)
        if not request.path_info.startswith("/admin/"):
            response.setdefault("Content-Security-Policy", POLICY)
        return response

    return with_policy
