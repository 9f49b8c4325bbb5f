"""Who is told in brief at one node what happens in their rooms hears it from another, with the layer and without."""

from __future__ import annotations

from typing import Any

import pytest

from tests.people import Talk
from tests.test_lists_at_nodes import Stage, cluster, stage

__all__ = ["cluster", "stage"]  # fixtures

pytestmark = pytest.mark.stack("sqlite", "it starts the databases that it needs itself")


async def brief(talk: Talk) -> set[str]:
    """The rooms that it is told of in brief from now on, and was not before."""
    await talk.say(type="brief", ref="brief")
    await talk.until("ok", ref="brief")
    stands = {one["room"] for one in talk.unread if one["type"] == "headlines"}
    talk.unread.clear()
    return stands


async def headline(talk: Talk, room: str, seconds: float = 3) -> dict[str, Any]:
    return await talk.until("headlines", room=room, seconds=seconds)


async def test_what_happens_at_the_other_node_is_told_until_one_is_put_out(stage: Stage) -> None:
    ana = await stage.you(stage.ana, f"/chat/hall-{stage.word}/")
    await stage.make(f"den-{stage.word}", kind="private")
    den, key = stage.olga.for_client["url"], stage.olga.for_client["room"]
    olga, looks = await stage.call(stage.south, stage.olga), await stage.call(stage.north, stage.ana)
    assert await brief(looks) == set()
    await stage.act(den, "add", name=stage.names[1])
    await looks.until("entered", room=key)
    assert await brief(looks) == {key}
    said = await olga.post(key, f"for @{stage.names[1]}")
    told = await headline(looks, key)
    assert [(one["id"], one["mentions"]) for one in told["said"]] == [(said["id"], [ana])]
    await stage.act(den, "remove", person=ana)
    await looks.until("gone", room=key, seconds=3)
    looks.unread.clear()
    await olga.post(key, "she is gone")
    await stage.act(den, "add", name=stage.names[1])
    await looks.until("entered", room=key)
    assert "headlines" not in {frame["type"] for frame in await looks.quiet()}


async def test_without_redis_it_is_told_by_the_head_check(stage: Stage) -> None:
    room = f"garden-{stage.word}"
    olga, looks = await stage.call(stage.south, stage.olga), await stage.call(stage.north, stage.ana)
    await olga.post(room, "the first word")
    await looks.post(room, "and mine")
    assert room in await brief(looks)
    stage.cluster.redis.kill()
    try:
        first = await olga.post(room, "while it is down")
        told = await headline(looks, room, seconds=15)
        assert [one["seq"] for one in told["said"]] == [first["seq"]]
    finally:
        stage.cluster.redis.start()
    last = await olga.post(room, "and after")
    told = await headline(looks, room, seconds=15)
    assert (told["since"], told["seq"]) == (first["seq"], last["seq"])


async def test_a_node_that_comes_back_is_asked_again_and_tells_the_rest(stage: Stage) -> None:
    """Being away: the welcome counts the rooms, and the headlines go on from there."""
    room = f"hall-{stage.word}"
    olga, looks = await stage.call(stage.south, stage.olga), await stage.call(stage.north, stage.ana)
    await looks.post(room, "I am here")
    await looks.close()
    away = await olga.post(room, f"while @{stage.names[1]} is away")
    looks = await stage.call(stage.north, stage.ana)
    (view,) = [view for view in looks.frames[0]["rooms"] if view["room"] == room]
    assert (view["seq"], view["unread"], view["mentions"]) == (away["seq"], 1, [2])
    assert room in await brief(looks)
    await olga.post(room, "and now that she is back")
    told = await headline(looks, room, seconds=15)
    assert told["since"] == view["seq"]
