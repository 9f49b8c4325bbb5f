"""Who looks at a list at one node hears what is done at another, through a real layer; nothing of what they lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.people import PASSWORD, Browser, Talk, dial
from tests.servers import Server
from tests.test_nodes import Cluster, cluster

__all__ = ["cluster"]  # a fixture

pytestmark = pytest.mark.stack("sqlite", "it starts the databases that it needs itself")

MAKE = f"""
from django.contrib.auth.models import User
for name in {{names!r}}:
    if not User.objects.filter(username=name).exists():
        User.objects.create_user(name, password={PASSWORD!r})
"""


class Stage:
    """Olga, who owns rooms, at the south; Ana, who looks at lists, at the north."""

    def __init__(self, cluster: Cluster, word: str) -> None:
        self.cluster, self.word = cluster, word
        self.north, self.south = cluster.nodes
        self.names = [f"{name}-{word}" for name in ("olga", "ana")]
        self.north.command("shell", "-v", "0", "-c", MAKE.format(names=self.names))
        self.olga, self.ana = (
            Browser(node).sign_in(name) for node, name in zip((self.south, self.north), self.names, strict=True)
        )
        self.talks: list[Talk] = []

    async def call(self, node: Server, browser: Browser | None = None, *lists: str) -> Talk:
        self.talks.append(talk := await dial(node, browser=browser))
        await talk.until("welcome")
        for of in lists:
            await talk.say(type="list", of=of, ref=of)
            await talk.until("ok", ref=of)
        return talk

    async def make(self, name: str, **fields: str) -> str:
        """Olga makes a room; its path."""
        await asyncio.to_thread(self.olga.get, "/chat/-/new/")
        await asyncio.to_thread(self.olga.post, "/chat/-/new/", **{"name": name, "kind": "public", **fields})
        return f"/chat/{name}/"

    async def act(self, path: str, act: str, **fields: str) -> None:
        await asyncio.to_thread(self.olga.get, f"{path}-/about/")
        await asyncio.to_thread(self.olga.post, f"{path}-/about/", act=act, **fields)
        assert self.olga.status == 200

    async def you(self, browser: Browser, path: str) -> str:
        await asyncio.to_thread(browser.get, path)
        return str(browser.for_client["you"]["id"])


@pytest.fixture
async def stage(cluster: Cluster, request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    made = Stage(cluster, f"{abs(hash(request.node.name)) % 10**6}")
    yield made
    await asyncio.gather(*(talk.close() for talk in made.talks))


async def listed(talk: Talk, of: str = "rooms") -> None:
    """It is told of the list; what else came before is forgotten."""
    async with asyncio.timeout(10):
        while (await talk.until("listed")).get("of", "rooms") != of:
            pass
    talk.unread.clear()


def kinds(frames: list[dict[str, Any]]) -> set[str]:
    return {frame["type"] for frame in frames}


async def test_the_list_of_rooms_at_one_node_follows_the_other_and_lost_access(stage: Stage) -> None:
    looks = await stage.call(stage.north, stage.ana, "rooms")
    garden = await stage.make(f"garden-{stage.word}")
    await listed(looks)
    await stage.act(garden, "topic", text="Roses")
    await listed(looks)
    assert "Roses" in await asyncio.to_thread(stage.ana.get, "/chat/")
    await stage.make(f"den-{stage.word}", kind="private")
    await stage.act(garden, "topic", text="Tulips")
    await listed(looks)  # of the garden alone: what was said of the den would have come before
    ana = await stage.you(stage.ana, garden)
    await asyncio.to_thread(stage.ana.post, garden, message="hello", nonce="n1")
    await looks.join(f"garden-{stage.word}")
    await stage.act(garden, "ban", person=ana)
    await looks.until("gone", room=f"garden-{stage.word}", seconds=10)
    await looks.until("listed", seconds=10)
    assert "Tulips" not in await asyncio.to_thread(stage.ana.get, "/chat/")
    assert (await looks.join(f"garden-{stage.word}"))["code"] == "no_such_room"
    await stage.act(garden, "unban", person=ana)
    await listed(looks)
    assert "Tulips" in await asyncio.to_thread(stage.ana.get, "/chat/")


async def test_what_is_told_of_rooms_ends_with_the_part_in_them_at_every_node(stage: Stage) -> None:
    ana = await stage.you(stage.ana, f"/chat/hall-{stage.word}/")
    await asyncio.to_thread(stage.ana.post, f"/chat/hall-{stage.word}/", message="I am here", nonce="n1")
    await stage.make(f"den-{stage.word}", kind="private")
    den = stage.olga.for_client["url"]
    key = stage.olga.for_client["room"]
    looks = await stage.call(stage.north, stage.ana, "people")
    await stage.act(den, "add", person=ana)
    assert (await looks.until("entered"))["room"] == key
    await looks.join(key, here=False)
    other = await stage.call(stage.south, stage.olga)
    await other.join(key)
    await looks.until("here", room=key)
    await stage.act(den, "remove", person=ana)
    await looks.until("gone", room=key, seconds=10)
    looks.unread.clear()
    await other.post(key, f"of {stage.names[1]}, who is gone")
    await asyncio.to_thread(stage.olga.post, "/chat/-/name/", name=f"Olga {stage.word}", next="/chat/")
    await other.close()
    await looks.until("listed", of="people", seconds=10)  # that people changed everybody may know, and in no room which
    assert kinds(await looks.quiet()) <= {"listed"}


async def test_the_list_of_people_at_one_node_follows_the_other(stage: Stage) -> None:
    looks, rooms = await stage.call(stage.north, None, "people"), await stage.call(stage.north, None, "rooms")
    newcomer = Browser(stage.south)
    await asyncio.to_thread(newcomer.get, "/accounts/sign-up/")
    fields = {"username": f"new-{stage.word}", "password1": PASSWORD, "password2": PASSWORD}
    await asyncio.to_thread(newcomer.post, "/accounts/sign-up/", **fields)
    await listed(looks, "people")
    await asyncio.to_thread(newcomer.get, "/chat/-/profile/")
    await asyncio.to_thread(newcomer.post, "/chat/-/profile/", name="New", about="I like roses", time_zone="")
    await listed(looks, "people")
    assert "listed" not in kinds(await rooms.quiet())


async def test_who_is_silenced_at_one_node_is_not_seen_to_type_at_the_other(stage: Stage) -> None:
    name = f"hall-{stage.word}"
    path = await stage.make(name)
    ana = await stage.you(stage.ana, path)
    await asyncio.to_thread(stage.ana.post, path, message="hello", nonce="n1")
    types, sees = await stage.call(stage.north, stage.ana), await stage.call(stage.south)
    for talk in (types, sees):
        await talk.join(name)
    await types.say(type="typing", room=name)
    await sees.until("typing")
    await stage.act(path, "silence", person=ana, seconds="300")
    assert (await types.until("member", seconds=10))["silenced_until"]
    await types.say(type="typing", room=name)
    assert (await types.until("refused"))["code"] == "silenced"
    await stage.act(path, "topic", text="a word that comes after")
    await sees.until("room")
    assert "typing" not in kinds(await sees.quiet())


async def test_a_guest_who_becomes_an_account_at_one_node_is_one_person_at_the_other(stage: Stage) -> None:
    guest, account = Browser(stage.south), await stage.call(stage.north, stage.ana)
    path = f"/chat/hall-{stage.word}/"
    person = await stage.you(guest, path)
    await asyncio.to_thread(guest.post, path, message="as a guest", nonce="n1")
    await asyncio.to_thread(guest.sign_in, stage.names[1])
    assert await account.goodbye(10) == 4501
    assert (await stage.call(stage.north, stage.ana)).frames[0]["you"]["id"] == person


async def test_without_redis_lost_access_holds_and_the_list_follows_again_when_it_is_back(stage: Stage) -> None:
    name = f"garden-{stage.word}"
    path = await stage.make(name)
    looks = await stage.call(stage.north, stage.ana, "rooms")
    ana = await stage.you(stage.ana, path)
    await asyncio.to_thread(stage.ana.post, path, message="hello", nonce="n1")
    await looks.join(name)
    stage.cluster.redis.kill()
    try:
        await stage.act(path, "ban", person=ana)
        await looks.until("gone", room=name, seconds=15)  # by the head check, 10 s at the latest (G8)
    finally:
        stage.cluster.redis.start()
    looks.unread.clear()
    for number in range(30):  # whatever is told while the layer comes back is lost: it is a hint
        await stage.make(f"shed{number}-{stage.word}")
        if "listed" in kinds(await looks.quiet()):
            break
        await asyncio.sleep(0.5)
    else:
        raise AssertionError("nothing is told any more")
