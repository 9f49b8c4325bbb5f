"""A layer that loses, doubles and swaps what it is given, as nodes in tests/test_wild_nodes.py have it."""

from __future__ import annotations

import asyncio
import os
import random
from typing import Any

from channels_redis.pubsub import RedisPubSubChannelLayer

from hubbub.layer import BEAT


class WildLayer(RedisPubSubChannelLayer):
    """Redis, but one announcement in five is lost, one comes twice, and one much later than those after it: which, the
    seed says that the environment gives."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._dice = random.Random(int(os.environ.get("TESTED_SEED", "20260303")))
        self._late: set[asyncio.Task[None]] = set()

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        sure = message["type"] == BEAT  # a layer that loses these too is one that fails, and is dropped
        match "straight" if sure else self._dice.choice(["lost", "twice", "late", "straight", "straight"]):
            case "twice":
                await self._give(group, message)
                await self._give(group, message)
            case "late":
                task = asyncio.create_task(self._give(group, message, self._dice.uniform(0.02, 0.5)))
                self._late.add(task)
                task.add_done_callback(self._late.discard)
            case "straight":
                await self._give(group, message)

    async def _give(self, group: str, message: dict[str, Any], later: float = 0.0) -> None:
        await asyncio.sleep(later)
        await self._get_layer().group_send(group, message)
