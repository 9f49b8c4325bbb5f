"""What a moderator does to somebody who goes on to see the room is said to them at once, and to nobody else."""

from __future__ import annotations

from tests.conftest import StartServer
from tests.people import Browser, dial

MAKE = """
from django.contrib.auth.models import User
from hubbub.api import post_message
owner, ana, eve = (User.objects.create_user(name, password="correct horse battery") for name in ("owner", "ana", "eve"))
for user in (owner, ana, eve):
    post_message("lobby", "hello", author=user)
"""


async def test_who_gets_a_role_is_silenced_or_removed_hears_it_at_once_in_each_window(
    start_server: StartServer,
) -> None:
    server = start_server()
    server.command("shell", "-v", "0", "-c", MAKE)
    owner, ana, eve = (Browser(server).sign_in(name) for name in ("owner", "ana", "eve"))
    windows = [await dial(server, browser=browser) for browser in (ana, ana, eve)]
    for window in windows:
        await window.join("lobby")
    owner.get("/chat/lobby/-/about/")
    person = ana.get("/chat/lobby/") and ana.for_client["you"]["id"]
    for act, text, words in (
        ("role", "moderator", "You are a moderator of this room now."),
        ("role", "member", "You are a member of this room now."),
        ("silence", "", "A moderator has silenced you here. You can speak again in 5 min."),
        ("unsilence", "", "You can speak here again."),
        ("remove", "", "A moderator has put you out of this room. It is open to all: you can come back."),
    ):
        owner.post("/chat/lobby/-/about/", act=act, person=person, text=text, seconds="300")
        assert owner.status == 200
        for window in windows[:2]:
            told = await window.until("told", seconds=5)
            assert (told["room"], told["message"], told["html"]) == ("lobby", words, f"<p>{words}</p>")
    assert not [frame for frame in await windows[2].quiet() if frame["type"] == "told"]
    for window in windows:
        await window.close()
