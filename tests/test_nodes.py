"""Two nodes on PostgreSQL and Redis: what is said at one is heard at the other, with Redis and without."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from tests import stack
from tests.databases import Redis
from tests.people import PASSWORD, Browser, dial
from tests.servers import Server

pytestmark = pytest.mark.stack("sqlite", "it starts the databases that it needs itself")

HEAD_CHECK_SECONDS = 5


class Cluster:
    """Two nodes with one database and one layer."""

    def __init__(self, folder: Path) -> None:
        self.postgres = stack.cluster(folder / "postgres")
        self.redis = Redis(folder)
        self.nodes: list[Server] = []
        self.folder = folder

    def start(self) -> Cluster:
        self.postgres.start()
        self.redis.start()
        shared = {
            "HUBBUB_DATABASE_URL": self.postgres.url,
            "HUBBUB_REDIS_URL": self.redis.url,
            "HUBBUB_RATE_LIMITS": "off",
            "HUBBUB_SECRET_KEY": "the same on all nodes of one server",
        }
        self.nodes = [Server(self.folder / name, **shared).start() for name in ("north", "south")]
        return self

    def kill(self) -> None:
        for part in (*self.nodes, self.redis, self.postgres):
            part.kill()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield made.start()
    finally:
        made.kill()


async def heard(socket: ClientConnection, seconds: float = 10) -> dict[str, Any]:
    """The next message that comes, whatever else comes before."""
    async with asyncio.timeout(seconds):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if frame["type"] == "message":
                return frame


def test_nodes_that_start_together_on_an_empty_database_both_start(tmp_path: Path) -> None:
    urls = stack.environment(tmp_path, "postgres")
    stack.make_database(tmp_path)
    nodes = [Server(tmp_path / name, **urls) for name in ("north", "south", "west")]
    try:
        with ThreadPoolExecutor(3) as hands:
            assert len(list(hands.map(Server.start, nodes))) == 3
    finally:
        for node in nodes:
            node.kill()


async def test_a_message_reaches_the_other_node_through_redis(cluster: Cluster) -> None:
    north, south = cluster.nodes
    async with connect(f"{north.ws}/ws/chat/bridge/") as ana, connect(f"{south.ws}/ws/chat/bridge/") as ben:
        for number in range(50):
            await ana.send(json.dumps({"message": f"word {number}"}))
        assert [(await heard(ben))["message"] for _ in range(50)] == [f"word {number}" for number in range(50)]
        await ben.send(json.dumps({"message": "and back"}))
        said = [await heard(ana) for _ in range(51)]
        assert [frame["seq"] for frame in said] == list(range(1, 52))


async def test_posts_at_both_nodes_get_one_gapless_order(cluster: Cluster) -> None:
    north, south = cluster.nodes
    async with connect(f"{north.ws}/ws/chat/race/") as ana, connect(f"{south.ws}/ws/chat/race/") as ben:
        for number in range(40):
            await ana.send(json.dumps({"message": f"ana {number}"}))
            await ben.send(json.dumps({"message": f"ben {number}"}))
        at_ana = [await heard(ana) for _ in range(80)]
        at_ben = [await heard(ben) for _ in range(80)]
        assert at_ana == at_ben
        assert [frame["seq"] for frame in at_ana] == list(range(1, 81))


async def test_the_same_nonce_at_two_nodes_is_one_message(cluster: Cluster) -> None:
    post = json.dumps({"type": "post", "room": "nonce", "message": "once", "nonce": "n1", "ref": "p"})
    north, south = cluster.nodes
    ticket = north.command("shell", "-c", _TICKET).strip().splitlines()[-1]
    cookie, query = ticket.split()
    headers = {"Cookie": f"hubbub_guest={cookie}"}
    async with (
        connect(f"{north.ws}/ws/?ticket={query}", additional_headers=headers) as one,
        connect(f"{south.ws}/ws/?ticket={query}", additional_headers=headers) as two,
    ):
        for _ in range(25):
            await one.send(post)
            await two.send(post)
        answers = [await answer(socket) for _ in range(25) for socket in (one, two)]
        assert len({(frame["id"], frame["seq"]) for frame in answers}) == 1


async def answer(socket: ClientConnection) -> dict[str, Any]:
    """The next answer to a post."""
    async with asyncio.timeout(10):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if frame["type"] in ("ok", "refused"):
                return frame


async def test_a_post_from_a_shell_is_heard_through_the_layer(cluster: Cluster) -> None:
    north, south = cluster.nodes
    async with connect(f"{south.ws}/ws/chat/shell/") as ben:
        await asyncio.to_thread(north.command, "shell", "-c", _SHELL_POST)
        assert (await heard(ben))["message"] == "from the shell"


_TWO_ACCOUNTS = f"""
import json
from django.contrib.auth.models import User
from hubbub import identity
from hubbub.api import post_message
users = [User.objects.create_user(name, password={PASSWORD!r}) for name in ("ana", "ben")]
for user in users:
    post_message("den", f"I am {{user.username}}", author=user)
print(json.dumps([identity.of_user(user).id.hex for user in users]))
"""


async def test_what_somebody_does_at_one_node_is_told_to_their_window_at_the_other(cluster: Cluster) -> None:
    """Whatever has no number: no head check would ever find it."""
    north, south = cluster.nodes
    _, ben = json.loads(north.command("shell", "-v", "0", "-c", _TWO_ACCOUNTS).splitlines()[-1])
    browser = await asyncio.to_thread(Browser(north).sign_in, "ana")
    here, there, other = [await dial(node, browser=browser) for node in (north, south)] + [await dial(south)]
    for talk in (here, there, other):
        await talk.until("welcome")
    for command, told in (
        ({"type": "unread", "seq": 2}, {"type": "read", "seq": 1, "unread": 1, "back": True}),
        ({"type": "read", "seq": 2}, {"type": "read", "seq": 2, "unread": 0}),
        ({"type": "attend", "starred": True}, {"type": "attention", "starred": True}),
    ):
        await here.say(**command, room="den")
        await there.until(told.pop("type"), **told, room="den")
    await here.say(type="block", person=ben)
    await there.until("blocks", blocked=[ben])
    await asyncio.to_thread(browser.get, "/chat/")
    await asyncio.to_thread(browser.post, "/chat/-/attention/", room="den", starred="0")
    await there.until("attention", room="den")
    await asyncio.to_thread(browser.post, "/chat/-/new/", name="Made at north", kind="private")
    assert (await there.until("entered"))["view"]["name"] == "Made at north"
    assert {frame["type"] for frame in other.frames} == {"welcome"}
    for talk in (here, there, other):
        await talk.close()


async def test_without_redis_the_head_check_carries_messages(cluster: Cluster) -> None:
    north, south = cluster.nodes
    async with connect(f"{north.ws}/ws/chat/cut/") as ana, connect(f"{south.ws}/ws/chat/cut/") as ben:
        await ana.send(json.dumps({"message": "before"}))
        assert (await heard(ben))["message"] == "before"
        cluster.redis.kill()
        await ana.send(json.dumps({"message": "while Redis is gone"}))
        assert (await heard(ana))["message"] == "before"
        assert (await heard(ana))["message"] == "while Redis is gone"
        assert (await heard(ben, HEAD_CHECK_SECONDS + 3))["message"] == "while Redis is gone"
        cluster.redis.start()
        await ben.send(json.dumps({"message": "after"}))
        assert (await heard(ben))["message"] == "after"
        assert (await heard(ana, HEAD_CHECK_SECONDS + 3))["message"] == "after"


_TICKET = """
from hubbub import identity, ticket
who = identity.new_guest()
print(identity.guest_cookie(who), ticket.issue(who))
"""

_SHELL_POST = """
from hubbub.api import post_message
from hubbub.models import Person
post_message("shell", "from the shell", author=Person.objects.create(name="Ana"))
"""
