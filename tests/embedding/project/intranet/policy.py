"""A content security policy of the intranet's own, for all of its pages, chat included."""

import secrets
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse


class ContentPolicy:
    """Give each request a nonce, and each answer the policy that goes with it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.csp_nonce = secrets.token_urlsafe(16)
        response = self.get_response(request)
        response["Content-Security-Policy"] = (
            f"default-src 'self'; script-src 'self' 'nonce-{request.csp_nonce}'; connect-src 'self' ws: wss:"
        )
        return response
