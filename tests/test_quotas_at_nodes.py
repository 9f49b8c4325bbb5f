"""Two real nodes on Redis: posts and sockets come out of one budget, whatever node they come to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from hubbub.elsewhere import FORGET_SECONDS
from hubbub.errors import Goodbye
from tests.databases import Redis
from tests.faults.raw import connected, handshake
from tests.people import Talk, dial
from tests.servers import Server
from tests.test_restore import guest_cookie

pytestmark = pytest.mark.stack("sqlite", "it starts the databases that it needs itself")


class Pair:
    """Two nodes on one database and one layer."""

    def __init__(self, folder: Any) -> None:
        self.redis = Redis(folder).start()
        shared = {"HUBBUB_REDIS_URL": self.redis.url, "DJANGO_SETTINGS_MODULE": "tests.tight_settings"}
        self.nodes = [Server(folder / "data", **shared), Server(folder / "data", **shared)]


@pytest.fixture
def pair(tmp_path: Any) -> Iterator[Pair]:
    made = Pair(tmp_path)
    try:
        for node in made.nodes:
            node.start()
        yield made
    finally:
        for part in (*made.nodes, made.redis):
            part.kill()


async def let_in(node: Server, cookie: str) -> Talk | int:
    """A socket that is greeted, or the code that it is sent away with."""
    talk = await dial(node, cookies=cookie)
    try:
        async with asyncio.timeout(15):
            await talk.until("welcome")
        return talk
    except Exception:
        return await talk.goodbye()


async def until_let_in(node: Server, cookie: str, seconds: float) -> Talk:
    """Try until it is greeted."""
    deadline = time.monotonic() + seconds
    while not isinstance(talk := await let_in(node, cookie), Talk):
        assert time.monotonic() < deadline, f"still {talk}"
        await asyncio.sleep(0.5)
    return talk


async def until_sent_away(node: Server, cookie: str, seconds: float) -> int:
    """Try, and go again, until it is sent away; the code."""
    deadline = time.monotonic() + seconds
    while isinstance(talk := await let_in(node, cookie), Talk):
        await talk.close()
        assert time.monotonic() < deadline, "still let in"
        await asyncio.sleep(0.5)
    return talk


async def test_posts_at_two_nodes_in_turn_come_out_of_one_budget(pair: Pair) -> None:
    cookie = guest_cookie(pair.nodes[0])
    talks = [await dial(node, cookies=cookie) for node in pair.nodes]
    began, stored = time.monotonic(), 0
    for _ in range(40):
        for talk in talks:
            stored += (await talk.post("lobby", "again"))["type"] == "ok"
        await asyncio.sleep(0.15)
    filled = (time.monotonic() - began) * 30 / 60
    for talk in talks:
        await talk.close()
    print(f"\n{stored} of 80 in {time.monotonic() - began:.1f} s")
    assert 25 <= stored <= 30 + filled + 15  # each node alone would have stored 30 and what filled up: all but a few


async def test_sockets_at_two_nodes_are_one_quota_and_a_killed_nodes_are_forgotten(pair: Pair) -> None:
    north, south = pair.nodes
    cookie = guest_cookie(north)
    held = [await until_let_in(north, cookie, 5) for _ in range(6)]
    held += [await until_let_in(south, cookie, 5) for _ in range(4)]
    assert await until_sent_away(north, cookie, 15) == Goodbye.TRY_LATER
    assert await until_sent_away(south, cookie, 15) == Goodbye.TRY_LATER
    await held.pop(0).close()
    held.append(await until_let_in(south, cookie, 15))
    assert await until_sent_away(north, cookie, 15) == Goodbye.TRY_LATER
    killed = time.monotonic()
    north.kill()
    more = [await until_let_in(south, cookie, 40) for _ in range(5)]
    print(f"\nforgotten {time.monotonic() - killed:.1f} s after the kill")
    assert await until_sent_away(south, cookie, 15) == Goodbye.FLOODING, "ten here alone"
    for talk in (*held, *more):
        await talk.close()


async def test_a_node_that_stops_makes_room_at_once(pair: Pair) -> None:
    """Also for sockets whose other side does not answer the Goodbye: half-open ones."""
    north, south = pair.nodes
    cookie = guest_cookie(north)
    request = handshake("/ws/", north.port)[:-2] + f"Cookie: {cookie}\r\n\r\n".encode()
    with ExitStack() as silent:
        for _ in range(10):
            silent.enter_context(connected(north.port)).sendall(request)
        assert await until_sent_away(south, cookie, 15) == Goodbye.TRY_LATER
        stopping = asyncio.create_task(asyncio.to_thread(north.stop))
        talk = await until_let_in(south, cookie, FORGET_SECONDS - 3)
        await talk.close()
        await stopping


async def test_without_redis_each_node_counts_by_itself(pair: Pair) -> None:
    north, south = pair.nodes
    cookie = guest_cookie(north)
    ten = [await until_let_in(north, cookie, 5) for _ in range(10)]
    assert await until_sent_away(south, cookie, 15) == Goodbye.TRY_LATER
    pair.redis.kill()
    ten_more = [await until_let_in(south, cookie, 40) for _ in range(10)]
    assert await let_in(south, cookie) == Goodbye.FLOODING
    answers = [(await talk.post("lobby", "still"))["type"] for talk in ten_more for _ in range(4)]
    assert 25 <= answers.count("ok") < 40
    for talk in (*ten, *ten_more):
        await talk.close()
