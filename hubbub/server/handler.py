"""Django's ASGI handler with one hop: the whole request runs in one thread, not a hop for each middleware.

Django adapts each sync middleware and view by itself, and each adaptation costs a switch of threads. Everything that
the standalone project serves over HTTP is sync, so one switch is enough.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from django.core.handlers.asgi import ASGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponseBase

THREADS = 4


class OneHopHandler(ASGIHandler):
    """ASGIHandler whose middleware chain is sync and runs in a small pool of threads with kept connections."""

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="hubbub-page")

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        """The response, made in one thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, copy_context().run, self._respond, request)

    def _respond(self, request: HttpRequest) -> HttpResponseBase:
        close_old_connections()
        try:
            return self.get_response(request)
        finally:
            close_old_connections()


def one_hop_application() -> Any:
    """The HTTP application. Connections belong to the pool's threads, so the loop's signals leave them alone."""
    import django  # late: imported by the server before settings are configured

    django.setup(set_prefix=False)
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    return OneHopHandler()
