"""Django's ASGI handler with one hop: the whole request runs in one thread, from its first signal to its last.

Django adapts each sync middleware, view and signal by itself, and each adaptation costs a switch of threads.
Everything that the standalone project serves over HTTP is sync, so one switch is enough.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, cast

from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import set_script_prefix

from hubbub.patience import patience

THREADS = 4

Scope = dict[str, Any]
Start = dict[str, Any]


class OneHopHandler(ASGIHandler):
    """ASGIHandler whose middleware chain is sync and runs in a small pool of threads.

    On SQLite each thread keeps its connection; on PostgreSQL a page borrows one from Django's pool.
    """

    def __init__(self) -> None:
        super().__init__()
        self.load_middleware(is_async=False)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="hubbub-page")

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request: read it here, respond in a thread, send here."""
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        with body:
            loop = asyncio.get_running_loop()
            asked = time.monotonic()
            response, start, content = await loop.run_in_executor(self._pool, self._respond, scope, body, asked)
            if content is None:
                await self.send_response(response, send)
                await loop.run_in_executor(self._pool, response.close)
                return
            await send(start)
            await send({"type": "http.response.body", "body": content})

    def _respond(self, scope: Scope, body: IO[bytes], asked: float) -> tuple[HttpResponseBase, Start, bytes | None]:
        """The response, as the server takes it; its content is None when it is a stream, which is still open."""
        close_old_connections()
        try:
            set_script_prefix(get_script_prefix(scope))
            request_started.send(sender=self.__class__, scope=scope)
            request, problem = self.create_request(scope, body)
            response = self._response_to(request, asked) if request else cast("HttpResponse", problem)
            if not isinstance(response, HttpResponse):
                return response, {}, None
            content = response.content
            response.close()
            return response, _start(response), content
        finally:
            close_old_connections()

    def _response_to(self, request: HttpRequest, asked: float) -> HttpResponseBase:
        request.asked = asked  # type: ignore[attr-defined]  # for unavailable.py: when it began to wait
        with patience(each=True):
            response = self.get_response(request)
        response._handler_class = self.__class__  # type: ignore[attr-defined]  # its last signal's sender
        return response


def _start(response: HttpResponseBase) -> Start:
    headers = [(name.encode("ascii"), value.encode("latin-1")) for name, value in response.items()]
    cookies = [(b"Set-Cookie", cookie.OutputString().encode("ascii")) for cookie in response.cookies.values()]
    return {"type": "http.response.start", "status": response.status_code, "headers": [*headers, *cookies]}


def one_hop_application() -> Any:
    """The HTTP application. Connections belong to the pool's threads, so the loop's signals leave them alone."""
    import django  # late: imported by the server before settings are configured

    django.setup(set_prefix=False)
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    return OneHopHandler()
