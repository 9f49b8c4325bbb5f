"""Clients that live through faults: they come back with jitter, resume where they were, and write a history."""

from __future__ import annotations

import asyncio
import json
import math
import random
import re
import socket as sockets
import struct
import time
import urllib.request
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.faults.checker import History, Told
from tests.servers import Server

IN_FLIGHT = 6
LIVELY = 0.015  # seconds from one post of a client to its next, on average
PATIENCE = 4.0  # for a handshake, and for the answer to a ping: a dead line is left after twice that
RETURN_WITHIN = 0.25  # seconds, after a loss without a word
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing answers RST


async def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for a condition of this process; fail with `what` after some seconds."""
    try:
        async with asyncio.timeout(seconds):
            while not condition():  # noqa: ASYNC110  any condition of several clients: there is no one event
                await asyncio.sleep(0.01)
    except TimeoutError:
        raise AssertionError(f"Not within {seconds:g} s: {what}") from None


async def within(condition: Callable[[], bool], seconds: float) -> float:
    """Seconds until a condition holds; infinity when it did not within `seconds`."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            return math.inf
        await asyncio.sleep(0.02)
    return time.monotonic() - began


def guest_cookie(server: Server) -> str:
    """The cookie of a new guest, as a browser gets it with its first page."""
    with urllib.request.urlopen(f"{server.url}/chat/", timeout=20) as page:
        return str(page.headers["Set-Cookie"]).partition(";")[0]


def spread_of(reason: str) -> float:
    """The seconds within which a Goodbye asks its crowd to return; 0 when it says nothing of it."""
    said = re.search(r"\bspread=(\d+(?:\.\d+)?)$", reason)
    return float(said[1]) if said else 0.0


class Client:
    """Somebody who stays: `live` until told to stop, `talk` while there is load.

    With several servers each coming goes to one at random, as a balancer would send it.
    """

    def __init__(
        self, name: str, servers: Sequence[Server], rooms: Sequence[str], history: History, seed: int,
        pace: float = LIVELY,
    ) -> None:  # fmt: skip
        self.name, self.servers, self.rooms, self.history, self.pace = name, list(servers), rooms, history, pace
        self.dice = random.Random(f"{name}{seed}")
        self.server = self.dice.choice(self.servers)
        self.cookie = guest_cookie(self.server)
        self.pending: dict[str, str] = {}
        self.asked: dict[str, float] = {}
        self.waits: list[tuple[float, float]] = []  # when an answer to a post came, and how long that took
        self.codes: list[int | None] = []
        self.socket: ClientConnection | None = None
        self.said = 0
        self.refused: list[dict[str, Any]] = []
        self._later: set[asyncio.Task[None]] = set()
        for room in rooms:
            history.follow(name, room)

    def seen(self, room: str) -> int:
        """The number of the last message that this client shows."""
        log = self.history.logs[self.name, room]
        return log[-1].seq if log else 0

    def has(self, heads: dict[str, int]) -> bool:
        """Whether it is connected and shows all its rooms up to these numbers."""
        return self.socket is not None and all(self.seen(room) >= heads.get(room, 0) for room in self.rooms)

    async def live(self) -> None:
        """Be connected; when the connection ends, come back with jitter. Ends by cancelling."""
        while True:
            spread = RETURN_WITHIN
            self.server = self.dice.choice(self.servers)
            with suppress(OSError, WebSocketException, EOFError, TimeoutError):
                async with self.connect() as socket:
                    try:
                        await self.greet(socket)
                        self.socket = socket
                        async for text in socket:
                            await self.hear(socket, json.loads(text))
                    finally:
                        self.codes.append(socket.close_code)
                        spread = spread_of(socket.close_reason or "") or spread
                        self.socket = None
                        self.gone()
            await asyncio.sleep(self.dice.uniform(0.02, spread))

    async def talk(self) -> None:
        """Post at its pace, with a few posts in flight. Ends by cancelling."""
        while True:
            if self.may_talk and len(self.pending) < IN_FLIGHT:
                self.said += 1
                text = f"{self.name} says {self.said}"
                room = self.pending[text] = self.dice.choice(self.rooms)
                self.history.invoke(room, text)
                await self.say(room, text)
            await asyncio.sleep(self.dice.uniform(0.0, 2 * self.pace))

    async def say(self, room: str, text: str) -> None:
        """Send a post if there is a connection; what becomes of it is written down elsewhere."""
        if self.socket is None:
            return
        self.asked[text] = time.monotonic()
        with suppress(WebSocketException):
            await self.socket.send(json.dumps(self.post(room, text)))

    def reset(self) -> None:
        """Drop the connection with an RST, as a broken router does."""
        if self.socket is not None:
            line = self.socket.transport.get_extra_info("socket")
            line.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, AT_ONCE)
            self.socket.transport.abort()

    @property
    def may_talk(self) -> bool:
        """Whether it posts now: also without a connection, for it is sent later."""
        return True

    def show(self, room: str, frame: dict[str, Any]) -> None:
        """Put a message below the others. Nothing is dropped or sorted here: the checker would not see it."""
        self.history.received(self.name, room, Told(frame["seq"], frame["message"], frame["nonce"]))

    def connection(self, path: str, **named: Any) -> connect:
        """A connection to the present server, with this client's cookie."""
        return connect(
            self.server.ws + path, additional_headers={"Cookie": self.cookie}, compression=None, close_timeout=0.5,
            open_timeout=PATIENCE, ping_interval=PATIENCE, ping_timeout=PATIENCE, proxy=None, **named,
        )  # fmt: skip

    @abstractmethod
    def connect(self) -> connect:
        """A connection as this client opens it."""

    @abstractmethod
    async def greet(self, socket: ClientConnection) -> None:
        """The first words on a new connection."""

    @abstractmethod
    async def hear(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        """A frame came."""

    @abstractmethod
    def post(self, room: str, text: str) -> dict[str, str]:
        """The frame that posts."""

    def answered(self, text: str) -> None:
        """An answer came: write down how long it took."""
        now = time.monotonic()
        self.waits.append((now, now - self.asked.pop(text, now)))

    def gone(self) -> None:
        """The connection ended: nobody knows what became of the posts in flight."""
        for text in self.pending:
            self.history.unknown(text)


class FullClient(Client):
    """On the full socket: joins with its cursors, posts under nonces, repeats what was not acknowledged."""

    def connect(self) -> connect:
        return self.connection("/ws/", subprotocols=["hubbub.v1"])

    async def greet(self, socket: ClientConnection) -> None:
        self.catching_up: dict[str, list[dict[str, Any]]] = {}
        welcome = json.loads(await socket.recv())
        assert welcome["type"] == "welcome"
        for room in self.rooms:
            join = {"type": "join", "room": room, "since": self.seen(room), "epoch": welcome["epoch"]}
            await socket.send(json.dumps(join))
        for text, room in list(self.pending.items()):
            self.asked[text] = time.monotonic()
            await socket.send(json.dumps(self.post(room, text)))

    def post(self, room: str, text: str) -> dict[str, str]:
        return {"type": "post", "room": room, "message": text, "nonce": f"nonce of {text}", "ref": text}

    async def hear(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "joined":
                self.catching_up[frame["room"]] = []
            case "message" if frame["room"] in self.catching_up:
                self.catching_up[frame["room"]].append(frame)
            case "message":
                self.show(frame["room"], frame)
            case "synced":
                for message in self.catching_up.pop(frame["room"]):
                    self.show(frame["room"], message)
                assert self.seen(frame["room"]) == frame["seq"], "synced at a number that nobody saw"
            case "reset":
                raise AssertionError("these tests never fall 500 behind")
            case "ok":
                self.answered(frame["ref"])
                self.pending.pop(frame["ref"], None)
                self.history.ok(frame["ref"], frame["seq"])
            case "refused":
                await self.refused_(socket, frame)

    async def refused_(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        """A post is sent again after the time that the refusal names; a join by coming back."""
        self.refused.append(frame)
        text = frame.get("ref")
        if text not in self.pending:
            await socket.close()
            return
        self.answered(text)
        self.history.refused(text)
        task = asyncio.create_task(self._again(text, frame.get("retry_after", 0)))
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _again(self, text: str, seconds: float) -> None:
        await asyncio.sleep(seconds * self.dice.uniform(0.5, 1.0))
        if text in self.pending:
            await self.say(self.pending[text], text)


class PlainClient(Client):
    """On the plain socket of one room: no nonces, so nothing is repeated; its own message coming by is the answer."""

    def connect(self) -> connect:
        return self.connection(f"/ws/chat/{self.rooms[0]}/?since={self.seen(self.rooms[0])}")

    async def greet(self, socket: ClientConnection) -> None:
        """The plain socket needs no words."""

    def post(self, room: str, text: str) -> dict[str, str]:
        return {"message": text}

    @property
    def may_talk(self) -> bool:
        """Only on a connection: without a nonce nothing can be sent later and be sure to be said once."""
        return self.socket is not None

    async def hear(self, socket: ClientConnection, frame: dict[str, Any]) -> None:
        if frame["type"] == "refused":  # it does not say which one
            self.refused.append(frame)
            for text in list(self.pending):
                self.answered(text)
            super().gone()
            self.pending.clear()
            return
        assert frame["type"] == "message"
        text = frame["message"]
        self.show(self.rooms[0], frame)
        if text in self.pending:
            self.answered(text)
            del self.pending[text]
            self.history.ok(text, frame["seq"])

    def gone(self) -> None:
        super().gone()
        self.pending.clear()
