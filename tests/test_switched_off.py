"""An account that was switched off where no signal tells of it, as by `queryset.update`: each door asks when used.
A socket that is open ends with the regular check (tests/sockets/test_session_checks.py); here there is none.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from tests.people import PASSWORD, Browser, dial
from tests.servers import Server
from tests.sockets.live import LIVE, run

MAKE = f"""
from django.contrib.auth.models import User
from hubbub import api, chat, identity
olga, ana, ben = (User.objects.create_user(name, password={PASSWORD!r}) for name in ("olga", "ana", "ben"))
User.objects.filter(pk=ana.pk).update(is_staff=True)
den = api.make_room("den", author=olga, kind="private", people=[ana])
chat.act_now(identity.of_user(olga), den, "role", whom=identity.of_user(ana).id, text="moderator")
said = api.post_message(den, "the password is rosebud", author=ana)
others = api.post_message(den, "Olga's own", author=olga)
link = api.make_invitation(den, author=ana)
import json
print(json.dumps([den, said.id, others.id, link.get_absolute_url(), identity.of_user(ana).id.hex]))
"""
SWITCH = "from django.contrib.auth.models import User\nUser.objects.filter(username='ana').update(is_active={})"
STANDS = """
import json
from hubbub.models import Membership, Message
print(json.dumps([sorted(Message.objects.values_list("text", "reactions")),
                  sorted(Membership.objects.values_list("room__key", "person__name", "standing"))]))
"""
MODERATES = """
from django.contrib.auth.models import User
from hubbub import access, identity
print(access.moderates_all(identity.of_user(User.objects.get(username="ana"))))
"""


class Stage:
    """Ana, who moderates the den, with everything in her hands that she had before she was switched off."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.den, self.said, self.others, self.link, self.id = json.loads(run(server, MAKE))
        self.path = f"/chat/-/room/{self.den.removeprefix('-/')}/"
        self.ana, self.ben = Browser(server).sign_in("ana"), Browser(server).sign_in("ben")
        self.ana.get(self.path)
        self.ticket = self.ana.for_client["ticket"]
        self.form = self.ana.page

    def get(self, path: str) -> str:
        return self.ana.get(path)

    def post(self, path: str, **fields: str) -> str:
        self.ana.page = self.form  # which was open before
        return self.ana.post(path, **fields)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    server = Server(tmp_path_factory.mktemp("off") / "data", **LIVE).start()
    try:
        yield Stage(server)
    finally:
        server.kill()


@pytest.fixture(scope="module")
def switched_off(stage: Stage) -> Stage:
    run(stage.server, SWITCH.format(False))
    return stage


def shows(text: str) -> bool:
    return "rosebud" in text


async def by_ticket(stage: Stage, *, path: str = "/ws/", **command: Any) -> bool:
    """Whether a command is obeyed that is sent at once, by the ticket of a page from before."""
    talk = await dial(stage.server, f"{path}?ticket={stage.ticket}", browser=stage.ana)
    try:
        await talk.say(**command)
        code = await talk.goodbye(seconds=10)
    finally:
        await talk.close()
    return code != 4401 or "ok" in {frame.get("type") for frame in talk.frames}


async def by_session(stage: Stage) -> bool:
    talk = await dial(stage.server, browser=stage.ana)
    welcome = await talk.until("welcome")
    joined = await talk.join(stage.den)
    await talk.close()
    return welcome["you"]["id"] == stage.id or joined.get("code") != "no_such_room"


def page(path: str) -> Callable[[Stage], Any]:
    return lambda stage: shows(stage.get(path.format(**vars(stage))))


def form(path: str, **fields: str) -> Callable[[Stage], Any]:
    """What comes of it is compared afterwards."""

    def send(stage: Stage) -> bool:
        stage.post(path.format(**vars(stage)), **fields)
        return stage.ana.status < 400 and shows(stage.ana.page)

    return send


def command(**command: Any) -> Callable[[Stage], Awaitable[bool]]:
    def send(stage: Stage) -> Awaitable[bool]:
        return by_ticket(stage, **{key: getattr(stage, value[1:]) if str(value)[:1] == "$" else value
                                   for key, value in command.items()})  # fmt: skip

    return send


def their_link(stage: Stage) -> bool:
    stage.ben.get(stage.link)
    return stage.ben.status != 404


def in_by_their_link(stage: Stage) -> bool:
    stage.ben.get("/chat/lobby/")
    stage.ben.post(stage.link)
    return stage.ben.status != 404


def signing_in(stage: Stage) -> bool:
    browser = Browser(stage.server).sign_in("ana")
    return "errorlist" not in browser.page and shows(browser.get(stage.path))


DOORS: dict[str, Callable[[Stage], Any]] = {
    "room": page("{path}"),
    "about": page("{path}-/about/"),
    "acts": lambda stage: stage.get(f"{stage.path}-/acts/") and stage.ana.status == 200,
    "pins": page("{path}-/pins/"),
    "permalink": page("{path}1/"),
    "message": page("/chat/-/message/{said}/"),
    "search": page("/chat/-/search/?q=password"),
    "mentions": page("/chat/-/mentions/"),
    "rooms": lambda stage: stage.den in stage.get("/chat/"),
    "switcher": lambda stage: stage.den in stage.get("/chat/-/switcher/?q=den"),
    "form: say": form("{path}", message="let me in", nonce="f1"),
    "form: edit": form("/chat/-/message/{said}/", edit="changed"),
    "form: delete as a moderator": form("/chat/-/message/{others}/", delete="1"),
    "form: rename": form("{path}-/about/", act="rename", text="Mine"),
    "form: invite": form("{path}-/about/", act="invite"),
    "sign in": signing_in,
    "socket by session": by_session,
    "socket by ticket: say": command(type="post", room="$den", message="let me in", nonce="t1", ref="1"),
    "socket by ticket: slash": command(type="post", room="$den", message="/topic Mine", nonce="t2", ref="1"),
    "socket by ticket: edit": command(type="edit", id="$said", message="changed", ref="1"),
    "socket by ticket: delete": command(type="delete", id="$others", ref="1"),
    "socket by ticket: react": command(type="react", id="$others", emoji="👍", ref="1"),
    "socket by ticket: stay": command(type="ping"),
    "plain socket by ticket: say": command(path="/ws/chat/lobby/", message="let me in"),
    "link": their_link,
    "in by link": in_by_their_link,
    "moderating everywhere": lambda stage: "True" in run(stage.server, MODERATES),
}


def test_before_it_was_switched_off_the_account_was_let_through(stage: Stage) -> None:
    """So that the doors below are doors."""
    for name in ("room", "message", "search", "rooms", "switcher", "acts", "link", "moderating everywhere"):
        assert DOORS[name](stage), name


@pytest.fixture
async def untouched(switched_off: Stage) -> AsyncIterator[None]:
    """Nothing is another afterwards."""
    before = await asyncio.to_thread(run, switched_off.server, STANDS)
    yield
    assert await asyncio.to_thread(run, switched_off.server, STANDS) == before


@pytest.mark.parametrize("kind", ["reading", "changing"])
async def test_no_door_lets_it_through(switched_off: Stage, untouched: None, kind: str) -> None:
    """Two turns, for each of which the database is looked at before and after."""
    chosen = {name: door for name, door in DOORS.items() if (":" in name or "in by" in name) == (kind == "changing")}
    open_doors = []
    for name, door in chosen.items():
        answer = door(switched_off) if "socket" in name else await asyncio.to_thread(door, switched_off)
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            open_doors.append(name)
    assert open_doors == []


async def test_switched_on_again_it_is_let_in_again(switched_off: Stage) -> None:
    await asyncio.to_thread(run, switched_off.server, SWITCH.format(True))
    assert await asyncio.to_thread(DOORS["link"], switched_off)
    await asyncio.to_thread(switched_off.ana.sign_in, "ana")
    assert shows(await asyncio.to_thread(switched_off.get, switched_off.path))
