"""Who is in more rooms than a socket follows is told in brief what happens in the others: within a second, nothing of
what is said, and only as long as they are in the room.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.people import PASSWORD, Browser, Talk, dial
from tests.servers import Server

STAGES = 7
MAKE = f"""
import json
from django.contrib.auth.models import User
from hubbub.api import make_room
made = []
for n in range({STAGES}):
    names = (f"{{name}}{{n}}" for name in ("olga", "ana", "ben"))
    olga, ana, ben = (User.objects.create_user(name, password={PASSWORD!r}) for name in names)
    made.append([make_room(f"den {{m}}", author=olga, kind="private", people=[ana]) for m in range(5)])
print(json.dumps(made))
"""


class Stage:
    """Olga, who owns five private rooms; Ana, who is in them, and follows three at most; Ben, who is not."""

    def __init__(self, server: Server, number: int, keys: list[str]) -> None:
        self.server, self.number, self.keys = server, number, keys
        self.olga, self.ana, self.ben = (Browser(server).sign_in(f"{name}{number}") for name in ("olga", "ana", "ben"))
        self.talks: list[Talk] = []

    async def call(self, browser: Browser) -> Talk:
        self.talks.append(talk := await dial(self.server, browser=browser))
        await talk.until("welcome")
        return talk

    async def brief(self, talk: Talk) -> list[dict[str, Any]]:
        """Where the rooms stand that it is told of in brief from now on."""
        await talk.say(type="brief", ref="brief")
        await talk.until("ok", "refused", ref="brief")
        stands, talk.unread = [one for one in talk.unread if one["type"] == "headlines"], []
        return stands

    async def act(self, key: str, act: str, **fields: str) -> None:
        path = f"/chat/-/room/{key.removeprefix('-/')}/-/about/"
        await asyncio.to_thread(self.olga.get, path)
        await asyncio.to_thread(self.olga.post, path, act=act, **fields)
        assert self.olga.status == 200

    async def id(self, browser: Browser) -> str:
        await asyncio.to_thread(browser.get, "/chat/lobby/")
        return str(browser.for_client["you"]["id"])


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Stage]]:
    """One after the other, all at one server."""
    server = Server(tmp_path_factory.mktemp("afar") / "data", DJANGO_SETTINGS_MODULE="tests.few_rooms_settings").start()
    try:
        made = json.loads(server.command("shell", "-v", "0", "-c", MAKE))
        yield (Stage(server, number, keys) for number, keys in enumerate(made))
    finally:
        server.kill()


@pytest.fixture
async def stage(stages: Iterator[Stage]) -> AsyncIterator[Stage]:
    stage = next(stages)
    yield stage
    await asyncio.gather(*(talk.close() for talk in stage.talks))


async def test_all_rooms_are_counted_and_those_not_followed_told_in_brief(stage: Stage) -> None:
    ana, olga = await stage.call(stage.ana), await stage.call(stage.olga)
    welcome = ana.frames[0]
    assert {view["room"] for view in welcome["rooms"]} == set(stage.keys)
    assert welcome["limits"]["rooms"] == 3
    for key in stage.keys[:3]:
        await ana.join(key, here=False)
    assert (await ana.join(stage.keys[3]))["code"] == "too_many_rooms"
    stands = await stage.brief(ana)
    assert {one["room"] for one in stands} == set(stage.keys[3:])
    assert all(one["since"] == one["seq"] and "said" not in one for one in stands)
    me = welcome["you"]["id"]
    posted = await olga.post(stage.keys[4], f"a secret for @ana{stage.number}")
    told = await ana.until("headlines", seconds=3)
    assert told["room"] == stage.keys[4]
    assert told["since"] == stands[0]["seq"]
    assert told["said"] == [
        {
            "id": posted["id"], "seq": posted["seq"], "ordinal": 1, "changed": posted["seq"],
            "author": olga.frames[0]["you"]["id"], "mentions": [me],
        }
    ]  # fmt: skip
    assert "secret" not in json.dumps(told)
    await olga.say(type="edit", id=posted["id"], message="for nobody", ref="e")
    told = await ana.until("headlines", seconds=3)
    assert [(one["changed"], one.get("mentions")) for one in told["said"]] == [(posted["seq"] + 1, None)]
    await olga.post(stage.keys[0], "followed")
    await ana.until("message", room=stage.keys[0])
    assert "headlines" not in {one["type"] for one in await ana.quiet()}
    await ana.say(type="brief", on=False)
    await ana.quiet()
    await olga.post(stage.keys[4], "nobody listens")
    await olga.join(stage.keys[4], since=0)
    await asyncio.sleep(0.5)  # longer than it is gathered for
    assert not await ana.quiet()


async def test_another_name_and_being_put_out_are_told_and_then_nothing_more(stage: Stage) -> None:
    ana, olga = await stage.call(stage.ana), await stage.call(stage.olga)
    key = stage.keys[4]
    await stage.brief(ana)
    await stage.act(key, "rename", text="Another")
    assert (await ana.until("room", seconds=3))["name"] == "Another"
    await stage.act(key, "remove", person=ana.frames[0]["you"]["id"])
    assert (await ana.until("gone", seconds=3))["room"] == key
    ana.unread.clear()
    await olga.post(key, "she is gone")
    await olga.post(stage.keys[3], "she is here")
    assert (await ana.until("headlines", seconds=3))["room"] == stage.keys[3]
    assert key not in {one["room"] for one in await stage.brief(ana)}
    await stage.act(key, "add", name=f"ana{stage.number}")
    await ana.until("entered", room=key)
    assert {one["room"] for one in await stage.brief(ana)} == {key}, "those that it knows are not told again"
    await olga.post(key, "again")
    assert (await ana.until("headlines", seconds=3))["room"] == key


async def test_who_leaves_a_public_room_is_told_of_it_no_more(stage: Stage) -> None:
    ana, olga = await stage.call(stage.ana), await stage.call(stage.olga)
    garden = f"garden{stage.number}"
    await olga.post(garden, "the first word")
    await ana.post(garden, "I am here")
    assert garden in {one["room"] for one in await stage.brief(ana)}
    await asyncio.to_thread(stage.ana.get, f"/chat/{garden}/-/about/")
    await asyncio.to_thread(stage.ana.post, f"/chat/{garden}/-/about/", act="leave")
    assert (await ana.until("gone", seconds=3))["room"] == garden
    await olga.post(garden, "she has left")
    await olga.post(stage.keys[0], "after it")
    assert (await ana.until("headlines", seconds=3))["room"] == stage.keys[0]


async def test_a_room_is_followed_or_told_in_brief_never_both(stage: Stage) -> None:
    ana, olga = await stage.call(stage.ana), await stage.call(stage.olga)
    await stage.brief(ana)
    key = stage.keys[2]
    await ana.join(key)
    await olga.post(key, "one")
    await ana.until("message", room=key)
    await olga.post(stage.keys[1], "two")
    assert (await ana.until("headlines", seconds=3))["room"] == stage.keys[1]
    await ana.say(type="leave", room=key)
    assert [one["room"] for one in await stage.brief(ana)] == [key]
    await olga.post(key, "three")
    assert (await ana.until("headlines", seconds=3))["room"] == key


async def test_nobody_is_told_of_rooms_that_they_are_not_in(stage: Stage) -> None:
    ben, olga = await stage.call(stage.ben), await stage.call(stage.olga)
    assert await stage.brief(ben) == []
    await olga.post(stage.keys[0], "not for Ben")
    await olga.post(f"garden{stage.number}", "a public room that he is not in")
    shed = f"shed{stage.number}"
    await ben.post(shed, "his own")
    assert [one["room"] for one in await stage.brief(ben)] == [shed]
    await olga.post(shed, "for Ben")
    assert (await ben.until("headlines", seconds=3))["room"] == shed
    assert await ben.quiet() == []


async def test_a_guest_who_has_said_nothing_is_in_no_room(stage: Stage) -> None:
    talk = await stage.call(Browser(stage.server))
    assert await stage.brief(talk) == []


async def test_who_is_called_in_a_room_that_they_are_not_in_is_told_that_and_no_more(stage: Stage) -> None:
    ben, olga, ana = await stage.call(stage.ben), await stage.call(stage.olga), await stage.call(stage.ana)
    yard = f"yard{stage.number}"
    await ben.post(yard, "I was here")
    await asyncio.to_thread(stage.ben.get, f"/chat/{yard}/-/about/")
    await asyncio.to_thread(stage.ben.post, f"/chat/{yard}/-/about/", act="leave")
    await ben.quiet()
    said = await olga.post(yard, f"for @ben{stage.number}")
    assert await ben.until("called", seconds=3) == {"type": "called"}
    await olga.say(type="edit", id=said["id"], message=f"again for @ben{stage.number}", ref="e")
    await ben.until("called", seconds=3)
    await olga.post(stage.keys[0], f"a private room, of which @ben{stage.number} knows nothing")
    await olga.post(yard, "for nobody")
    assert await ben.quiet() == []
    assert "called" not in {one["type"] for one in await ana.quiet()}
