"""One node's connection to the project's Channels layer: a channel, the groups it is in, and a heartbeat.

A layer fails loudly, or falls silent while everything still looks well. So each node sends itself a beat every second
through a group of its own; what does not come back in time is dead. Knows nothing of what the messages mean.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Set
from contextlib import suppress
from typing import Any

from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import InMemoryChannelLayer, channel_layers, get_channel_layer

BEAT = "hubbub.beat"
BEAT_SECONDS = 1.0
BEATS_WAITED_FOR = 2  # so many may be on their way; one more, and the layer is silent
CALL_SECONDS = 2.0
RENEW_SECONDS = 3600.0

Hear = Callable[[dict[str, Any]], None]


class Silent(Exception):
    """The layer takes what it is given and gives nothing back."""


def joining_layer() -> Any:
    """The project's layer, if it joins processes; None when there is none or it only lives in this one."""
    layer = get_channel_layer()
    return None if layer is None or isinstance(layer, InMemoryChannelLayer) else layer


def own_layer() -> Any:
    """A layer of this node's own, made as the project's is, so that it can be dropped and made anew; or None."""
    return None if joining_layer() is None else channel_layers.make_backend(DEFAULT_CHANNEL_LAYER)


class Line:
    """The connection from its opening to its first fault. Call from one event loop only.

    `hear` gets every message, `beaten` the seconds that a beat took and whether one before it was lost.
    """

    def __init__(self, layer: Any, node: str, hear: Hear, beaten: Callable[[float, bool], None]) -> None:
        self._layer = layer
        self._hear = hear
        self._beaten = beaten
        self._pulse = f"{BEAT}.{node}"
        self._channel = ""
        self._groups: set[str] = set()
        self._beats: dict[int, float] = {}
        self._last = 0

    async def open(self, groups: Set[str]) -> None:
        """Get a channel and join the groups. Raises whatever the layer raises, or TimeoutError."""
        async with asyncio.timeout(CALL_SECONDS):
            self._channel = await self._layer.new_channel("hubbub.")
        for group in {*groups, self._pulse}:
            await self.follow(group, True)

    async def follow(self, group: str, on: bool) -> None:
        """Be in the group from now on, or no more. Raises as `open`."""
        if on == (group in self._groups):
            return
        async with asyncio.timeout(CALL_SECONDS):
            if on:
                await self._layer.group_add(group, self._channel)
                self._groups.add(group)
            else:
                await self._layer.group_discard(group, self._channel)
                self._groups.discard(group)

    async def send(self, group: str, message: dict[str, Any]) -> None:
        """Send to everybody in the group. Raises as `open`."""
        async with asyncio.timeout(CALL_SECONDS):
            await self._layer.group_send(group, message)

    async def listen(self) -> None:
        """Hear until the layer fails; raises what it raises."""
        while True:
            try:
                message = await self._layer.receive(self._channel)
            except Exception as error:
                if not isinstance(error, TimeoutError) and "Timeout" not in type(error).__name__:
                    raise
                continue  # redis-py 8 ends an idle receive of channels_redis' core layer
            if message.get("type") == BEAT:
                self._beat_came(message["number"])
            else:
                self._hear(message)

    async def beat(self) -> None:
        """Send a beat every second until the layer fails; raises what it raises, or Silent."""
        loop = asyncio.get_running_loop()
        while True:
            if len(self._beats) > BEATS_WAITED_FOR:
                raise Silent("nothing comes back")
            self._last += 1
            self._beats[self._last] = loop.time()
            await self.send(self._pulse, {"type": BEAT, "number": self._last})
            await asyncio.sleep(BEAT_SECONDS)

    def _beat_came(self, number: int) -> None:
        if (sent := self._beats.pop(number, None)) is None:
            return
        lost = [earlier for earlier in self._beats if earlier < number]
        for earlier in lost:
            del self._beats[earlier]
        self._beaten(asyncio.get_running_loop().time() - sent, bool(lost))

    async def renew(self) -> None:
        """Join all groups again, every hour: layers forget a member after a day (`group_expiry`)."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            joined, self._groups = self._groups, set()
            for group in joined:
                await self.follow(group, True)


async def hang_up(layer: Any) -> bool:
    """Drop the connections of a layer that nobody else uses; it makes new ones when it is used again. False when
    that can't be done."""
    if (close := getattr(layer, "close_pools", None)) is None:  # channels_redis.core has one; its flush empties Redis
        pubsub = any(kind.__module__ == "channels_redis.pubsub" for kind in type(layer).__mro__)
        close = layer.flush if pubsub else None
    if close is None:
        return False
    with suppress(Exception):
        async with asyncio.timeout(CALL_SECONDS):
            await close()
            return True
    return False
