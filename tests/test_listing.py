"""Who looks at the list of public rooms hears when it is another, wherever that came about; and nobody else."""

from __future__ import annotations

from tests.conftest import StartServer
from tests.people import Browser, Talk, dial
from tests.servers import Server

MAKE = """
from django.contrib.auth.models import User
User.objects.create_user("ana", password="correct horse battery")
"""


async def reader(server: Server) -> Talk:
    talk = await dial(server)
    await talk.say(type="list", ref="1")
    await talk.until("ok", ref="1")
    return talk


async def told(talk: Talk) -> None:
    """It was told, within a second or so."""
    await talk.until("listed", seconds=5)
    talk.unread.clear()


async def test_a_room_that_begins_or_is_another_is_told_to_who_looks_at_the_list(start_server: StartServer) -> None:
    server = start_server()
    server.command("shell", "-v", "0", "-c", MAKE)
    one, idle, other = await reader(server), await dial(server), await dial(server)
    await other.post("garden", "the first word")
    await told(one)
    for word in ("more", "and more"):
        await other.post("garden", word)
    assert not [frame for frame in await one.quiet() if frame["type"] == "listed"], "a message is no room"
    ana = Browser(server).sign_in("ana")
    ana.get("/chat/-/new/")
    ana.post("/chat/-/new/", name="Attic", kind="public")
    await told(one)
    ana.get("/chat/Attic/-/about/")
    ana.post("/chat/Attic/-/about/", act="topic", text="Dust")
    await told(one)
    ana.post("/chat/-/new/", name="Den", kind="private", topic="Secret")
    assert not [frame for frame in await one.quiet() if frame["type"] == "listed"]
    await one.say(type="list", on=False)
    await other.post("cellar", "the first word")
    for talk in (one, idle, other):
        assert not [frame for frame in await talk.quiet() if frame["type"] == "listed"]
        await talk.close()
