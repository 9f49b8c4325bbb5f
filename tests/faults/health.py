"""What a node says of itself at /readyz."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Collection

from tests.faults.cluster import now
from tests.servers import Server


def status(server: Server) -> str:
    """`ready`, `degraded`, `down`; or `silent` when there is no answer within ten seconds."""
    try:
        with urllib.request.urlopen(f"{server.url}/readyz", timeout=10) as answer:
            return str(json.load(answer)["status"])
    except urllib.error.HTTPError as error:
        return str(json.load(error)["status"])
    except (OSError, ValueError, KeyError):
        return "silent"


def is_ready(server: Server) -> bool:
    """Whether it says so."""
    return status(server) == "ready"


async def becomes(server: Server, wanted: Collection[str], seconds: float) -> float:
    """Seconds until the node says one of these of itself; infinity when it did not within `seconds`."""
    began = now()
    while now() - began < seconds:
        if await asyncio.to_thread(status, server) in wanted:
            return now() - began
        await asyncio.sleep(0.2)
    return float("inf")
