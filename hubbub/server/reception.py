"""What stands before the application: whose request it is, its id, and the three pages for machines.

`/healthz`, `/readyz` and `/metrics` are answered here, on the event loop: threads that wait for a hung database keep
nobody from seeing that it hangs.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec
from django.utils.crypto import constant_time_compare

from hubbub.figures import figures
from hubbub.server import neighbours
from hubbub.server.front_door import FrontDoor
from hubbub.server.health import ready_now
from hubbub.trace import begin

Scope = dict[str, Any]
Answer = tuple[int, bytes, str]  # status, body, content type

JSON = "application/json"
WELL_FORMED = re.compile(rb"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
FORWARDED = re.compile(rb"forwarded|via|x-forwarded-.+|x-real-ip|x-client-ip|x-original-.+|true-client-ip|cf-.+")


class Reception:
    """The outermost ASGI callable of the standalone server: still sees the true peer, which the front door behind it
    replaces by the client that a proxy tells of."""

    def __init__(self, door: FrontDoor, application: Any) -> None:
        self._door = door
        self._application = door.asgi(application)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer what is ours; hand on the rest."""
        if scope["type"] == "http":
            await self._page(scope, receive, send, begin(self._given_id(scope)))
        else:
            begin(self._given_id(scope))
            await self._application(scope, receive, send)

    async def _page(self, scope: Scope, receive: Any, send: Any, id: str) -> None:
        send = _counted(send, id.encode())
        page = _PAGES.get(self._door.below(scope["path"]))
        if page is not None and scope["method"] in ("GET", "HEAD") and (answer := await page(scope)) is not None:
            await _send(send, *answer, head=scope["method"] == "HEAD")
        else:
            await self._application(scope, receive, send)

    def _given_id(self, scope: Scope) -> str:
        """The X-Request-ID of a trusted proxy, if that is a sensible one; empty otherwise."""
        given = next((value for name, value in scope.get("headers", ()) if name == b"x-request-id"), b"")
        if given and WELL_FORMED.fullmatch(given) and self._door.trusts(_peer(scope)):
            return bytes(given).decode()
        return ""


async def _healthz(scope: Scope) -> Answer | None:
    return 200, b'{"status": "alive"}', JSON


async def _readyz(scope: Scope) -> Answer | None:
    status, report = await ready_now()
    return status, msgspec.json.encode(report), JSON


async def _metrics(scope: Scope) -> Answer | None:
    if not may_watch(scope):
        return None  # and so the 404 of any other page that there is not
    from hubbub.server.exposition import expose  # late: who never asks pays no memory for it

    accept = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"accept"), "")
    return 200, *expose(await neighbours.everyone(), accept)


_PAGES: dict[str, Callable[[Scope], Awaitable[Answer | None]]] = {
    "/healthz": _healthz,
    "/readyz": _readyz,
    "/metrics": _metrics,
}


def may_watch(scope: Scope) -> bool:
    """Whether this request may see the figures: with the token, or straight from this machine."""
    headers: list[tuple[bytes, bytes]] = list(scope["headers"])
    token = os.environ.get("HUBBUB_METRICS_TOKEN", "")
    sent = [value for name, value in headers if name == b"authorization"]
    if sent:
        return bool(token) and constant_time_compare(sent[0], f"Bearer {token}")
    return _is_loopback(_peer(scope)) and _is_loopback(_host(headers)) and not _was_forwarded(scope, headers)


def _was_forwarded(scope: Scope, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a proxy on this machine may stand between: it names itself, or speaks HTTP/1.0 as nginx does untold."""
    return scope.get("http_version") == "1.0" or any(FORWARDED.fullmatch(name) for name, _ in headers)


def _host(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The host asked for, without its port."""
    host = next((value.decode("latin-1") for name, value in headers if name == b"host"), "")
    host = re.sub(r":\d+$", "", host).strip("[]")
    return "127.0.0.1" if host == "localhost" else host


def _peer(scope: Scope) -> str:
    return str((scope.get("client") or ("",))[0])


def _is_loopback(address: str) -> bool:
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(ip, "ipv4_mapped", None) or ip).is_loopback


def _counted(send: Any, id: bytes) -> Any:
    """`send`, with the request's id in the answer's headers and the status counted."""

    async def counted(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            figures.pages.add(f"{message['status'] // 100}xx")
            message = {**message, "headers": [*message.get("headers", ()), (b"x-request-id", id)]}
        await send(message)

    return counted


async def _send(send: Any, status: int, body: bytes, content_type: str, *, head: bool) -> None:
    headers = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})
