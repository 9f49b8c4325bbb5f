"""Every door, knocked at by somebody who never had access to a private room, by somebody who lost it, and by somebody
who was banned from a public one: each refuses, and none differs in anything from the answer for a room that does not
exist.

The doors are the tables of tests/doors.py. Who is in the room must find something other at a door than who is not: a
door that is the same for both is none, and fails. A URL, a command or a call that stands in no table fails too, unless
`NO_DOORS` says why it leads into no room.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.urls import resolve

from hubbub import api
from hubbub.protocol import Command
from hubbub.urls import urlpatterns
from tests.doors import (
    AFTER_JOINING,
    ASIDE,
    CALLS,
    COMMANDS,
    FORMS,
    LISTS,
    MAKE,
    MESSAGE_COMMANDS,
    NAMED,
    NO_DOORS,
    NOWHERE,
    OUTSIDERS,
    PAGES,
    PLAIN_SOCKETS,
    Place,
    World,
)  # fmt: skip
from tests.people import PASSWORD, Browser, dial
from tests.servers import Server

outsiders = pytest.mark.parametrize("outsider", OUTSIDERS)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A private room in which ann is, kim was, and eve has never been, and a public one from which zed was banned."""
    server = Server(Path(tmp_path_factory.mktemp("doors") / "data"), HUBBUB_RATE_LIMITS="off").start()
    den, plaza = json.loads(server.command("shell", "-v", "0", "-c", MAKE % PASSWORD))
    people = {part: Browser(server).sign_in(name) for part, name in {**OUTSIDERS, "member": "ann"}.items()}
    yield World(server, Place(**den, nonce="to-enter"), Place(**plaza, nonce="to-enter"), people)
    server.kill()


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
@outsiders
def test_a_page_is_not_there(world: World, path: str, outsider: str) -> None:
    who, place = world.people[outsider], world.hidden_from(outsider)
    hidden, nothing = fetched(who, path, place), fetched(who, path, NOWHERE)
    assert hidden == nothing
    assert hidden[0] == 404
    assert fetched(world.member, path, place)[0] == 200


@pytest.mark.parametrize("path", ASIDE)
@outsiders
def test_what_answers_everybody_knows_nothing_of_it(world: World, path: str, outsider: str) -> None:
    who, place = world.people[outsider], world.hidden_from(outsider)
    assert fetched(who, path, place) == fetched(who, path, NOWHERE)
    assert fetched(world.member, path, place) != fetched(world.member, path, NOWHERE)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: f"{form[0]} {' '.join(form[1])}")
@outsiders
def test_a_form_leads_nowhere(world: World, form: tuple[str, dict[str, str]], outsider: str) -> None:
    who, place = world.people[outsider], world.hidden_from(outsider)
    hidden, nothing = sent(who, form, place), sent(who, form, NOWHERE)
    assert hidden == nothing
    assert hidden[0] == 404
    if "delete" not in form[1]:  # it is needed until the end
        assert sent(world.member, form, place)[0] != 404


@pytest.mark.parametrize("path", NAMED)
@pytest.mark.parametrize("outsider", ["never", "lost"])
def test_its_name_is_nobody_s(world: World, path: str, outsider: str) -> None:
    def found(place: Place) -> tuple[int, str]:
        who = world.people[outsider]
        who.get(place.fill(path))
        own = re.compile(place.name.replace(" ", "(?: |%20|%2520)"), re.IGNORECASE)
        return who.status, own.sub("NAME", place.hidden_in(who.page))

    assert found(world.den) == found(NOWHERE)


@pytest.mark.parametrize("path", LISTS)
@outsiders
def test_a_list_does_not_tell_of_it(world: World, path: str, outsider: str) -> None:
    place = world.hidden_from(outsider)
    typed = [getattr(place, word) for word in ("name", "said") if f"{{{word}}}" in path]  # stands in the answer
    told = [secret for secret in place.secrets if secret not in typed]
    page = world.people[outsider].get(place.fill(path))
    assert not [secret for secret in told if secret in page]
    member = world.member.get(place.fill(path))
    assert [secret for secret in told if secret in member]


@outsiders
def test_nothing_in_it_counts(world: World, outsider: str) -> None:
    """It calls everybody who was there, and them by name."""
    page = world.people[outsider].get("/chat/lobby/")
    assert 'data-mentions="0"' in page
    assert "(" not in page.partition("<title>")[2].partition("</title>")[0]


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
@outsiders
async def test_a_command_is_refused(world: World, command: dict[str, Any], outsider: str) -> None:
    who, place = world.people[outsider], world.hidden_from(outsider)
    hidden, nothing = await answers(who, [command], place), await answers(who, [command], NOWHERE)
    assert hidden == nothing
    assert [json.loads(frame)["code"] for frame in hidden] == ["no_such_room"]
    member = await answers(world.member, [command], place)
    assert "no_such_room" not in "".join(member)


@pytest.mark.parametrize("command", AFTER_JOINING, ids=lambda command: command["type"])
@outsiders
async def test_what_comes_after_joining_is_for_who_could(world: World, command: dict[str, Any], outsider: str) -> None:
    who, place = world.people[outsider], world.hidden_from(outsider)
    joined = [{"type": "join", "room": "{key}"}, {**command, "ref": "it"}]
    hidden, nothing = await answers(who, joined, place), await answers(who, joined, NOWHERE)
    assert hidden == nothing
    assert await answers(world.member, joined, place) != hidden


@pytest.mark.parametrize("path", PLAIN_SOCKETS)
@outsiders
async def test_a_plain_socket_is_sent_away(world: World, path: str, outsider: str) -> None:
    async def heard(place: Place) -> tuple[int, list[str]]:
        talk = await dial(world.server, place.fill(path), browser=world.people[outsider])
        code = await talk.goodbye()
        return code, [place.hidden_in(json.dumps(frame)) for frame in talk.frames]

    room = world.hidden_from(outsider)
    hidden, nothing = await heard(room), await heard(NOWHERE)
    assert hidden == nothing
    assert hidden[0] == 4404
    member = await dial(world.server, room.fill(path), browser=world.member)
    await member.say(message="still here")
    await member.until("message", message="still here")
    await member.close()


@outsiders
async def test_the_welcome_does_not_list_it(world: World, outsider: str) -> None:
    async def welcome(who: Browser) -> str:
        talk = await dial(world.server, browser=who)
        frame = await talk.until("welcome")
        await talk.close()
        return json.dumps(frame)

    place = world.hidden_from(outsider)
    assert f'"{place.key}"' not in await welcome(world.people[outsider])
    assert f'"{place.key}"' in await welcome(world.member)


@pytest.mark.parametrize("command", MESSAGE_COMMANDS, ids=lambda command: " ".join(map(str, command.values())))
@outsiders
async def test_a_message_in_it_is_none(world: World, command: dict[str, Any], outsider: str) -> None:
    """Who lost access said it."""
    who, room = world.people[outsider], world.hidden_from(outsider)
    hidden, nothing = [await answers(who, [{**command, "id": place.message}], place) for place in (room, NOWHERE)]
    assert hidden == nothing
    assert [json.loads(frame)["code"] for frame in hidden] == [
        "no_such_message" if command.get("message", "x") else "empty"
    ]
    if (command["type"], outsider) != ("delete", "never"):  # it is needed until the end
        member = await answers(world.member, [{**command, "id": room.message}], room)
        assert "no_such_message" not in "".join(member)


@outsiders
async def test_a_message_in_it_is_quoted_nowhere_else(world: World, outsider: str) -> None:
    answer = {"type": "post", "room": "lobby", "message": "what did they say", "nonce": "{nonce}"}
    who, room = world.people[outsider], world.hidden_from(outsider)
    hidden, nothing = [await answers(who, [{**answer, "reply_to": place.message}], place) for place in (room, NOWHERE)]
    assert hidden == nothing
    assert [json.loads(frame)["code"] for frame in hidden] == ["no_such_message"]


# ── what is said to others ──


@outsiders
async def test_nobody_outside_hears_of_anything_that_is_done_in_it(world: World, outsider: str) -> None:
    room = world.hidden_from(outsider)
    outside = await dial(world.server, browser=world.people[outsider])
    await outside.say(type="join", room=room.key)
    await outside.until("refused")
    member = await dial(world.server, browser=world.member)
    await member.join(room.key)
    await member.say(type="typing", room=room.key)
    await member.say(type="post", room=room.key, message=f"@{OUTSIDERS[outsider]} only for us", nonce=f"for {outsider}")
    id = (await member.until("message", nonce=f"for {outsider}"))["id"]
    for command in (
        {"type": "edit", "message": f"@room, @{OUTSIDERS[outsider]}, otherwise"},
        {"type": "react", "emoji": "👍"}, {"type": "pin"}, {"type": "delete"},
    ):  # fmt: skip
        await member.say(**command, id=id, ref=command["type"])
        await member.until("ok", ref=command["type"])
    assert room.key not in json.dumps(await outside.quiet())
    for talk in (outside, member):
        await talk.close()


# ── the Python API ──

CALL = """
import json
from django.contrib.auth.models import User
from django.db import transaction
from hubbub import api
from hubbub.errors import Refusal
answers = {}
for part, name, key, message, called, said in json.loads(%r):
    who = User.objects.get(username=name)
    with transaction.atomic():
        try:
            answers[part] = repr(eval(%r, dict(api=api, who=who, key=key, message=message, name=called, said=said)))
        except Refusal as refusal:
            answers[part] = f"{refusal.code}: {refusal.message}"
        transaction.set_rollback(True)
print(json.dumps(answers))
"""


@pytest.mark.parametrize("call", CALLS)
def test_a_call_finds_nothing(world: World, call: str) -> None:
    asked = [
        (f"{part} {at}", name, place.key, place.message, place.name, place.said)
        for part, name in {**OUTSIDERS, "member": "bea"}.items()
        for at, place in (("room", world.hidden_from(part)), ("plaza", world.plaza), ("nowhere", NOWHERE))
    ]
    answers = json.loads(world.server.command("shell", "-v", "0", "-c", CALL % (json.dumps(asked), CALLS[call])))
    for part in OUTSIDERS:
        assert answers[f"{part} room"] == answers[f"{part} nowhere"]
    for place in ("room", "plaza"):
        assert answers[f"member {place}"] != answers["lost nowhere"]


# ── the tables ──


def test_every_door_is_in_a_table() -> None:
    paths = [
        NOWHERE.fill(path).partition("?")[0] for path in (*PAGES, *ASIDE, *NAMED, *LISTS, *(path for path, _ in FORMS))
    ]
    urls = {resolve(path).url_name for path in paths}
    assert urls | NO_DOORS.keys() >= {pattern.name for pattern in urlpatterns}
    commands = {command["type"] for command in (*COMMANDS, *MESSAGE_COMMANDS, *AFTER_JOINING)}
    assert commands | NO_DOORS.keys() >= {one.__struct_config__.tag for one in Command.__subclasses__()}
    assert {call.partition(" ")[0] for call in CALLS} | NO_DOORS.keys() >= set(api.__all__)
