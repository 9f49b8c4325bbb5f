"""Workers replaced one after another under load (SIGHUP), or killed: nobody loses anything, the port always answers."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import urllib.error
import urllib.request

from tests.conftest import StartServer
from tests.faults.checker import History, assert_agreement, stored
from tests.faults.clients import spread_of, until
from tests.faults.crowd import Crowd
from tests.people import dial
from tests.servers import Server

ROOMS = ("attic", "cellar", "garden")
SEED = 20_260_102
KILLS = 6


async def test_a_rolling_restart_under_load_loses_nothing_and_the_port_always_answers(
    start_server: StartServer,
) -> None:
    server = start_server("fast", HUBBUB_WORKERS="2", HUBBUB_RATE_LIMITS="off")
    history = History()
    before = server.workers()
    async with Crowd(server, ROOMS, history, size=12, seed=SEED) as crowd:
        crowd.start_talking()
        await until(lambda: len(history.acknowledged) > 100, 30, "a lively talk")
        asking = asyncio.create_task(_ask_on_and_on(server))
        serving = asyncio.create_task(_fewest_workers(server))
        await asyncio.to_thread(server.renew)
        asking.cancel()
        serving.cancel()
        await crowd.hush()
        await crowd.none_is_waiting(30)
        database = await asyncio.to_thread(stored, server.data)
        await crowd.all_have({room: len(log) for room, log in database.items()}, 30)
        assert_agreement(history, database)
        pages, unanswered = await asking
    assert not set(before) & set(server.workers()), "all are new"
    assert await serving == 2, "never fewer than two"
    assert unanswered == []
    assert pages > 10
    codes = {code for client in crowd.clients for code in client.codes[:-1]}
    print(f"\n{len(history.acknowledged)} acknowledged, {pages} pages answered, Goodbyes {codes}")
    assert 1012 in codes


async def test_who_is_sent_away_by_a_rolling_restart_comes_back_with_the_first_try(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_WORKERS="2", HUBBUB_RATE_LIMITS="off")
    people = [await dial(server) for _ in range(6)]
    tries: list[int] = []

    async def stay(talk: object) -> None:
        assert await talk.goodbye(60) == 1012  # type: ignore[attr-defined]
        assert 0 < spread_of(talk.socket.close_reason or "") <= 10  # type: ignore[attr-defined]
        back = await dial(server)  # at once, without a wait: there is always somebody at the port
        await back.until("welcome")
        tries.append(1)
        await back.close()

    staying = [asyncio.create_task(stay(talk)) for talk in people]
    await asyncio.to_thread(server.renew)
    await asyncio.gather(*staying)
    assert len(tries) == 6


async def test_workers_killed_under_load_lose_nothing_and_say_nothing_twice(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_WORKERS="2", HUBBUB_RATE_LIMITS="off")
    dice = random.Random(SEED)
    history = History()
    async with Crowd(server, ROOMS, history, size=8, seed=SEED) as crowd:
        crowd.start_talking()
        for _ in range(KILLS):
            await asyncio.sleep(dice.uniform(0.3, 1.0))
            await until(lambda: len(server.workers()) == 2, 30, "both are there")
            os.kill(dice.choice(server.workers()), signal.SIGKILL)
        await asyncio.sleep(0.5)
        await crowd.hush()
        await crowd.none_is_waiting(60)
        database = await asyncio.to_thread(stored, server.data)
        await crowd.all_have({room: len(log) for room, log in database.items()}, 30)
        assert_agreement(history, database)
    print(f"\n{KILLS} kills: {len(history.acknowledged)} acknowledged, 0 lost, {len(history.unknown_)} never known")
    assert len(history.acknowledged) > 100, "there was no load"


async def _ask_on_and_on(server: Server) -> tuple[int, list[str]]:
    """Ask for a page, each time on a new connection, until cancelled: how many came, and what went wrong."""
    pages, wrong = 0, []
    try:
        while True:
            try:
                await asyncio.to_thread(_page, server)
                pages += 1
            except (urllib.error.URLError, OSError) as error:
                wrong.append(repr(error))
            await asyncio.sleep(0.02)
    except asyncio.CancelledError:
        return pages, wrong


def _page(server: Server) -> None:
    with urllib.request.urlopen(f"{server.url}/healthz", timeout=15) as answer:
        answer.read()


async def _fewest_workers(server: Server) -> int:
    """The fewest processes that there were at any moment, until cancelled."""
    fewest = len(server.workers())
    try:
        while True:
            fewest = min(fewest, len(server.workers()))
            await asyncio.sleep(0.05)
    except asyncio.CancelledError:
        return fewest
