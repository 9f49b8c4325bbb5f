"""The plain room socket: ten lines are enough to talk."""

from __future__ import annotations

import json
import uuid

import pytest
from websockets.asyncio.client import connect

from tests.servers import Server
from tests.sockets.live import Dial, plain


async def test_ten_lines_talk_in_a_room(server: Server, call: Dial, room: str) -> None:
    ana = await call()
    await ana.join(room)
    async with connect(server.ws + plain(room), proxy=None) as socket:
        assert socket.subprotocol is None
        await socket.send('{"message": "hello"}')
        heard = json.loads(await socket.recv())
    assert heard["message"] == "hello"
    assert heard["author"]["guest"]
    assert heard == await ana.until("message")


async def test_a_plain_socket_hears_messages_and_refusals_and_nothing_else(call: Dial, room: str) -> None:
    script, ana = await call(plain(room)), await call()
    await ana.join(room)
    await ana.say(type="typing", room=room)
    await ana.post(room, "one")
    await script.until("message")
    await script.say(message="two")
    await script.until("message", message="two")
    await script.say(message="  ")
    assert (await script.until("refused"))["message"]
    await script.say(message="three", nonce="no")
    assert (await script.until("refused"))["field"] == "nonce"
    assert [frame["type"] for frame in script.frames] == ["message", "message", "refused", "refused"]


async def test_what_becomes_of_a_message_is_told_to_the_room(call: Dial, room: str) -> None:
    ana, ben, script = await call(), await call(), await call(plain(room))
    await ana.join(room)
    await ben.join(room)
    id = (await ana.post(room, "frist"))["id"]
    await ben.say(type="post", room=room, message="first, you mean?", nonce="n", reply_to=id)
    reply = await ana.until("message", nonce="n")
    assert (reply["reply_to"]["id"], reply["reply_to"]["message"]) == (id, "frist")
    for asked, told in (
        ({"type": "edit", "message": "*first*"}, {"message": "*first*", "html": "<p><em>first</em></p>"}),
        ({"type": "react", "emoji": ":tada:"}, {"message": "*first*"}),
        ({"type": "pin"}, {"pinned": True}),
        ({"type": "delete"}, {"message": "", "html": "", "deleted": True}),
    ):
        who = ana if asked["type"] in ("edit", "delete") else ben
        await who.say(ref=asked["type"], id=id, **asked)
        assert (await who.until("ok", "refused", ref=asked["type"]))["type"] == "ok"
        change = await ben.until("change", id=id)
        assert {name: change[name] for name in told} == told
        if asked["type"] == "react":
            (reaction,) = change["reactions"]
            assert (reaction["emoji"], reaction["count"], len(reaction["people"])) == ("🎉", 1, 1)
    assert not {"edited_at", "reactions", "pinned"} & change.keys()
    await ana.say(type="edit", id=id, message="back again", ref="late")
    assert (await ana.until("refused", ref="late"))["code"] == "no_such_message"
    await script.say(message="mine")
    await script.until("message", message="mine")
    assert [frame["message"] for frame in script.frames] == ["frist", "first, you mean?", "mine"]


async def test_an_edit_from_an_older_text_is_refused_and_the_newer_one_is_at_hand(call: Dial, room: str) -> None:
    ana = await call()
    await ana.join(room)
    said = await ana.post(room, "frist")
    base = (await ana.until("message"))["changed"]
    for text in ("first", "fist"):
        await ana.say(type="edit", id=said["id"], message=text, base=base, ref=text)
    await ana.until("ok", ref="first")
    refused = await ana.until("refused", ref="fist")
    assert (refused["code"], refused["field"]) == ("edited_since", "base")
    (change,) = [frame for frame in ana.frames if frame["type"] == "change"]
    await ana.say(type="edit", id=said["id"], message="fist", base=change["changed"], ref="over")
    await ana.until("ok", ref="over")


async def test_who_comes_back_finds_what_became_of_what_they_had_read(call: Dial, room: str) -> None:
    ana = await call()
    for number in range(1, 5):
        await ana.post(room, f"word {number}", f"n{number}")
    await ana.say(type="history", room=room, ref="all")
    ids = [message["id"] for message in (await ana.until("history"))["messages"]]
    for command in ({"type": "edit", "id": ids[0], "message": "other"}, {"type": "delete", "id": ids[3]}):
        await ana.say(ref="x", **command)
        await ana.until("ok", ref="x")
    ben, script = await call(), await call(f"{plain(room)}?since=1")
    await ben.join(room, since=3)
    kinds = [(f["type"], f["seq"], f["changed"], f["message"]) for f in ben.frames if "changed" in f]
    assert kinds == [("change", 1, 5, "other"), ("message", 4, 6, "")]
    await ana.post(room, "last")
    await script.until("message", message="last")
    assert [frame["message"] for frame in script.frames] == ["word 2", "word 3", "last"]


async def test_what_is_done_to_messages_counts_as_a_post_does(call: Dial, room: str) -> None:
    ana = await call()
    id = (await ana.post(room, "hello"))["id"]
    for turn in range(300):  # more than a minute's share: a busy machine takes longer than a second for twenty
        await ana.say(type="pin", id=id, on=turn % 2 == 0)
    assert (await ana.until("refused"))["code"] == "rate_limited"


async def test_a_plain_socket_resumes(call: Dial, room: str) -> None:
    ana = await call()
    for number in range(4):
        await ana.post(room, f"word {number}")
    script = await call(f"{plain(room)}?since=2")
    assert [(await script.until("message"))["seq"] for _ in range(2)] == [3, 4]


@pytest.mark.parametrize(
    ("name", "spelling"),
    [
        ("Straße", "STRASSE"),
        ("Zoë", "zoe\u0308"),
        ("👩‍👩‍👧 home", "👩‍👩‍👧  HOME"),
        ("日本語 部屋", "日本語　部屋"),
        ("غرفة", "غرفة"),
        ("100 % ? # & +", "100 % ? # & +"),
        ("ﬁne", "FINE"),
    ],
)
async def test_any_name_is_a_room_in_any_spelling(call: Dial, name: str, spelling: str) -> None:
    mine = f"{name} {uuid.uuid4().hex[:6]}"
    script, ana = await call(plain(mine)), await call()
    joined = await ana.join(mine.replace(name, spelling))
    await script.say(message="same room")
    message = await ana.until("message")
    assert message["room"] == joined["room"]


async def test_what_no_room_can_be_called_is_said(call: Dial) -> None:
    script = await call(plain("in\u200bvisible"))
    assert (await script.until("refused"))["code"] == "bad_room_name"
    assert await script.goodbye() == 4404
