"""Redis killed, restarted, flushed, slow, silent, full: posting goes on, the other node hears within seconds (G5), and
the layer is used again by itself as soon as it carries."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.clusters import Cluster
from tests.people import Browser, Talk, dial
from tests.servers import Server

pytestmark = pytest.mark.stack("sqlite", "it starts the databases that it needs itself")

HEARD_WITHIN = 5.0
NOTICED_WITHIN = 8.0  # a silent layer, by the beats that do not come back
BACK_WITHIN = 10.0
QUICK = 0.8  # through the layer; the head check alone would take up to four seconds


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield cluster.start()
    finally:
        cluster.end()


@pytest.fixture
async def cluster(shared: Cluster) -> Cluster:
    """The cluster, whole: Redis runs, both lines are open, both nodes are ready."""
    for line in shared.redis_lines:
        line.heal()
    if shared.redis.process is None:
        shared.redis.start()
    for node in shared.nodes:
        await until_it_is("ready", node, 30)
    return shared


class Pair:
    """Ana at north and Ben at south in a room of their own."""

    def __init__(self, ana: Talk, ben: Talk, room: str) -> None:
        self.ana, self.ben, self.room = ana, ben, room
        self.said = 0

    async def say(self) -> float:
        """Ana posts, is answered, and Ben hears it; how long he waited."""
        self.said += 1
        text = f"{self.room} {self.said}"
        begun = time.monotonic()
        answer = await self.ana.post(self.room, text)
        assert answer["type"] == "ok"
        assert time.monotonic() - begun < 2, "the answer waited for the layer"
        await self.ben.until("message", message=text, seconds=HEARD_WITHIN + 3)
        waited = time.monotonic() - begun
        assert waited < HEARD_WITHIN, "the head check was late"
        return waited

    async def until_quick(self, seconds: float = BACK_WITHIN) -> None:
        """Talk until it goes through the layer again: three times quick in a row."""
        async with asyncio.timeout(seconds):
            quick = 0
            while quick < 3:
                quick = quick + 1 if await self.say() < QUICK else 0

    async def close(self) -> None:
        await self.ana.close()
        await self.ben.close()


async def meet(cluster: Cluster, room: str) -> Pair:
    ana, ben = await dial(cluster.nodes[0]), await dial(cluster.nodes[1])
    for person in (ana, ben):
        await person.join(room)
    pair = Pair(ana, ben, room)
    await pair.until_quick()
    return pair


def state(node: Server) -> str:
    with urllib.request.urlopen(f"{node.url}/readyz", timeout=10) as answer:
        assert answer.status == 200, "without the layer it is degraded, never down"
        return str(json.loads(answer.read())["status"])


async def until_it_is(wanted: str, node: Server, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while await asyncio.to_thread(state, node) != wanted:  # noqa: ASYNC110  another process's state
            await asyncio.sleep(0.1)


async def test_killed_and_started_again(cluster: Cluster) -> None:
    pair = await meet(cluster, "killed")
    run_id = cluster.redis.ask("info", "server").split("run_id:")[1].split()[0]
    cluster.redis.kill()
    for _ in range(2):
        await pair.say()
    for node in cluster.nodes:
        await until_it_is("degraded", node, NOTICED_WITHIN)
    cluster.redis.start()
    assert run_id not in cluster.redis.ask("info", "server"), "it is another Redis"
    for node in cluster.nodes:
        await until_it_is("ready", node, BACK_WITHIN)
    await pair.until_quick()
    await pair.close()


async def test_flushed(cluster: Cluster) -> None:
    pair = await meet(cluster, "flushed")
    cluster.redis.ask("flushall")
    await pair.say()
    await pair.until_quick()
    await pair.close()


@pytest.mark.parametrize("kind", ["pubsub", "normal"])
async def test_its_connections_are_killed(cluster: Cluster, kind: str) -> None:
    pair = await meet(cluster, f"clients {kind}")
    assert int(cluster.redis.ask("client", "kill", "type", kind, "skipme", "yes")) >= 2
    await pair.say()
    await pair.until_quick()
    await pair.close()


async def test_slow(cluster: Cluster) -> None:
    pair = await meet(cluster, "slow")
    for line in cluster.redis_lines:
        line.delay(0.3)
    for _ in range(3):
        await pair.say()
    assert state(cluster.nodes[0]) == "ready", "slow, but it carries"
    for line in cluster.redis_lines:
        line.heal()
    await pair.until_quick()
    await pair.close()


async def test_paused(cluster: Cluster) -> None:
    pair = await meet(cluster, "paused")
    cluster.redis.ask("client", "pause", "8000", "all")
    await pair.say()
    await until_it_is("degraded", cluster.nodes[0], NOTICED_WITHIN)
    await pair.say()
    await pair.until_quick(BACK_WITHIN + 8)
    await pair.close()


async def test_cut_off_without_a_word(cluster: Cluster) -> None:
    pair = await meet(cluster, "cut off")
    for line in cluster.redis_lines:
        line.freeze()
    for _ in range(3):
        await pair.say()
    for node in cluster.nodes:
        await until_it_is("degraded", node, NOTICED_WITHIN)
    await pair.say()
    for line in cluster.redis_lines:
        line.heal()
    for node in cluster.nodes:
        await until_it_is("ready", node, BACK_WITHIN)
    await pair.until_quick()
    await pair.close()


async def test_a_node_that_only_does_not_hear_notices(cluster: Cluster) -> None:
    pair = await meet(cluster, "deaf")
    cluster.redis_lines[1].freeze("down")
    await pair.say()
    await until_it_is("degraded", cluster.nodes[1], NOTICED_WITHIN)
    assert state(cluster.nodes[0]) == "ready", "the other is well"
    await pair.say()
    cluster.redis_lines[1].heal()
    await until_it_is("ready", cluster.nodes[1], BACK_WITHIN)
    await pair.until_quick()
    await pair.close()


async def test_no_place_left_for_clients(cluster: Cluster) -> None:
    pair = await meet(cluster, "full")
    with redis.Redis(port=cluster.redis.port, single_connection_client=True) as operator:
        operator.config_set("maxclients", 1)
        for kind in ("pubsub", "normal"):
            operator.client_kill_filter(_type=kind, skipme=True)
        await pair.say()
        for node in cluster.nodes:
            await until_it_is("degraded", node, NOTICED_WITHIN)
        await pair.say()
        operator.config_set("maxclients", 1000)
    for node in cluster.nodes:
        await until_it_is("ready", node, BACK_WITHIN)
    await pair.until_quick()
    await pair.close()


async def test_signing_out_ends_sockets_at_the_other_node_while_redis_is_down(cluster: Cluster) -> None:
    north, south = cluster.nodes
    browser = Browser(north)
    browser.get("/accounts/sign-up/")
    browser.post("/accounts/sign-up/", username="grace", password1="correct horse battery",
                 password2="correct horse battery")  # fmt: skip
    socket = await dial(south, browser=browser)
    await socket.until("welcome")
    cluster.redis.kill()
    await until_it_is("degraded", south, NOTICED_WITHIN)
    await asyncio.to_thread(lambda: (browser.get("/chat/"), browser.post("/accounts/sign-out/")))
    assert browser.status == 200
    assert await socket.goodbye(10) == 4401


async def test_it_is_said_once_however_often_it_fails(cluster: Cluster) -> None:
    node = cluster.nodes[0]
    pair = await meet(cluster, "log")
    before = len(node.log.read_text().splitlines())
    cluster.redis.kill()
    for _ in range(5):
        await pair.say()
    await asyncio.sleep(5)
    cluster.redis.start()
    await until_it_is("ready", node, BACK_WITHIN)
    lines = node.log.read_text().splitlines()[before:]
    assert len(lines) <= 4, "\n".join(lines)
    assert sum("fails" in line for line in lines) == sum("works again" in line for line in lines) == 1
    await pair.close()


async def test_a_node_that_stops_says_so_to_the_others_and_is_not_held_up_by_a_dead_layer(
    cluster: Cluster, tmp_path: Path
) -> None:
    north, south = cluster.nodes
    ben = await dial(south)
    await ben.say(type="join", room="leaving", here=True)
    await ben.until("synced")
    ana = await dial(north)
    await ana.say(type="join", room="leaving", here=True)
    await ben.until("here", count=2, seconds=20)
    await asyncio.to_thread(north.stop)
    await ben.until("here", count=1, seconds=5)
    await asyncio.to_thread(north.start)

    ana = await dial(north)
    await ana.join("leaving")
    cluster.redis_lines[0].freeze()
    begun = time.monotonic()
    assert await asyncio.to_thread(north.stop) == 0
    assert time.monotonic() - begun < 10
    cluster.redis_lines[0].heal()
    await asyncio.to_thread(north.start)
    await ben.close()


async def test_who_is_here_is_known_again_after_an_outage(cluster: Cluster) -> None:
    north, south = cluster.nodes
    ben, ana = await dial(south), await dial(north)
    cluster.redis.kill()
    for node in cluster.nodes:
        await until_it_is("degraded", node, NOTICED_WITHIN)
    for person in (ben, ana):
        await person.say(type="join", room="who", here=True)
        await person.until("here", count=1)
    cluster.redis.start()
    await asyncio.gather(*(person.until("here", count=2, seconds=15) for person in (ben, ana)))
    await asyncio.gather(ana.close(), ben.close())
