"""People at a live server: a browser that keeps cookies and fills forms, and a socket that waits for frames."""

from __future__ import annotations

import asyncio
import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.servers import Server

PATIENCE = 30.0
A_SECOND = 1 + 2  # what is promised within a second, and what a busy machine adds
PASSWORD = "correct horse battery"


class Browser:
    """Pages, forms and cookies of one person; no JavaScript."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.page = ""
        self.status = 0

    def get(self, path: str) -> str:
        return self._open(urllib.request.Request(self.server.url + path))

    def post(self, path: str, **fields: str) -> str:
        """Send a form from the page that is open."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        if token:
            fields["csrfmiddlewaretoken"] = token[1]
        body = urllib.parse.urlencode(fields).encode()
        return self._open(urllib.request.Request(self.server.url + path, data=body))

    def sign_in(self, username: str, password: str = PASSWORD) -> Browser:
        self.get("/accounts/sign-in/")
        self.post("/accounts/sign-in/", username=username, password=password)
        return self

    @property
    def for_client(self) -> dict[str, Any]:
        """What the open page tells the browser's code."""
        return json.loads(re.search(r'id="hubbub-page" type="application/json">(.*?)</script>', self.page)[1])

    @property
    def cookies(self) -> str:
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)

    def _open(self, request: urllib.request.Request) -> str:
        try:
            with self._opener.open(request, timeout=PATIENCE) as answer:
                self.status, self.page = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            self.status, self.page = error.code, error.read().decode()
        return self.page


class Talk:
    """One socket. Every frame that comes is kept; waiting looks at those first that nobody has waited for."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[dict[str, Any]] = []
        self.unread: list[dict[str, Any]] = []

    async def say(self, **command: Any) -> None:
        await self.socket.send(json.dumps(command))

    async def post(self, room: str, message: str, nonce: str = "") -> dict[str, Any]:
        """Say it and wait for the answer."""
        nonce = nonce or uuid.uuid4().hex
        await self.say(type="post", room=room, message=message, nonce=nonce)
        return await self.until("ok", "refused", nonce=nonce)

    async def join(self, room: str, **named: Any) -> dict[str, Any]:
        """Join and wait until the catch-up is over: the `synced` or `reset`."""
        await self.say(type="join", room=room, **named)
        return await self.until("synced", "reset", "refused")

    async def until(self, *types: str, seconds: float = PATIENCE, **fields: Any) -> dict[str, Any]:
        """The next frame of one of these types with these fields."""
        async with asyncio.timeout(seconds):
            while True:
                for place, frame in enumerate(self.unread):
                    if frame["type"] in types and all(frame.get(k) == v for k, v in fields.items()):
                        return self.unread.pop(place)
                await self._hear()

    async def quiet(self) -> list[dict[str, Any]]:
        """Everything unread once the server has answered a ping: nothing else was on its way before it."""
        await self.say(type="ping", ref="quiet")
        await self.until("pong", ref="quiet")
        unread, self.unread = self.unread, []
        return unread

    async def goodbye(self, seconds: float = PATIENCE) -> int:
        """Wait for the close; its code."""
        async with asyncio.timeout(seconds):
            try:
                while True:
                    await self._hear()
            except ConnectionClosed:
                return self.socket.close_code or 0

    async def close(self) -> None:
        await self.socket.close()

    async def _hear(self) -> None:
        frame = json.loads(await self.socket.recv())
        self.frames.append(frame)
        self.unread.append(frame)


async def dial(
    server: Server, path: str = "/ws/", *, browser: Browser | None = None, cookies: str = "", **named: Any
) -> Talk:
    """Open a socket; with a browser's cookies if one is given."""
    headers = {"Cookie": cookies or browser.cookies} if cookies or (browser and browser.cookies) else {}
    headers.update(named.pop("headers", {}))
    socket = await connect(
        server.ws + path, additional_headers=headers, max_size=None, proxy=None, subprotocols=["hubbub.v1"], **named
    )
    return Talk(socket)
