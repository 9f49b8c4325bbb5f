"""Clients of both kinds that talk and listen together, and must all have the same in the end."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence

from tests.faults.checker import History
from tests.faults.clients import LIVELY, Client, FullClient, PlainClient, until
from tests.servers import Server


class Crowd:
    """Clients that live together on some servers; half of them on the plain socket."""

    def __init__(
        self, servers: Sequence[Server] | Server, rooms: Sequence[str], history: History, *, size: int, seed: int,
        pace: float = LIVELY,
    ) -> None:  # fmt: skip
        servers = [servers] if isinstance(servers, Server) else servers
        self.history = history
        self.clients: list[Client] = []
        for number in range(size):
            room = rooms[number // 2 % len(rooms)]
            self.clients.append(
                FullClient(f"full {number}", servers, rooms, history, seed, pace)
                if number % 2 == 0
                else PlainClient(f"plain {number}", servers, [room], history, seed, pace)
            )
        self._living: list[asyncio.Task[None]] = []
        self._talking: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> Crowd:
        self._living = [asyncio.create_task(client.live()) for client in self.clients]
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.hush()
        await _end(self._living)

    @property
    def is_talking(self) -> bool:
        """Whether they post."""
        return bool(self._talking)

    def start_talking(self) -> None:
        """Let everybody post."""
        self._talking = [asyncio.create_task(client.talk()) for client in self.clients]

    async def hush(self) -> None:
        """Let nobody post anything new; what is unacknowledged is still repeated."""
        await _end(self._talking)
        self._talking = []

    async def heal(self, since: float, heads: dict[str, int], seconds: float) -> list[float]:
        """Wait until everybody is connected, has the rooms up to `heads`, and has an answer to whatever was in flight.

        Returns for each client the seconds from `since` (of the monotonic clock); infinity for who was not there
        within `seconds`.
        """
        owed = {client: set(client.pending) for client in self.clients}
        healed: dict[Client, float] = {}
        while len(healed) < len(self.clients) and time.monotonic() < since + seconds:
            self.look()
            for client in self.clients:
                if client not in healed and client.has(heads) and not owed[client] & set(client.pending):
                    healed[client] = time.monotonic() - since
            await asyncio.sleep(0.01)
        return [healed.get(client, math.inf) for client in self.clients]

    async def all_have(self, numbers: dict[str, int], seconds: float = 15) -> None:
        """Wait until every post is answered and everybody shows each room up to its number."""
        await until(
            lambda: all(
                not client.pending and all(client.seen(room) >= numbers.get(room, 0) for room in client.rooms)
                for client in self.clients
            ),
            seconds,
            "everybody has everything",
        )

    async def none_is_waiting(self, seconds: float = 15) -> None:
        """Wait until every client is connected and every post is answered."""
        self.look()
        await until(
            lambda: all(client.socket is not None and not client.pending for client in self.clients),
            seconds,
            "everybody is back and answered",
        )

    def look(self) -> None:
        """Raise the fault that a client met, if one did."""
        for task in self._living:
            if task.done():
                task.result()


async def _end(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Cancel tasks; a fault that one of them met is raised here."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, BaseException) and not isinstance(outcome, asyncio.CancelledError):
            raise outcome
