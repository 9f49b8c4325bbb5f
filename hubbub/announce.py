"""To the other nodes, through the project's Channels layer: one channel per node, one group per room.

A layer may be absent, down, slow or forgetful: announcing never delays a commit and never fails one. What it loses,
the head check of each node finds (G5).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any

from channels.layers import InMemoryChannelLayer, get_channel_layer

from hubbub.figures import figures
from hubbub.protocol import Frame

logger = logging.getLogger("hubbub.announce")

NODES = "hubbub.nodes"
RENEW_SECONDS = 3600.0
SEND_TIMEOUT = 2.0
WAITING_LIMIT = 10_000

Announcements = Sequence[tuple[str, Frame]]
Heard = Callable[[dict[str, Any]], None]


def room_group(key: str) -> str:
    """The group of a room: ASCII and short whatever the name, as Channels asks."""
    return "hubbub.room." + hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


def joining_layer() -> Any:
    """The project's layer, if it joins processes; None when there is none or it only lives in this one."""
    layer = get_channel_layer()
    return None if layer is None or isinstance(layer, InMemoryChannelLayer) else layer


def event_messages(node: str, announcements: Announcements) -> list[tuple[str, dict[str, Any]]]:
    """The (group, message)s that carry these announcements: one for each room, whatever the number of frames."""
    rooms: dict[str, list[list[Any]]] = {}
    for key, frame in announcements:
        rooms.setdefault(key, []).append([frame.number, frame.ordinal, frame.payload])
    return [
        (room_group(key), {"type": "hubbub.events", "node": node, "room": key, "frames": frames})
        for key, frames in rooms.items()
    ]


def frames_of(message: dict[str, Any]) -> list[tuple[str, Frame]]:
    """The announcements in a `hubbub.events` message."""
    return [(message["room"], Frame(bytes(payload), number, ordinal)) for number, ordinal, payload in message["frames"]]


class Announcer:
    """One node's voice and ear on the layer. Call from its event loop only; `heard` gets other nodes' messages."""

    def __init__(self, heard: Heard) -> None:
        self.node = secrets.token_hex(8)
        self.layer = joining_layer()
        self.healthy = True
        self._heard = heard
        self._waiting: asyncio.Queue[tuple[str, str, dict[str, Any]]] = asyncio.Queue(WAITING_LIMIT)
        self._channel: str | None = None
        self._groups: set[str] = {NODES}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to listen and to send."""
        if self.layer is not None:
            loop = asyncio.get_running_loop()
            self._tasks = [loop.create_task(work) for work in (self._listen(), self._speak(), self._renew())]

    @property
    def waiting(self) -> int:
        """Messages that the layer has not taken yet."""
        return self._waiting.qsize()

    def stop(self) -> None:
        """End both."""
        for task in self._tasks:
            task.cancel()

    def announce(self, announcements: Announcements) -> None:
        """Tell the other nodes what was committed."""
        if self.layer is not None:
            for group, message in event_messages(self.node, announcements):
                self.say(group, message)

    def say(self, group: str, message: dict[str, Any]) -> None:
        """Send `message` to every other node in `group`; dropped when the layer can't keep up."""
        if self.layer is not None:
            self._queue("send", group, {**message, "node": self.node, "said": time.monotonic()})

    def follow(self, key: str, on: bool) -> None:
        """Hear a room's announcements from now on, or no more."""
        if self.layer is not None:
            group = room_group(key)
            (self._groups.add if on else self._groups.discard)(group)
            self._queue("add" if on else "discard", group, {})

    def _queue(self, what: str, group: str, message: dict[str, Any]) -> None:
        try:
            self._waiting.put_nowait((what, group, message))
        except asyncio.QueueFull:
            figures.announcements_dropped += 1
            self._fault("the layer is too slow; announcements are dropped")

    async def _speak(self) -> None:
        while True:
            what, group, message = await self._waiting.get()
            try:
                async with asyncio.timeout(SEND_TIMEOUT):
                    await self._do(what, group, message)
                self._recovered()
            except Exception as error:  # a layer may fail in any way of its own; announcing must outlive it
                self._fault(str(error) or type(error).__name__)
                if what != "send":
                    await asyncio.sleep(0.5)
                    self._queue(what, group, message)
                else:
                    figures.announcements_dropped += 1

    async def _do(self, what: str, group: str, message: dict[str, Any]) -> None:
        if what == "send":
            await self.layer.group_send(group, message)
            figures.announcements_sent += 1
        elif self._channel is not None and (what == "add") == (group in self._groups):
            await getattr(self.layer, f"group_{what}")(group, self._channel)

    async def _listen(self) -> None:
        while True:
            try:
                if self._channel is None:
                    self._channel = await self.layer.new_channel("hubbub.")
                    await self._join_groups()
                message = await self.layer.receive(self._channel)
            except Exception as error:  # as above; redis-py 8 also ends an idle receive of the core layer
                if not isinstance(error, TimeoutError) and "Timeout" not in type(error).__name__:
                    self._fault(str(error) or type(error).__name__)
                    await asyncio.sleep(0.5)
                continue
            self._hear(message)

    def _hear(self, message: dict[str, Any]) -> None:
        if message.get("node") == self.node:
            # Our own words come back as others hear them: how long they took, on one clock.
            figures.announcement_seconds.add(time.monotonic() - message["said"])
            return
        figures.announcements_heard += 1
        try:
            self._heard(message)
        except Exception:  # whatever stands in the layer, this node goes on
            logger.exception("A message of the layer was not understood")

    async def _join_groups(self) -> None:
        for group in list(self._groups):
            await self.layer.group_add(group, self._channel)

    async def _renew(self) -> None:
        """Layers forget a member after a day (`group_expiry`): say again every hour."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            for group in list(self._groups):
                self._queue("add", group, {})

    def _fault(self, why: str) -> None:
        if self.healthy:
            logger.warning("The channel layer fails (%s); messages arrive by the head check", why)
        self.healthy = False

    def _recovered(self) -> None:
        if not self.healthy:
            logger.warning("The channel layer works again")
        self.healthy = True
