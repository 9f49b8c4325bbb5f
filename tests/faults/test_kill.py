"""`kill -9` at random moments under load: what was acknowledged stays, and everybody ends with the same log."""

from __future__ import annotations

import asyncio
import random

from tests.conftest import StartServer
from tests.faults.checker import Database, History, assert_agreement, stored
from tests.faults.clients import Crowd
from tests.servers import Server

ROUNDS = 24
ROOMS = ("attic", "cellar", "garden")
SEED = 20_260_101


async def test_a_server_killed_again_and_again_loses_nothing_and_says_nothing_twice(
    start_server: StartServer,
) -> None:
    server = start_server("fast", HUBBUB_RATE_LIMITS="off")
    dice = random.Random(SEED)
    history = History()
    async with Crowd(server, ROOMS, history, size=8, seed=SEED) as crowd:
        for _ in range(ROUNDS):
            crowd.start_talking()
            await asyncio.sleep(_some_moment(dice))
            server.kill()
            await asyncio.to_thread(server.start)
            if dice.random() < 0.25:  # and once more while they come back
                await asyncio.sleep(dice.uniform(0.0, 0.3))
                server.kill()
                await asyncio.to_thread(server.start)
            await crowd.hush()
            await _agree(crowd, server, history)
    _print(history, stored(server.data), crowd)


def _some_moment(dice: random.Random) -> float:
    """Mostly in full swing, sometimes just after the start."""
    return dice.uniform(0.0, 0.1) if dice.random() < 0.25 else dice.uniform(0.1, 0.9)


async def _agree(crowd: Crowd, server: Server, history: History) -> None:
    await crowd.none_is_waiting()
    database = await asyncio.to_thread(stored, server.data)
    try:
        await crowd.all_have({room: len(log) for room, log in database.items()})
    finally:  # what is missing says more than that something is
        assert_agreement(history, database)


def _print(history: History, database: Database, crowd: Crowd) -> None:
    """The figures, for `pytest -s`."""
    rows = sum(len(log) for log in database.values())
    comings = sum(len(client.codes) for client in crowd.clients)
    unknown = len(history.unknown_)
    print(f"\n{ROUNDS} rounds: {rows} messages, {len(history.acknowledged)} acknowledged, 0 lost,", end=" ")
    print(f"{unknown} never known, {comings} connections broken")
    assert len(history.acknowledged) > 20 * ROUNDS, "there was no load"
