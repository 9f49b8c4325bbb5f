"""Who is let in and known, until their session ends; what other doors say arrives too; and servers that restart."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from urllib.parse import quote

import pytest
from websockets.exceptions import InvalidStatus

from tests.people import A_SECOND, Browser, Talk, dial
from tests.servers import Server
from tests.sockets.live import KINDS, LIVE, Dial, plain, run


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
    assert time.monotonic() - began < A_SECOND
    await other.say(type="ping")
    await other.until("pong")


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
