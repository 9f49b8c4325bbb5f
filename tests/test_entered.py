"""Whoever does something in a room for the first time is in it from then on, and all their windows hear so: whatever it
is that they do, and through whichever door.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import StartServer
from tests.people import Browser, Talk, dial

MAKE = """
from django.contrib.auth.models import User
for name in ("ana", "ben"):
    User.objects.create_user(name, password="correct horse battery")
"""

# What Ana does in a room in which Ben said one thing, with that message's id.
DEEDS: dict[str, dict[str, Any]] = {
    "says something": {"type": "post", "message": "hello"},
    "reads": {"type": "read", "seq": 1},
    "marks as unread": {"type": "unread", "seq": 1},
    "stars": {"type": "attend", "starred": True},
    "reacts": {"type": "react", "emoji": "🎉", "on": True},
    "pins": {"type": "pin", "on": True},
}


@pytest.fixture
async def cast(start_server: StartServer) -> AsyncIterator[tuple[Browser, Talk, Talk, Talk]]:
    """Ana's browser, two sockets of hers, and Ben's."""
    server = start_server()
    server.command("shell", "-v", "0", "-c", MAKE)
    ana, ben = (Browser(server).sign_in(name) for name in ("ana", "ben"))
    one, other, third = [await dial(server, browser=browser) for browser in (ana, ana, ben)]
    yield ana, one, other, third
    for talk in (one, other, third):
        await talk.close()


async def test_who_does_something_in_a_room_is_told_in_all_windows_that_they_are_in_it(
    cast: tuple[Browser, Talk, Talk, Talk],
) -> None:
    _, one, other, ben = cast
    for deed, command in DEEDS.items():
        said = await ben.post(deed, "come in")
        which = {"id": said["id"]} if command["type"] in ("react", "pin") else {"room": deed}
        for turn in ("first", "again"):
            nonce = {"nonce": f"{turn}-{deed}"} if "message" in command else {}
            await one.say(**command, **which, **nonce, ref=turn)
            await one.until("ok", ref=turn)
            for window in (one, other) if turn == "first" else ():
                assert (await window.until("entered", room=deed))["view"]["name"] == deed
    for window in (one, other):
        await window.quiet()
        assert [frame["room"] for frame in window.frames if frame["type"] == "entered"] == list(DEEDS)


async def test_who_writes_on_a_page_is_told_so_too_and_who_left_when_they_are_back(
    cast: tuple[Browser, Talk, Talk, Talk],
) -> None:
    browser, _, other, ben = cast
    await ben.post("lobby", "come in")
    browser.get("/chat/lobby/")
    browser.post("/chat/lobby/", message="by a form")
    assert (await other.until("entered", room="lobby"))["view"]["unread"] == 0
    browser.get("/chat/lobby/-/about/")
    browser.post("/chat/lobby/-/about/", act="leave")
    other.unread.clear()
    await ben.post("lobby", "gone?")
    await other.post("lobby", "back again")
    assert (await other.until("entered", room="lobby"))["view"]["seq"] >= 3
