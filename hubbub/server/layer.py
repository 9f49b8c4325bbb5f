"""The channel layer of a worker: joins it with the other workers of its supervisor, through its line.

As much of Channels' layer as Hubbub's announcer uses (groups). A message that does not fit is lost; the node's check
of the heads finds what it told of.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import defaultdict
from typing import Any

import msgspec
from channels.exceptions import ChannelFull

from hubbub.server.line import Line, Said

WAITING_LIMIT = 10_000

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[str, Any]).decode


class Groups:
    """Which channels of this process are in which group, and the line to the others."""

    def __init__(self) -> None:
        self.line: Line | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._members: dict[str, set[str]] = defaultdict(set)
        self._channels: dict[str, asyncio.Queue[dict[str, Any]]] = {}

    def connect(self, line: Line) -> None:
        """Use this line, on the running loop."""
        self.line = line
        self._loop = asyncio.get_running_loop()

    def heard(self, said: Said) -> None:
        """Another worker said something to a group."""
        self._deliver(said.group, _decode(said.content))

    def open(self, channel: str) -> None:
        self._channels[channel] = asyncio.Queue(WAITING_LIMIT)

    async def next(self, channel: str) -> dict[str, Any]:
        return await self._channels[channel].get()

    def add(self, group: str, channel: str) -> None:
        if not self._members.get(group):
            self._say(Said("add", group))
        self._members[group].add(channel)

    def discard(self, group: str, channel: str) -> None:
        members = self._members.get(group, set())
        members.discard(channel)
        if not members:
            self._members.pop(group, None)
            self._say(Said("discard", group))

    def send(self, group: str, message: dict[str, Any]) -> None:
        """Say it to the group, here and in the other workers. Safe from any thread. Raises ChannelFull."""
        said = Said("send", group, _encode(message))
        loop = self._loop
        if loop is None:
            return
        if asyncio.get_running_loop() is not loop:  # a page's thread speaks through a loop of its own
            loop.call_soon_threadsafe(self._say_quietly, said, message)
            return
        self._deliver(group, message)
        self._say(said)

    def _say_quietly(self, said: Said, message: dict[str, Any]) -> None:
        self._deliver(said.group, message)
        if self.line is not None:
            self.line.say(said)

    def _say(self, said: Said) -> None:
        if self.line is not None and not self.line.say(said):
            raise ChannelFull("the other workers can't be told")

    def _deliver(self, group: str, message: dict[str, Any]) -> None:
        for channel in self._members.get(group, ()):
            queue = self._channels[channel]
            if not queue.full():
                queue.put_nowait(message)


groups = Groups()


class WorkersLayer:
    """What `CHANNEL_LAYERS` names; all of them in a process are one."""

    extensions = ["groups"]

    async def new_channel(self, prefix: str = "specific.") -> str:
        """A channel that only this process receives from."""
        channel = prefix + secrets.token_hex(8)
        groups.open(channel)
        return channel

    async def receive(self, channel: str) -> dict[str, Any]:
        """The next message to the channel's groups."""
        return await groups.next(channel)

    async def group_add(self, group: str, channel: str) -> None:
        """The channel hears the group from now on."""
        groups.add(group, channel)

    async def group_discard(self, group: str, channel: str) -> None:
        """The channel hears it no more."""
        groups.discard(group, channel)

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        """Say `message` to all channels in the group, in all workers."""
        groups.send(group, message)
