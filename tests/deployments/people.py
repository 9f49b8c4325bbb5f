"""People at the front door: a browser without JavaScript, and a socket; by TLS too, from an address of their own."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import Message
from typing import Any, Protocol
from urllib.parse import urljoin

from tests.people import PASSWORD, Browser, Talk, dial

PATIENCE = 30.0


class Door(Protocol):
    """Where people come in: the address of everything, and the one of the sockets, both without a slash at the end."""

    url: str
    ws: str


def trusting() -> ssl.SSLContext:
    """Takes the certificate that a test signed for itself."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Visitor(Browser):
    """A browser that says from which page a form comes, as browsers do, and follows where it is led."""

    def __init__(self, door: Door, address: str = "127.0.0.1") -> None:
        super().__init__(door)  # type: ignore[arg-type]  # it needs a url
        self.where = ""
        self.headers = Message()
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        self._opener = urllib.request.build_opener(cookies, _Plain(address), _Secure(address))

    def sign_up(self, username: str) -> Visitor:
        """Make an account; signed in with it from here on."""
        self.get("/accounts/sign-up/")
        self.post("/accounts/sign-up/", username=username, password1=PASSWORD, password2=PASSWORD)
        return self

    def fetch(self, address: str) -> tuple[int, Message, bytes]:
        """A file of the page: status, headers, content."""
        with self._opener.open(urllib.request.Request(urljoin(self.where, address)), timeout=PATIENCE) as answer:
            return answer.status, answer.headers, answer.read()

    def _open(self, request: urllib.request.Request) -> str:
        if self.where and request.data is not None:
            request.add_header("Referer", self.where)
            request.add_header("Origin", "/".join(self.where.split("/")[:3]))
        try:
            answer = self._opener.open(request, timeout=PATIENCE)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            self.status, self.headers, self.where = answer.status, answer.headers, answer.url
            self.page = answer.read().decode()
        return self.page


class _Plain(urllib.request.HTTPHandler):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.source = (address, 0)

    def http_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(http.client.HTTPConnection, request, source_address=self.source)


class _Secure(urllib.request.HTTPSHandler):
    def __init__(self, address: str) -> None:
        super().__init__(context=trusting())
        self.source = (address, 0)

    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(http.client.HTTPSConnection, request, context=trusting(), source_address=self.source)


@asynccontextmanager
async def dialled(
    door: Door, path: str = "/ws/", *, visitor: Visitor | None = None, address: str = "", **named: Any
) -> AsyncIterator[Talk]:
    """A socket at the front door for a while, with the cookies of a visitor; `address` is where it comes from."""
    if door.ws.startswith("wss:"):
        named["ssl"] = trusting()
    if address:
        named["local_addr"] = (address, 0)
    talk = await dial(door, path, browser=visitor, **named)  # type: ignore[arg-type]  # it needs an address
    try:
        yield talk
    finally:
        await talk.close()
