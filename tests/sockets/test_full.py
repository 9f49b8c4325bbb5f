"""The full socket: what one says, hears and is refused, and how one comes back."""

from __future__ import annotations

import asyncio
import json
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError

from hubbub import chat
from hubbub.protocol import Post
from hubbub.slash import Tell
from hubbub.socket.full import FullSocket
from tests.cast import ANA
from tests.people import Browser, Talk
from tests.servers import Server
from tests.sockets.live import Dial, run


async def test_the_first_frame_is_a_welcome(call: Dial) -> None:
    ana = await call()
    welcome = await ana.until("welcome")
    assert ana.frames[0] is welcome
    assert ana.socket.subprotocol == "hubbub.v1"
    assert welcome["protocol"] == "hubbub.v1"
    assert len(welcome["you"]["id"]) == 32
    assert welcome["you"]["guest"]
    assert welcome["limits"] == {"message": 8000, "frame": 65536, "rooms": 50}
    assert welcome["rooms"] == []


async def test_everybody_in_the_room_gets_what_is_said_and_nobody_else(call: Dial, room: str) -> None:
    ana, ben, eve = await call(), await call(), await call()
    await ana.join(room)
    await ben.join(room.upper())
    await eve.join("elsewhere")
    ok = await ana.post(room, "hello *you*", nonce="n1")
    mine, theirs = await ana.until("message"), await ben.until("message")
    assert mine == theirs
    assert (mine["id"], mine["seq"], mine["nonce"]) == (ok["id"], ok["seq"], "n1")
    assert (mine["seq"], mine["changed"], mine["ordinal"]) == (1, 1, 1)
    assert mine["message"] == "hello *you*"
    assert mine["html"] == "<p>hello <em>you</em></p>"
    assert mine["at"].endswith("Z")
    assert not [frame for frame in await eve.quiet() if frame["type"] == "message"]


async def test_who_leaves_hears_nothing_more(call: Dial, room: str) -> None:
    ana, ben = await call(), await call()
    await ana.join(room)
    await ben.join(room)
    await ben.say(type="leave", room=room, ref="bye")
    await ben.until("ok", ref="bye")
    await ana.post(room, "gone?")
    assert not [frame for frame in await ben.quiet() if frame["type"] == "message"]


async def test_each_answer_repeats_the_ref(call: Dial, room: str) -> None:
    ana = await call()
    await ana.say(type="ping", ref="p")
    await ana.until("pong", ref="p")
    await ana.say(type="join", room=room, ref="j")
    await ana.until("joined", ref="j")
    await ana.say(type="post", room=room, message="x", nonce="y", ref="o")
    await ana.until("ok", ref="o")
    await ana.say(type="history", room=room, ref="h")
    await ana.until("history", ref="h")
    await ana.say(type="post", room=room, message=" ", nonce="z", ref="r")
    await ana.until("refused", ref="r", code="empty", field="message", nonce="z")


async def test_history_comes_in_pages_oldest_first(call: Dial, room: str) -> None:
    ana = await call()
    for number in range(7):
        await ana.post(room, f"word {number}")
    await ana.say(type="history", room=room, limit=3)
    newest = await ana.until("history")
    assert [m["message"] for m in newest["messages"]] == ["word 4", "word 5", "word 6"]
    assert newest["more"]
    await ana.say(type="history", room=room, limit=100, before=newest["messages"][0]["seq"])
    rest = await ana.until("history")
    assert [m["message"] for m in rest["messages"]] == ["word 0", "word 1", "word 2", "word 3"]
    assert not rest["more"]


async def test_reading_on_one_socket_is_told_to_the_other(server: Server, call: Dial, room: str) -> None:
    ben = Browser(server).sign_in("ben")
    desk, phone, ana = await call(browser=ben), await call(browser=ben), await call()
    await desk.post(room, "mine is read by me")
    for number in range(3):
        await ana.post(room, f"word {number}")
    await desk.say(type="read", room=room, seq=3)
    read = await phone.until("read")
    assert (read["seq"], read["unread"]) == (3, 1)
    again = await call(browser=ben)
    mine = next(r for r in (await again.until("welcome"))["rooms"] if r["name"] == room)
    assert (mine["seq"], mine["read"], mine["unread"]) == (4, 3, 1)


async def test_who_types_is_told_to_the_others(call: Dial, room: str) -> None:
    ana, ben = await call(), await call()
    await ana.join(room)
    await ben.join(room)
    await ana.say(type="typing", room=room)
    typing = await ben.until("typing")
    assert typing["person"] == (await ana.until("welcome"))["you"]
    await ana.say(type="typing", room="elsewhere", ref="t")
    await ana.until("refused", ref="t", code="not_joined", field="room")


async def test_who_is_here_is_told(call: Dial, room: str) -> None:
    ana, ben = await call(), await call()
    await ana.join(room)
    await ana.until("here", count=1)
    await ben.join(room)
    here = await ana.until("here", count=2)
    you = {(await talk.until("welcome"))["you"]["id"] for talk in (ana, ben)}
    assert {person["id"] for person in here["people"]} == you
    await ben.close()
    await ana.until("here", count=1)


async def test_posts_of_one_socket_keep_their_order_however_long_each_takes_to_render(call: Dial, room: str) -> None:
    ana, ben = await call(), await call()
    await ben.join(room)
    dear = "```python\n" + "def f(x): return [x * 2]  # twice\n" * 60 + "```"
    said = [f"{number} {dear if number % 3 == 0 else 'plain'}" for number in range(18)]
    for number, text in enumerate(said):
        await ana.say(type="post", room=room, message=text, nonce=f"n{number}")
    await ben.until("message", seq=18)
    heard = [frame["message"] for frame in ben.frames if frame["type"] == "message"]
    assert heard == said


async def test_who_comes_back_gets_exactly_what_is_missing(call: Dial, room: str) -> None:
    ana, ben = await call(), await call()
    for number in range(6):
        await ana.post(room, f"word {number}")
    epoch = (await ben.until("welcome"))["epoch"]
    synced = await ben.join(room, since=2, epoch=epoch)
    caught_up = [frame for frame in ben.frames if frame["type"] == "message"]
    assert [frame["seq"] for frame in caught_up] == [3, 4, 5, 6]
    assert (synced["type"], synced["seq"], synced["ordinal"]) == ("synced", 6, 6)
    await ana.post(room, "live")
    assert (await ben.until("message", seq=7))["message"] == "live"


async def test_a_client_of_another_epoch_is_reset(call: Dial, room: str) -> None:
    ana = await call()
    await ana.post(room, "true")
    reset = await ana.join(room, since=1, epoch="another life")
    assert reset["type"] == "reset"
    assert [m["message"] for m in reset["messages"]] == ["true"]
    assert reset["epoch"] == (await ana.until("welcome"))["epoch"]


async def test_a_client_ahead_of_the_server_is_reset(call: Dial, room: str) -> None:
    ana = await call()
    await ana.post(room, "true")
    assert (await ana.join(room, since=99))["type"] == "reset"


async def test_a_client_too_far_behind_is_reset(server: Server, call: Dial, room: str) -> None:
    run(
        server,
        "from hubbub import chat, identity, journal\n"
        "who = identity.new_guest()\n"
        f"journal.write([chat.draft(who, {room!r}, f'word {{n}}') for n in range(502)])",
    )
    ana, ben = await call(), await call()
    assert (await ana.join(room, since=2))["type"] == "synced"
    reset = await ben.join(room, since=1)
    assert (reset["type"], reset["seq"], reset["more"]) == ("reset", 502, True)
    assert [m["seq"] for m in reset["messages"]] == list(range(453, 503))
    assert len([frame for frame in ana.frames if frame["type"] == "message"]) == 500


async def test_a_nonce_is_stored_once_however_often_it_comes(server: Server, call: Dial, room: str) -> None:
    cleo = Browser(server).sign_in("cleo")
    sockets = [await call(browser=cleo) for _ in range(5)]
    for socket in sockets:
        await socket.until("welcome")
    nonce = uuid.uuid4().hex
    await asyncio.gather(*(ten_times(socket, room, nonce) for socket in sockets))
    answers = {(frame["id"], frame["seq"]) for s in sockets for frame in s.frames if frame["type"] == "ok"}
    assert len(answers) == 1
    await sockets[0].say(type="history", room=room)
    assert len((await sockets[0].until("history"))["messages"]) == 1


async def ten_times(socket: Talk, room: str, nonce: str) -> None:
    """Say the same thing ten times at once, and again where that was too fast: no answer stays out."""
    missing = 10
    while missing:
        for _ in range(missing):
            await socket.say(type="post", room=room, message="once", nonce=nonce)
        answers = [await socket.until("ok", "refused", nonce=nonce) for _ in range(missing)]
        refused = [answer for answer in answers if answer["type"] == "refused"]
        assert all(answer["code"] == "rate_limited" for answer in refused)
        missing = len(refused)
        if refused:
            await asyncio.sleep(max(answer["retry_after"] for answer in refused))


@pytest.mark.parametrize(
    ("frame", "code", "field"),
    [
        ('{"type":"join"}', "bad_frame", "room"),
        ('{"type":"join","room":7}', "bad_frame", "room"),
        ('{"type":"join","room":"a/b"}', "bad_room_name", "room"),
        ('{"type":"join","room":"x","extra":1}', "bad_frame", "extra"),
        ('{"type":"post","room":"x","message":"y"}', "bad_frame", "nonce"),
        ('{"type":"post","room":"x","message":"y","nonce":""}', "bad_frame", "nonce"),
        ('{"type":"post","room":"x","message":[],"nonce":"n"}', "bad_frame", "message"),
        ('{"type":"history","room":"x","limit":101}', "bad_frame", "limit"),
        ('{"type":"read","room":"x","seq":-1}', "bad_frame", "seq"),
        ('{"type":"fly"}', "bad_frame", "type"),
        ('{"room":"x"}', "bad_frame", "type"),
        ("[]", "bad_frame", None),
        ("nonsense", "bad_frame", None),
        ("[" * 20_000, "bad_frame", None),
    ],
)
async def test_a_refusal_names_the_field(call: Dial, frame: str, code: str, field: str | None) -> None:
    ana = await call()
    await ana.socket.send(frame)
    refused = await ana.until("refused")
    assert refused["code"] == code
    if field:
        assert refused.get("field") == field
    assert refused["message"][0].isupper()
    await ana.say(type="ping")
    await ana.until("pong")


async def test_a_binary_frame_is_refused(call: Dial) -> None:
    ana = await call()
    await ana.socket.send(b'{"type":"ping"}')
    await ana.until("refused", code="bad_frame")


async def test_a_message_has_an_end(call: Dial, room: str) -> None:
    ana = await call()
    assert (await ana.post(room, "é" * 8000))["type"] == "ok"
    refused = await ana.post(room, "x" * 8001)
    assert (refused["code"], refused["field"]) == ("too_long", "message")


@pytest.mark.parametrize("letter", ["x", "é"])
async def test_a_frame_over_64_kib_ends_the_socket(server: Server, call: Dial, letter: str) -> None:
    """In bytes, not characters. daphne can't send 1009 (only 1000 and 3000 to 4999): any code will do."""
    ana = await call()
    await ana.until("welcome")
    frame = json.dumps({"type": "ping", "ref": letter * (65_536 // len(letter.encode()))}, ensure_ascii=False)
    await ana.socket.send(frame)
    code = await ana.goodbye()
    assert code == 1009 or (server.kind == "daphne" and code)


async def test_who_does_not_speak_the_protocol_is_sent_away(call: Dial) -> None:
    ana = await call()
    for _ in range(51):
        await ana.socket.send("?")
    assert await ana.goodbye() == 4400
    assert len([frame for frame in ana.frames if frame["type"] == "refused"]) == 50


async def test_a_socket_follows_at_most_50_rooms(call: Dial) -> None:
    ana = await call()
    for number in range(50):
        await ana.say(type="join", room=f"many {number}")
    await ana.say(type="join", room="one too many", ref="51")
    await ana.until("refused", ref="51", code="too_many_rooms")
    await ana.say(type="join", room="many 7", ref="again")
    await ana.until("joined", ref="again")


async def test_who_posts_too_fast_is_told_when_to_go_on(call: Dial, room: str) -> None:
    ana = await call()
    answers: list[dict[str, Any]] = []
    for start in range(0, 320, 40):  # a busy machine takes longer than a second for forty
        for number in range(start, start + 40):
            await ana.say(type="post", room=room, message=f"word {number}", nonce=str(number))
        answers += [await ana.until("ok", "refused", nonce=str(number)) for number in range(start, start + 40)]
        if answers[-1]["type"] == "refused":
            break
    assert {a["type"] for a in answers[:20]} == {"ok"}
    refused = [a for a in answers if a["type"] == "refused"]
    assert refused
    assert {a["code"] for a in refused} == {"rate_limited"}
    assert all(0 < a["retry_after"] <= 1 for a in refused)


async def test_a_person_has_at_most_ten_sockets(server: Server, call: Dial) -> None:
    browser = Browser(server)
    browser.get("/chat/")
    for _ in range(10):
        await (await call(browser=browser)).until("welcome")
    eleventh = await call(browser=browser)
    assert await eleventh.goodbye() == 4429


async def test_a_database_that_goes_away_under_a_commands_answer_ends_no_socket(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The room's name is looked up once more for an answer in a room that this socket does not follow."""

    async def obeyed(*_: object) -> Tell:
        return Tell("soup")

    async def gone(*_: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(chat, "obey", obeyed)
    said: list[Any] = []
    socket = FullSocket.__new__(FullSocket)
    socket.identity, socket.address, socket.number, socket.rooms = ANA, "", 0, {}
    socket.wire, socket.node = SimpleNamespace(send=said.append), SimpleNamespace(read=gone)  # type: ignore[assignment]  # stand-ins
    await socket._say(Post(room="lobby", message="/lunch", nonce="n"))
    assert [(one.code, one.nonce) for one in said] == [("try_again", "n")]
