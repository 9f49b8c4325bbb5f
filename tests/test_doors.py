"""Every door, knocked at by somebody who never had access to a room and by somebody who lost it: each refuses, and none
differs in anything from the answer for a room that does not exist.

A new door takes a line in one of the tables below: `PAGES` and `FORMS` for what is fetched or sent under the room's
address, `COMMANDS` for the full socket, `LISTS` for what names no room but could tell of one. `{room}` is the room's
page, `{key}` its key, `{message}` the id and `{seq}` the number of a message in it. Who is in the room must find
something other at a door than who is not: a door that is the same for both is none, and fails.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.people import PASSWORD, Browser, dial
from tests.servers import Server

PAGES = [
    "{room}",
    "{room}?before=3",
    "{room}?after=1",
    "{room}?at=2026-01-01",
    "{room}{seq}/",
    "{room}-/about/",
    "{room}-/about/?q=a",
    "{room}-/acts/",
    "{room}-/pins/",
    "/chat/-/completions/?room={key}&kind=person&q=a",
    "/chat/-/message/{message}/",
]

FORMS: list[tuple[str, dict[str, str]]] = [
    ("{room}", {"message": "let me in", "nonce": "{nonce}"}),
    ("{room}", {"read": "1"}),
    ("{room}", {"unread": "1"}),
    ("{room}-/about/", {"act": "topic", "text": "the plan for tonight"}),
    ("{room}-/about/", {"act": "rename", "text": "Den of thieves"}),
    ("{room}-/about/", {"act": "join"}),
    ("{room}-/about/", {"act": "add", "name": "nobody"}),
    ("{room}-/about/", {"act": "invite"}),
    ("{room}-/about/", {"act": "fly"}),
    ("{room}", {"message": "/topic", "nonce": "{nonce}"}),
    ("/chat/-/attention/", {"room": "{key}", "starred": "1"}),
    ("/chat/-/message/{message}/", {"toggle": "👍"}),
    ("/chat/-/message/{message}/", {"edit": "otherwise"}),
    ("/chat/-/message/{message}/", {"pin": "on"}),
]

COMMANDS: list[dict[str, Any]] = [
    {"type": "join", "room": "{key}"},
    {"type": "join", "room": "{key}", "since": 0},
    {"type": "join", "room": "{key}", "since": 0, "epoch": "another", "here": False},
    {"type": "history", "room": "{key}"},
    {"type": "history", "room": "{key}", "before": 3},
    {"type": "history", "room": "{key}", "after": 1},
    {"type": "history", "room": "{key}", "around": 1},
    {"type": "history", "room": "{key}", "at": "2026-01-01T00:00:00Z"},
    {"type": "read", "room": "{key}", "seq": 1},
    {"type": "unread", "room": "{key}", "seq": 1},
    {"type": "post", "room": "{key}", "message": "let me in", "nonce": "{nonce}"},
    {"type": "post", "room": "{key}", "message": "/topic", "nonce": "{nonce}"},
    {"type": "attend", "room": "{key}", "starred": True},
]

# By a message's id, which anybody can guess. The last one takes it away.
MESSAGE_COMMANDS: list[dict[str, Any]] = [
    {"type": "edit", "message": "otherwise"},
    {"type": "edit", "message": "@ann otherwise"},
    {"type": "edit", "message": ""},
    {"type": "react", "emoji": "👍"},
    {"type": "react", "emoji": "👍", "on": False},
    {"type": "pin"},
    {"type": "pin", "on": False},
    {"type": "delete"},
]

# Typing and leaving are for who joined; who could not join hears what anybody hears who did not.
AFTER_JOINING: list[dict[str, Any]] = [
    {"type": "typing", "room": "{key}"},
    {"type": "leave", "room": "{key}"},
]

PLAIN_SOCKETS = ["/ws/chat/{key}/", "/ws/chat/{key}/?since=0"]

LISTS = [
    "/chat/",
    "/chat/-/search/?q=only+members",
    "/chat/-/search/?q=from:ann+know",
    "/chat/-/search/?q=in:%22den+of+THIEVES%22",
    "/chat/-/search/?q=is:pinned",
    "/chat/-/people/{ann}/",
    "/chat/-/mentions/",
    "/chat/-/switcher/",
    "/chat/-/switcher/?q=den",
]

SECRETS = ("Den of thieves", "the plan for tonight", "what only members know")


@dataclass(frozen=True)
class Place:
    """A room, or what looks like the address of one."""

    key: str
    message: int = 1
    seq: int = 1
    nonce: str = "n"
    ann: str = ""

    def fill(self, text: str) -> str:
        page = f"/chat/-/room/{self.key.removeprefix('-/')}/"
        values = {"room": page, "key": self.key, "message": self.message, "seq": self.seq, "nonce": self.nonce,
                  "ann": self.ann}  # fmt: skip
        return text.format(**values)

    def filled(self, command: dict[str, Any]) -> dict[str, Any]:
        return {name: self.fill(value) if isinstance(value, str) else value for name, value in command.items()}

    def hidden_in(self, answer: str) -> str:
        """The answer without what the asker said themselves, and without what is new in every answer."""
        answer = answer.replace(self.key, "KEY").replace(self.key.removeprefix("-/"), "ID")
        answer = answer.replace(f'"{self.nonce}"', '"NONCE"')
        for new in (r'name="(csrfmiddlewaretoken|nonce)" value="[^"]*"', r'nonce="[^"]*"', r'"ticket":"[^"]*"'):
            answer = re.sub(new, "NEW", answer)
        return answer


NOWHERE = Place("-/" + "A" * 22, message=999_999, nonce="nowhere")

MAKE = """
import json
from django.contrib.auth.models import User
from hubbub import chat, identity
from hubbub.models import Person, Room
from hubbub.api import pin_message, post_message
ann, eve, kim = (User.objects.create_user(name, password=%r) for name in ("ann", "eve", "kim"))
for user in (ann, eve, kim):
    post_message("lobby", "hello", author=user)
owner, kims = identity.of_user(ann), Person.objects.get(user=kim)
room = Room.objects.get(key=chat.make_room_now(owner, %r, kind="private", topic=%r, people=[kims.pk]))
said = [post_message(room.key, %r, author=user) for user in (ann, kim, ann)]
for user, text in ((kim, "@room, as only we know"), (ann, "@kim knows")):
    post_message(room.key, text, author=user)
chat.act_now(owner, room.key, "remove", whom=kims.pk)
pin_message(said[2].id, author=ann)
print(json.dumps({"key": room.key, "message": said[1].id, "seq": said[1].seq, "ann": owner.id.hex}))
"""


@dataclass
class World:
    server: Server
    room: Place
    member: Browser
    never: Browser
    lost: Browser


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A private room in which ann is, kim was, and eve has never been."""
    server = Server(Path(tmp_path_factory.mktemp("doors") / "data"), HUBBUB_RATE_LIMITS="off").start()
    made = json.loads(server.command("shell", "-v", "0", "-c", MAKE % (PASSWORD, *SECRETS)))
    people = {name: Browser(server).sign_in(name) for name in ("ann", "eve", "kim")}
    yield World(server, Place(**made, nonce="hidden"), people["ann"], people["eve"], people["kim"])
    server.kill()


OUTSIDERS = ("never", "lost")


# ── pages and forms ──


def fetched(who: Browser, path: str, place: Place) -> tuple[int, str]:
    who.get(place.fill(path))
    return who.status, place.hidden_in(who.page)


def sent(who: Browser, form: tuple[str, dict[str, str]], place: Place) -> tuple[int, str]:
    path, fields = form
    who.get("/chat/")  # for its token
    who.post(place.fill(path), **place.filled(fields))
    return who.status, place.hidden_in(who.page)


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_a_page_is_not_there(world: World, path: str, outsider: str) -> None:
    who = getattr(world, outsider)
    hidden, nothing = fetched(who, path, world.room), fetched(who, path, NOWHERE)
    assert hidden == nothing
    assert hidden[0] == 404
    assert fetched(world.member, path, world.room)[0] == 200


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form[0]} {' '.join(form[1])}")
@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_a_form_leads_nowhere(world: World, form: tuple[str, dict[str, str]], outsider: str) -> None:
    who = getattr(world, outsider)
    hidden, nothing = sent(who, form, world.room), sent(who, form, NOWHERE)
    assert hidden == nothing
    assert hidden[0] == 404
    assert sent(world.member, form, world.room)[0] != 404


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("outsider", OUTSIDERS)
def test_a_list_does_not_tell_of_it(world: World, path: str, outsider: str) -> None:
    page = getattr(world, outsider).get(world.room.fill(path))
    assert not [secret for secret in (*SECRETS, world.room.key.removeprefix("-/")) if secret in page]
    member = world.member.get(world.room.fill(path))
    assert world.room.key.removeprefix("-/") in member


# ── sockets ──


async def answers(who: Browser, commands: list[dict[str, Any]], place: Place) -> list[str]:
    """All frames that a fresh socket hears in answer, but for its welcome."""
    talk = await dial(who.server, browser=who)
    await talk.until("welcome")
    for command in commands:
        await talk.say(**place.filled(command))
        if command["type"] == "post":
            await talk.until("ok", "refused")  # acknowledged after the commit, so after a later ping's answer
            talk.unread = list(talk.frames[1:])
    await talk.quiet()
    frames = [frame for frame in talk.frames if frame["type"] not in ("welcome", "pong", "here")]
    await talk.close()
    return [place.hidden_in(json.dumps(frame)) for frame in frames]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(map(str, command.values())))
@pytest.mark.parametrize("outsider", OUTSIDERS)
async def test_a_command_is_refused(world: World, command: dict[str, Any], outsider: str) -> None:
    who = getattr(world, outsider)
    hidden, nothing = await answers(who, [command], world.room), await answers(who, [command], NOWHERE)
    assert hidden == nothing
    assert [json.loads(frame)["code"] for frame in hidden] == ["no_such_room"]
    member = await answers(world.member, [command], world.room)
    assert "no_such_room" not in "".join(member)


@pytest.mark.parametrize("command", AFTER_JOINING, ids=lambda command: command["type"])
@pytest.mark.parametrize("outsider", OUTSIDERS)
async def test_what_comes_after_joining_is_for_who_could(world: World, command: dict[str, Any], outsider: str) -> None:
    who, joined = getattr(world, outsider), [{"type": "join", "room": "{key}"}, {**command, "ref": "it"}]
    hidden, nothing = await answers(who, joined, world.room), await answers(who, joined, NOWHERE)
    assert hidden == nothing
    assert await answers(world.member, joined, world.room) != hidden


@pytest.mark.parametrize("path", PLAIN_SOCKETS)
@pytest.mark.parametrize("outsider", OUTSIDERS)
async def test_a_plain_socket_is_sent_away(world: World, path: str, outsider: str) -> None:
    async def heard(place: Place) -> tuple[int, list[str]]:
        talk = await dial(world.server, place.fill(path), browser=getattr(world, outsider))
        code = await talk.goodbye()
        return code, [place.hidden_in(json.dumps(frame)) for frame in talk.frames]

    hidden, nothing = await heard(world.room), await heard(NOWHERE)
    assert hidden == nothing
    assert hidden[0] == 4404
    member = await dial(world.server, world.room.fill(path), browser=world.member)
    await member.say(message="still here")
    await member.until("message", message="still here")
    await member.close()


@pytest.mark.parametrize("outsider", OUTSIDERS)
async def test_the_welcome_does_not_list_it(world: World, outsider: str) -> None:
    async def welcome(who: Browser) -> str:
        talk = await dial(world.server, browser=who)
        frame = await talk.until("welcome")
        await talk.close()
        return json.dumps(frame)

    assert world.room.key not in await welcome(getattr(world, outsider))
    assert world.room.key in await welcome(world.member)


@pytest.mark.parametrize("command", MESSAGE_COMMANDS, ids=lambda command: " ".join(map(str, command.values())))
@pytest.mark.parametrize("outsider", OUTSIDERS)
async def test_a_message_in_it_is_none(world: World, command: dict[str, Any], outsider: str) -> None:
    """Kim, who lost access, said it."""
    who = getattr(world, outsider)
    hidden, nothing = [await answers(who, [{**command, "id": place.message}], place) for place in (world.room, NOWHERE)]
    assert hidden == nothing
    assert [json.loads(frame)["code"] for frame in hidden] == [
        "no_such_message" if command.get("message", "x") else "empty"
    ]
    if (command["type"], outsider) != ("delete", OUTSIDERS[0]):  # it is needed until the end
        member = await answers(world.member, [{**command, "id": world.room.message}], world.room)
        assert "no_such_message" not in "".join(member)


@pytest.mark.parametrize("outsider", OUTSIDERS)
async def test_a_message_in_it_is_quoted_nowhere_else(world: World, outsider: str) -> None:
    answer = {"type": "post", "room": "lobby", "message": "what did they say", "nonce": "{nonce}"}
    who = getattr(world, outsider)
    hidden, nothing = [
        await answers(who, [{**answer, "reply_to": place.message}], place) for place in (world.room, NOWHERE)
    ]
    assert hidden == nothing
    assert [json.loads(frame)["code"] for frame in hidden] == ["no_such_message"]


# ── what is said to others ──


def test_both_hear_of_nothing_when_something_is_said(world: World) -> None:
    async def story() -> None:
        outsiders = [await dial(world.server, browser=who) for who in (world.never, world.lost)]
        for talk in outsiders:
            await talk.join(world.room.key)
        member = await dial(world.server, browser=world.member)
        await member.join(world.room.key)
        await member.say(type="typing", room=world.room.key)
        await member.post(world.room.key, "only for us")
        for talk in outsiders:
            assert world.room.key not in json.dumps(await talk.quiet())
        for talk in [*outsiders, member]:
            await talk.close()

    asyncio.run(story())
