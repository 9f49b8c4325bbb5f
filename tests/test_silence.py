"""Somebody silenced is not seen to type, and every window learns at once that they are silenced and that it is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from hubbub import chat, history
from hubbub.chat.typing import closed
from hubbub.identity import Identity
from hubbub.models import Membership
from hubbub.protocol import GUARDS, Member
from hubbub.stored import parsed
from tests.cast import Cast, say
from tests.conftest import StartServer
from tests.people import A_SECOND, Browser, Talk, dial
from tests.servers import Server

MAKE = """
from django.contrib.auth.models import User
from hubbub.api import post_message
for name in ("owner", "ana", "eve"):
    post_message("lobby", "hello", author=User.objects.create_user(name, password="correct horse battery"))
"""


class Stage:
    """A server with a lobby; owner moderates it."""

    def __init__(self, server: Server) -> None:
        self.server = server
        server.command("shell", "-v", "0", "-c", MAKE)
        self.owner, self.ana, self.eve = (Browser(server).sign_in(name) for name in ("owner", "ana", "eve"))
        self.ana.get("/chat/lobby/")
        self.person = self.ana.for_client["you"]["id"]
        self.talks: list[Talk] = []

    async def window(self, browser: Browser, **named: Any) -> Talk:
        self.talks.append(talk := await dial(self.server, browser=browser))
        await talk.join("lobby", **named)
        return talk

    def act(self, act: str, **fields: str) -> None:
        self.owner.get("/chat/lobby/-/about/")
        self.owner.post("/chat/lobby/-/about/", act=act, person=self.person, **fields)
        assert self.owner.status == 200


@pytest.fixture
async def stage(start_server: StartServer) -> AsyncIterator[Stage]:
    stage = Stage(start_server(HUBBUB_RATE_LIMITS="off"))
    yield stage
    for talk in stage.talks:
        await talk.close()


async def test_who_is_silenced_is_not_seen_to_type(stage: Stage) -> None:
    ana, eve = await stage.window(stage.ana), await stage.window(stage.eve)
    await ana.say(type="typing", room="lobby")
    await eve.until("typing")
    stage.act("silence", seconds="300")
    await ana.until("member", silenced_until=(await eve.until("member"))["silenced_until"])
    await ana.say(type="typing", room="lobby")
    refused = await ana.until("refused")
    assert (refused["code"], 290 < refused["retry_after"] <= 300) == ("silenced", True)
    assert "typing" not in [frame["type"] for frame in await eve.quiet()]
    stage.act("unsilence")
    await ana.until("member")
    await ana.say(type="typing", room="lobby")
    assert (await eve.until("typing"))["person"]["id"] == stage.person


async def test_every_window_learns_at_once_of_a_silence_and_of_its_end(stage: Stage) -> None:
    windows = [await stage.window(stage.ana), await stage.window(stage.ana, here=False), await stage.window(stage.eve)]
    began = timezone.now()
    stage.act("silence", seconds="300")
    for window in windows:
        member = await window.until("member", seconds=A_SECOND)
        assert (member["person"]["id"], member.get("standing", "in")) == (stage.person, "in")
        assert timedelta(seconds=299) < parsed(member["silenced_until"]) - began < timedelta(seconds=330)
    stage.act("unsilence")
    for window in windows:
        assert "silenced_until" not in await window.until("member", seconds=A_SECOND)


async def test_who_comes_back_learns_it_with_the_catch_up_and_from_the_welcome(stage: Stage) -> None:
    window = await stage.window(stage.ana)
    stood = window.frames[-1]["seq"] if window.frames[-1]["type"] == "synced" else 3
    await window.close()
    stage.act("silence", seconds="300")
    back = await stage.window(stage.ana, since=stood)
    (view,) = back.frames[0]["rooms"]
    assert (await back.until("member"))["silenced_until"] == view["silenced_until"]
    eve = await stage.window(stage.eve)
    assert "silenced_until" not in eve.frames[0]["rooms"][0]


def test_a_page_of_who_is_silenced_says_until_when_and_has_no_form(stage: Stage) -> None:
    stage.act("silence", seconds="604800")
    page = stage.ana.get("/chat/lobby/")
    assert "<hubbub-composer hidden" in page
    assert "A moderator has silenced you here until" in page
    assert "<hubbub-composer data-limit" in stage.eve.get("/chat/lobby/")
    stage.act("unsilence")
    assert "<hubbub-composer data-limit" in stage.ana.get("/chat/lobby/")


# ── in one process ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def cast(db: None) -> Cast:
    return Cast()


def member(who: Identity) -> Member:
    """What the catch-up of somebody who knows nothing says of this person."""
    documents = history.since(history.head("lobby"), 0, 50) or []
    (found,) = [one for one in documents if isinstance(one, Member) and one.person.id == who.id.hex]
    return found


def test_whatever_else_changes_of_them_they_stay_silenced_for_all_to_see(cast: Cast) -> None:
    say(cast.olga, "lobby", "mine")
    say(cast.ana, "lobby", "hello")
    stored = chat.act_now(cast.olga, "lobby", "silence", whom=cast.ana.id, seconds=600)
    until = member(cast.ana).silenced_until
    assert until is not None
    assert [frame.mark for _, frame in stored.announcements] == [GUARDS]
    for change in (
        lambda: chat.rename_now(cast.ana, "Ana Two"),
        lambda: chat.act_now(cast.olga, "lobby", "role", whom=cast.ana.id, text="moderator"),
    ):
        head = history.head("lobby").seq
        change()
        assert (member(cast.ana).silenced_until, member(cast.ana).changed) == (until, head + 1)


def test_to_give_the_word_back_to_who_has_it_takes_no_number(cast: Cast) -> None:
    say(cast.olga, "lobby", "mine")
    say(cast.ana, "lobby", "hello")
    head = history.head("lobby").seq
    assert not chat.act_now(cast.olga, "lobby", "unsilence", whom=cast.ana.id).announcements
    assert history.head("lobby").seq == head


def silence(cast: Cast, room: str) -> None:
    Membership.objects.filter(person_id=cast.ana.id).update(silenced_until=timezone.now() + timedelta(hours=1))


def archive(cast: Cast, room: str) -> None:
    chat.act_now(cast.olga, room, "archive")


def ban(cast: Cast, room: str) -> None:
    chat.act_now(cast.olga, room, "ban", whom=cast.ana.id)


@pytest.mark.parametrize(("act", "code"), [(silence, "silenced"), (archive, "archived"), (ban, "no_such_room")])
def test_who_can_say_nothing_is_not_seen_to_type(cast: Cast, act: Callable[[Cast, str], None], code: str) -> None:
    key = chat.make_room_now(cast.olga, "den", people=[cast.ana.id])
    say(cast.ana, key, "hello")
    assert closed(cast.ana, key) is None
    act(cast, key)
    refusal = closed(cast.ana, key)
    assert refusal is not None
    assert refusal.code == code


def test_between_two_of_whom_one_blocks_the_other_neither_is_seen_to_type(cast: Cast) -> None:
    key = chat.meet_now(cast.olga, [cast.ana.id])
    assert closed(cast.ana, key) is None
    chat.block_now(cast.olga, cast.ana.id, True)
    assert [refusal.message for who in (cast.olga, cast.ana) if (refusal := closed(who, key))] == [
        "You blocked them: they could not answer. Unblock them to write here.",
        "That can't be delivered here. Write to them in a room that you share.",
    ]
