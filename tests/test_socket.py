"""Both sockets, on every server: fast wire, uvicorn's own class, daphne, hypercorn. Real processes, real clients."""

from __future__ import annotations

import asyncio
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import quote

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.people import PASSWORD, Browser, Talk, dial
from tests.servers import COMMANDS, Server

KINDS = [kind for kind in COMMANDS if kind != "gunicorn"]  # which has no sockets
LIVE = {"DJANGO_SETTINGS_MODULE": "tests.live_settings", "PYTHONPATH": "."}
Dial = Callable[..., Any]


@pytest.fixture(scope="module", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of each kind, shared by the tests of this file; with accounts of ana, ben, cleo and dan."""
    server = Server(tmp_path_factory.mktemp(request.param) / "data", request.param, **LIVE)
    server.start()
    run(
        server,
        "from django.contrib.auth.models import User\n"
        "for name in ('ana', 'ben', 'cleo', 'dan', 'eve', 'x0', 'x1', 'x2', 'x3'):\n"
        f"    User.objects.create_user(name, password={PASSWORD!r})",
    )
    yield server
    server.kill()


@pytest.fixture
async def call(server: Server) -> AsyncIterator[Dial]:
    """Open sockets that end with the test."""
    opened: list[Talk] = []

    async def call(*path: str, **named: Any) -> Talk:
        talk = await dial(server, *path, **named)
        opened.append(talk)
        return talk

    yield call
    await asyncio.gather(*(talk.close() for talk in opened))


@pytest.fixture
def room() -> str:
    """A room that no other test talks in."""
    return f"room {uuid.uuid4().hex[:8]}"


def run(server: Server, code: str) -> str:
    """Run Python in a shell of the server's project: another process."""
    return server.command("shell", "-v", "0", "-c", code)


def plain(room: str) -> str:
    return f"/ws/chat/{quote(room, safe='')}/"


# ── welcome, join, post ─────────────────────────────────────────────────────────────────────────────


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


# ── resume, reset, retry ────────────────────────────────────────────────────────────────────────────


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


# ── refusals ────────────────────────────────────────────────────────────────────────────────────────


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
    for number in range(40):
        await ana.say(type="post", room=room, message=f"word {number}", nonce=str(number))
    answers = [await ana.until("ok", "refused", nonce=str(number)) for number in range(40)]
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


# ── who comes in ────────────────────────────────────────────────────────────────────────────────────


async def test_a_foreign_origin_is_refused_before_acceptance(server: Server) -> None:
    for path in ("/ws/", plain("lobby")):
        with pytest.raises(InvalidStatus) as refused:
            await dial(server, path, headers={"Origin": "https://evil.example"})
        assert refused.value.response.status_code == 403


async def test_our_own_origin_is_let_in(server: Server, call: Dial) -> None:
    await (await call(headers={"Origin": server.url})).until("welcome")


async def test_an_account_is_known_by_its_session(server: Server, call: Dial) -> None:
    ana = await call(browser=Browser(server).sign_in("ana"))
    you = (await ana.until("welcome"))["you"]
    assert (you["name"], you["guest"]) == ("ana", False)


async def test_an_account_is_known_by_its_ticket(server: Server, call: Dial) -> None:
    browser = Browser(server).sign_in("ana")
    browser.get("/chat/lobby/")
    page = browser.for_client
    ana = await call(f"/ws/?ticket={page['ticket']}", browser=browser)
    assert (await ana.until("welcome"))["you"] == page["you"]


async def test_a_ticket_is_worthless_in_another_browser(server: Server, call: Dial) -> None:
    ana, eve = Browser(server).sign_in("ana"), Browser(server).sign_in("eve")
    ana.get("/chat/lobby/")
    stolen = ana.for_client["ticket"]
    for thief in (eve, Browser(server)):
        socket = await call(f"/ws/?ticket={stolen}", browser=thief)
        assert (await socket.until("welcome"))["you"]["name"] != "ana"


async def test_a_guest_keeps_its_name_from_page_to_socket(server: Server, call: Dial) -> None:
    browser = Browser(server)
    browser.get("/chat/lobby/")
    page = browser.for_client
    for path in ("/ws/", f"/ws/?ticket={page['ticket']}"):
        assert (await (await call(path, browser=browser)).until("welcome"))["you"] == page["you"]


# ── sessions that end (G8) ──────────────────────────────────────────────────────────────────────────


async def signed_in(server: Server, call: Dial, name: str) -> tuple[Browser, Talk]:
    """A browser with a socket of this account that has been welcomed."""
    browser = Browser(server).sign_in(name)
    socket = await call(browser=browser)
    await socket.until("welcome")
    return browser, socket


async def test_signing_out_ends_the_sockets_of_that_session_within_a_second(server: Server, call: Dial) -> None:
    browser, socket = await signed_in(server, call, "dan")
    _, other = await signed_in(server, call, "dan")
    browser.get("/chat/")
    began = time.monotonic()
    await asyncio.to_thread(browser.post, "/accounts/sign-out/")
    assert await socket.goodbye() == 4401
    assert time.monotonic() - began < 1
    await other.say(type="ping")
    await other.until("pong")


@pytest.mark.parametrize("server", ["fast"], indirect=True)
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("x0", "u.set_password('another one'); u.save()"),
        ("x1", "User.objects.filter(pk=u.pk).update(is_active=False)"),
        ("x2", "from django.contrib.sessions.models import Session; Session.objects.all().delete()"),
        ("x3", "u.delete()"),
    ],
    ids=["new password", "switched off", "session deleted", "account deleted"],
)
async def test_what_another_process_ends_is_noticed(
    server: Server, call: Dial, room: str, name: str, change: str
) -> None:
    """Every regular check finds what no signal told: 10 s at most, 1 s as these tests set it."""
    _, socket = await signed_in(server, call, name)
    await socket.join(room)
    code = f"from django.contrib.auth.models import User; u = User.objects.get(username={name!r}); {change}"
    await asyncio.to_thread(run, server, code)
    assert await socket.goodbye(seconds=5) == 4401


# ── other doors ─────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_posted_by_form_arrives_live(server: Server, call: Dial, room: str) -> None:
    ana, browser = await call(), Browser(server)
    await ana.join(room)
    path = f"/chat/{quote(room)}/"
    browser.get(path)
    await asyncio.to_thread(browser.post, path, message="by form", nonce="f1")
    message = await ana.until("message", seconds=5)
    assert (message["message"], message["nonce"]) == ("by form", "f1")


async def test_what_a_shell_posts_arrives_live(server: Server, call: Dial, room: str) -> None:
    ana = await call()
    await ana.join(room)
    code = (
        "from hubbub.api import post_message; from hubbub.models import Person\n"
        f"post_message({room!r}, 'from a shell', author=Person.objects.create(name='Bot'))"
    )
    await asyncio.to_thread(run, server, code)
    assert (await ana.until("message", seconds=5))["author"]["name"] == "Bot"


async def test_a_new_name_is_told_to_the_room(server: Server, call: Dial, room: str) -> None:
    ana, browser = await call(), Browser(server)
    await ana.join(room)
    path = f"/chat/{quote(room)}/"
    browser.get(path)
    browser.post(path, message="I am", nonce="r1")
    await asyncio.to_thread(browser.post, "/chat/-/name/", name="Zoë")
    member = await ana.until("member")
    assert (member["person"]["name"], member["changed"]) == ("Zoë", 2)


# ── the plain room socket ───────────────────────────────────────────────────────────────────────────


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
    for turn in range(30):
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


# ── servers of their own ────────────────────────────────────────────────────────────────────────────


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_where_guests_are_closed_out_sockets_are_refused(start_server: Any, kind: str) -> None:
    server = start_server(kind, HUBBUB_GUESTS="off", **LIVE)
    for path in ("/ws/", plain("lobby")):
        with pytest.raises(InvalidStatus) as refused:
            await dial(server, path)
        assert refused.value.response.status_code == 403


async def test_a_restart_loses_nothing(start_server: Any) -> None:
    server = start_server("fast", HUBBUB_RATE_LIMITS="off", **LIVE)
    ana, ben = await dial(server), await dial(server)
    await ben.join("lobby")
    for number in range(300):
        await ana.say(type="post", room="lobby", message=f"word {number}", nonce=f"n{number}")
    await ana.until("ok", nonce="n0")
    began = time.monotonic()
    stopping = asyncio.create_task(asyncio.to_thread(server.stop))
    assert await asyncio.gather(ana.goodbye(), ben.goodbye()) == [1012, 1012]
    await stopping
    assert time.monotonic() - began < 10
    acknowledged = {frame["nonce"] for frame in ana.frames if frame["type"] == "ok"}
    server.start()
    back = await dial(server)
    synced = await back.join("lobby", since=0)
    stored = {frame["nonce"] for frame in back.frames if frame["type"] == "message"}
    assert acknowledged <= stored
    assert synced["seq"] == len(stored)
    await back.close()
