"""Who looks at the list of public rooms hears when it is another, wherever that came about; and nobody else."""

from __future__ import annotations

import asyncio
import re

from tests.conftest import StartServer
from tests.people import Browser, Talk, dial
from tests.servers import Server

MAKE = """
from django.contrib.auth.models import User
User.objects.create_user("ana", password="correct horse battery")
"""


async def reader(server: Server, **named: str) -> Talk:
    talk = await dial(server)
    await talk.say(type="list", ref="1", **named)
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


async def test_a_person_who_is_met_or_known_otherwise_is_told_to_who_looks_at_the_people(
    start_server: StartServer,
) -> None:
    server = start_server()
    server.command("shell", "-v", "0", "-c", MAKE)
    people, rooms = await reader(server, of="people"), await reader(server)
    ana, newcomer = Browser(server).sign_in("ana"), Browser(server)
    ana.get("/chat/-/profile/")
    ana.post("/chat/-/profile/", name="Ana", about="I like roses", time_zone="")
    assert (await people.until("listed", seconds=5))["of"] == "people"
    newcomer.get("/accounts/sign-up/")
    newcomer.post(
        "/accounts/sign-up/", username="ben", password1="correct horse battery", password2="correct horse battery"
    )
    assert newcomer.status == 200
    await told(people)
    ana.get("/chat/lobby/")
    ana.post("/chat/-/name/", name="Ana Two", next="/chat/lobby/")
    await told(people)
    assert not [frame for frame in await rooms.quiet() if frame["type"] == "listed"]
    await people.say(type="list", of="people", on=False)
    await people.quiet()
    still = await reader(server, of="people")
    ana.post("/chat/-/name/", name="Ana Three", next="/chat/lobby/")
    await told(still)
    for talk in (people, rooms, still):
        assert not [frame for frame in await talk.quiet() if frame["type"] == "listed"]
        await talk.close()


async def test_who_looks_at_the_people_hears_who_is_in_the_rooms_that_they_follow(start_server: StartServer) -> None:
    server = start_server()
    ana, looks = await dial(server), await dial(server)
    await ana.join("garden")
    await ana.join("cellar")
    await looks.join("garden", here=False)
    await looks.quiet()
    await looks.say(type="list", of="people")
    here = [frame for frame in await looks.quiet() if frame["type"] == "here"]
    assert [(frame["room"], [one["id"] for one in frame["people"]]) for frame in here] == [
        ("garden", [ana.frames[0]["you"]["id"]])
    ]
    await looks.say(type="list", of="everything", ref="x")
    assert (await looks.until("refused", ref="x"))["field"] == "of"
    for talk in (ana, looks):
        await talk.close()


MAKE_DEN = """
from django.contrib.auth.models import User
from hubbub import api, chat, identity
olga, mo, ben = (User.objects.create_user(name, password="correct horse battery") for name in ("olga", "mo", "ben"))
key = api.make_room("den", author=olga, kind="private", people=[mo, ben])
chat.act_now(identity.of_user(olga), key, "role", whom=identity.of_user(mo).id, text="moderator")
print(key)
"""


async def test_a_link_into_a_room_is_told_to_its_moderators_who_look_and_to_nobody_else(
    start_server: StartServer,
) -> None:
    server = start_server()
    key = server.command("shell", "-v", "0", "-c", MAKE_DEN).strip()
    path = f"/chat/-/room/{key.removeprefix('-/')}/-/about/"
    olga, mo, ben = (Browser(server).sign_in(name) for name in ("olga", "mo", "ben"))
    looks, idle, member = (
        await dial(server, browser=mo),
        await dial(server, browser=mo),
        await dial(server, browser=ben),
    )
    stranger = await dial(server)
    await looks.say(type="list", of="acts", room=key, ref="1")
    await looks.until("ok", ref="1")
    await member.say(type="list", of="acts", room=key, ref="1")
    assert (await member.until("refused", ref="1"))["code"] == "not_allowed"
    for room in (key, "-/AAAAAAAAAAAAAAAAAAAAAA"):
        await stranger.say(type="list", of="acts", room=room, ref=room)
        assert (await stranger.until("refused", ref=room))["code"] == "no_such_room"
    await looks.say(type="list", of="acts", ref="2")
    assert (await looks.until("refused", ref="2"))["field"] == "room"

    olga.get(path)
    olga.post(path, act="invite", seconds="3600", uses="1")
    hint = await looks.until("listed", seconds=5)
    assert (hint["of"], hint["room"]) == ("acts", key)
    (token,) = set(re.findall(r'name="token" value="([^"]+)"', olga.page))
    olga.post(path, act="take_back", token=token)
    await told(looks)

    olga.post(path, act="role", person=looks.frames[0]["you"]["id"], text="member")
    await looks.quiet()
    olga.post(path, act="invite", seconds="3600", uses="1")
    await asyncio.sleep(1)  # longer than it is gathered for
    for talk in (looks, idle, member, stranger):
        assert not [frame for frame in await talk.quiet() if frame["type"] == "listed"]
        await talk.close()
