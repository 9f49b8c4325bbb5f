"""Being put out of a room while one is in it: open sockets hear of it within a second on every node, within ten without
a layer, and nothing of the room after it (G8)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.clusters import Cluster
from tests.people import A_SECOND, PASSWORD, Browser, Talk, dial
from tests.servers import Server

pytestmark = pytest.mark.stack("sqlite", "it starts the databases that it needs itself")

MAKE = f"""
from django.contrib.auth.models import User
from hubbub.api import post_message
for name in ("olga", "ana"):
    post_message("lobby", "hello", author=User.objects.create_user(name, password={PASSWORD!r}))
"""
PEOPLE = """
from hubbub import chat, identity
from hubbub.models import Membership, Person
olga, ana = (Person.objects.get(name=name) for name in ("olga", "ana"))
who = identity.of_user(olga.user)
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("removal"))
    try:
        made.start()
        made.nodes[0].command("shell", "-v", "0", "-c", MAKE)
        yield made
    finally:
        made.end()


@pytest.fixture
def den(cluster: Cluster) -> str:
    """A private room of olga's with ana in it."""
    code = f"{PEOPLE}\nprint(chat.make_room_now(who, 'Den', kind='private', people=[ana.pk]))"
    return cluster.nodes[0].command("shell", "-v", "0", "-c", code).split()[-1]


class Following:
    """Ana's sockets, full and plain, at both nodes, and olga's at one."""

    def __init__(self, cluster: Cluster, room: str) -> None:
        self.cluster, self.room = cluster, room
        self.full: list[Talk] = []
        self.plain: list[Talk] = []

    async def __aenter__(self) -> Following:
        for node in self.cluster.nodes:
            browser = await asyncio.to_thread(Browser(node).sign_in, "ana")
            self.full.append(await dial(node, browser=browser))
            await self.full[-1].join(self.room)
            self.plain.append(await dial(node, f"/ws/chat/{self.room}/", browser=browser))
        self.olga = await dial(
            self.cluster.nodes[1], browser=await asyncio.to_thread(Browser(self.cluster.nodes[1]).sign_in, "olga")
        )
        await self.olga.join(self.room)
        await self.olga.post(self.room, "before")
        for talk in (*self.full, *self.plain):
            await talk.until("message", message="before")
        return self

    async def __aexit__(self, *error: Any) -> None:
        for talk in (*self.full, *self.plain, self.olga):
            await talk.close()

    async def are_put_out(self, seconds: float) -> None:
        """All of them are within so long, and hear nothing that is said from then on."""
        began = time.monotonic()
        for talk in self.full:
            await talk.until("gone", room=self.room, seconds=seconds)
        codes = [await talk.goodbye(seconds) for talk in self.plain]
        assert time.monotonic() - began < seconds
        assert codes == [4404, 4404]
        assert (await self.olga.post(self.room, "after"))["type"] == "ok"
        await asyncio.sleep(0.3)
        for talk in self.full:
            assert not [frame for frame in await talk.quiet() if "after" in json.dumps(frame)]
            await talk.join(self.room)
            assert talk.frames[-1]["code"] == "no_such_room"


async def at(server: Server, code: str) -> None:
    """Run it in a shell of the server's project: another process, as a host's view or command would."""
    await asyncio.to_thread(server.command, "shell", "-v", "0", "-c", f"{PEOPLE}\n{code}")


@pytest.mark.parametrize("verb", ["remove", "ban"])
async def test_who_is_put_out_is_out_at_every_node_within_a_second(cluster: Cluster, den: str, verb: str) -> None:
    async with Following(cluster, den) as ana:
        await at(cluster.nodes[0], f"chat.act_now(who, {den!r}, {verb!r}, whom=ana.pk)")
        await ana.are_put_out(A_SECOND)
        told = [frame for frame in ana.full[0].frames if frame["type"] == "member"]
        # Who is put out by the regular check, since the layer was slow, does not see the document before (decision 44).
        assert {frame["standing"] for frame in told} <= {{"remove": "left", "ban": "banned"}[verb]}


async def test_who_leaves_is_out_with_all_their_sockets(cluster: Cluster, den: str) -> None:
    async with Following(cluster, den) as ana:
        await at(cluster.nodes[0], f"chat.act_now(identity.of_user(ana.user), {den!r}, 'leave')")
        await ana.are_put_out(A_SECOND)


async def test_the_first_ban_of_a_public_room_reaches_who_is_in_it(cluster: Cluster) -> None:
    code = "print(chat.make_room_now(who, f'plaza'))"
    await at(cluster.nodes[0], code)
    async with Following(cluster, "plaza") as ana:
        await at(cluster.nodes[0], "chat.act_now(who, 'plaza', 'ban', whom=ana.pk)")
        await ana.are_put_out(A_SECOND)


@pytest.fixture
def no_layer(cluster: Cluster) -> Iterator[None]:
    """Redis is out of reach for every node."""
    for line in cluster.redis_lines:
        line.cut()
    yield
    for line in cluster.redis_lines:
        line.heal()


@pytest.mark.usefixtures("no_layer")
async def test_without_a_layer_it_takes_ten_seconds_at_most(cluster: Cluster, den: str) -> None:
    async with Following(cluster, den) as ana:
        await at(cluster.nodes[0], f"chat.act_now(who, {den!r}, 'remove', whom=ana.pk)")
        await ana.are_put_out(10 + 2)


async def test_a_row_changed_by_hand_is_found_within_ten_seconds(cluster: Cluster, den: str) -> None:
    async with Following(cluster, den) as ana:
        change = f"Membership.objects.filter(room__key={den!r}, person=ana).update(standing='banned')"
        await at(cluster.nodes[0], change)
        await ana.are_put_out(10 + 2)
