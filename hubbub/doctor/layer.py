"""The Channels layer: does a message go round, how fast, and is its Redis one that can carry a crowd?"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from django.conf import settings

from hubbub.announce import joining_layer
from hubbub.doctor.finding import Finding, clock, ok, problem, warning
from hubbub.trace import first_line

ROUNDS = 5
SLOW = 0.05
PUBSUB_BYTES = 8 * 1024 * 1024  # a node that pauses for a moment should not be cut off


def examine() -> Iterator[Finding]:
    """All of it, or just that there is none."""
    if joining_layer() is None:
        yield ok("layer", "None joins processes: several of them hear of each other within a second by the head check.")
        return
    try:
        took = asyncio.run(_round_trip())
    except Exception as error:  # a layer may fail in any way of its own
        why = first_line(error) or type(error).__name__
        yield problem("layer", f"No message goes round: {why}", "Start Redis, or correct its address.")
        return
    if took > SLOW:
        yield warning("layer", f"A message goes round in {took * 1000:.1f} ms.", "Bring Redis closer to the nodes.")
    else:
        yield ok("layer", f"A message goes round in {took * 1000:.1f} ms.")
    yield from _redis()


async def _round_trip() -> float:
    """Seconds for a message to come back, the best of a few. A layer of its own: each belongs to one loop."""
    from channels.layers import channel_layers  # late: only who has a layer needs it

    layer = channel_layers.make_backend("default")
    channel = await layer.new_channel("hubbub.doctor.")
    await layer.group_add("hubbub.doctor", channel)
    best = float("inf")
    for number in range(ROUNDS):
        began = time.perf_counter()
        await layer.group_send("hubbub.doctor", {"type": "hubbub.doctor", "number": number})
        async with asyncio.timeout(5):
            while (await layer.receive(channel)).get("number") != number:
                pass
        best = min(best, time.perf_counter() - began)
    await layer.group_discard("hubbub.doctor", channel)
    return best


def _redis() -> Iterator[Finding]:
    """What Redis says of itself; silent about a layer on something else, or an address of another kind."""
    hosts = settings.CHANNEL_LAYERS["default"].get("CONFIG", {}).get("hosts", [])
    if not find_spec("redis") or not hosts or not isinstance(hosts[0], str):
        return
    import redis  # late: an extra

    client = redis.Redis.from_url(hosts[0], socket_timeout=5, socket_connect_timeout=5)
    try:
        yield from _about(client)
    except redis.RedisError as error:
        yield warning("layer", f"Redis does not tell about itself: {first_line(error)}")
    finally:
        client.close()


def _about(client: Any) -> Iterator[Finding]:
    told = client.info()
    name = f"{'Valkey' if 'valkey_version' in told else 'Redis'} {told.get('valkey_version') or told['redis_version']}"
    limit, used = int(told.get("maxmemory", 0)), int(told.get("used_memory", 0))
    policy = told.get("maxmemory_policy", "unknown")
    if limit and used > 0.9 * limit:
        yield warning(
            "layer", f"{name} has used {used / limit:.0%} of its memory (policy {policy}).", "Raise maxmemory."
        )
    else:
        yield ok("layer", f"{name} has memory left (policy {policy}).")
    seconds, micros = client.time()
    yield clock("clock", "Redis's", seconds + micros / 1e6 - time.time())
    yield from _output_buffer(client.config_get("client-output-buffer-limit").get("client-output-buffer-limit", ""))


def _output_buffer(limits: str) -> Iterator[Finding]:
    """`normal 0 0 0 slave … pubsub 33554432 8388608 60`: past it Redis cuts off a node that reads too slowly."""
    words = limits.split()
    hard = int(words[words.index("pubsub") + 1]) if "pubsub" in words else 0
    if 0 < hard < PUBSUB_BYTES:
        yield warning("layer", f"Redis cuts off a node that is {hard:,} bytes behind.",
                      "client-output-buffer-limit pubsub 32mb 8mb 60")  # fmt: skip
