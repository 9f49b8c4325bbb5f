"""A guest becomes the voice of an account while the account has sockets open elsewhere, under an id of its own: nobody
is two people, and nothing is said, counted, told or kept under the id that nobody has any more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from unittest import mock

import pytest
from django.contrib.auth.models import User
from django.db.models import QuerySet

from hubbub import chat, identity, sessions
from hubbub.identity import Identity
from hubbub.models import Person
from tests.cast import ANA, BEN, Cast, say
from tests.conftest import StartServer
from tests.people import PASSWORD, Browser, Talk, dial
from tests.servers import Server

NEW_IDENTITY = 4501

MAKE = f"""
from django.contrib.auth.models import User
from hubbub.api import post_message
for name in ("ana", "ben"):
    User.objects.create_user(name, password={PASSWORD!r})
post_message("lobby", "mine", author=User.objects.get(username="ben"))
"""


class Stage:
    """ana has an account and a socket by it, and speaks as a guest in another browser; ben talks to her."""

    def __init__(self, server: Server) -> None:
        self.server = server
        server.command("shell", "-v", "0", "-c", MAKE)
        self.ben = Browser(server).sign_in("ben")
        self.account, self.guest = Browser(server).sign_in("ana"), Browser(server)
        self.account.get("/chat/lobby/")
        self.ticket: str = self.account.for_client["ticket"]
        self.guest.get("/chat/lobby/")
        self.guest.post("/chat/lobby/", message="as a guest", nonce="g1")
        self.id: str = self.guest.for_client["you"]["id"]
        self.talks: list[Talk] = []

    async def call(self, browser: Browser, path: str = "/ws/") -> Talk:
        self.talks.append(talk := await dial(self.server, path, browser=browser))
        return talk

    async def joined(self, browser: Browser, path: str = "/ws/") -> Talk:
        talk = await self.call(browser, path)
        await talk.join("lobby", since=0)
        return talk

    async def sign_in_as_guest(self) -> None:
        await asyncio.to_thread(self.guest.sign_in, "ana")
        self.guest.get("/chat/lobby/")
        assert self.guest.for_client["you"] == {"id": self.id, "name": "ana", "guest": False}


@pytest.fixture
async def stage(start_server: StartServer) -> AsyncIterator[Stage]:
    stage = Stage(start_server(HUBBUB_RATE_LIMITS="off"))
    yield stage
    await asyncio.gather(*(talk.close() for talk in stage.talks))


async def test_sockets_of_the_account_and_of_the_guest_come_back_as_one_person(stage: Stage) -> None:
    account, guest = await stage.joined(stage.account), await stage.joined(stage.guest)
    assert account.frames[0]["you"]["id"] != stage.id
    await stage.sign_in_as_guest()
    assert [await account.goodbye(), await guest.goodbye()] == [NEW_IDENTITY] * 2
    again = [await stage.joined(browser) for browser in (stage.account, stage.guest)]
    assert [talk.frames[0]["you"]["id"] for talk in again] == [stage.id] * 2


async def test_a_ticket_of_before_is_good_for_a_second_and_no_longer(stage: Stage) -> None:
    await stage.sign_in_as_guest()
    late = await stage.joined(stage.account, f"/ws/?ticket={stage.ticket}")
    assert await late.goodbye(10) == NEW_IDENTITY


async def test_a_guest_who_comes_back_before_the_browser_has_the_new_cookies_is_sent_once_more(stage: Stage) -> None:
    before = stage.guest.cookies
    await stage.sign_in_as_guest()
    stage.talks.append(ghost := await dial(stage.server, cookies=before))
    assert await ghost.goodbye(10) == NEW_IDENTITY


async def test_what_is_said_counted_told_and_blocked_is_of_one_person(stage: Stage) -> None:
    first = await stage.joined(stage.account)
    await stage.sign_in_as_guest()
    await first.goodbye()
    ben = await stage.joined(stage.ben)
    await ben.post("lobby", "@ana are you there?")
    windows = [await stage.joined(browser) for browser in (stage.account, stage.guest)]
    for window in windows:  # called and unread under the id that holds
        (view,) = window.frames[0]["rooms"]
        assert (view["unread"], len(view["mentions"])) == (1, 1)
    here = await ben.until("here", count=2)
    assert {person["name"] for person in here["people"]} == {"ana", "ben"}
    await windows[0].post("lobby", "yes")
    assert (await ben.until("message", message="yes"))["author"]["id"] == stage.id
    await windows[0].say(type="read", room="lobby", seq=windows[0].frames[-1].get("seq", 99))
    assert (await windows[1].until("read"))["unread"] == 0
    await windows[0].say(type="block", person=ben.frames[0]["you"]["id"])
    assert (await windows[1].until("blocks"))["blocked"] == [ben.frames[0]["you"]["id"]]


async def test_who_is_banned_as_a_guest_is_banned_by_the_account_as_well(stage: Stage) -> None:
    """Under another id the account's socket would go on to read what its person may not."""
    account = await stage.joined(stage.account)
    await stage.sign_in_as_guest()
    stage.ben.get("/chat/lobby/-/about/")
    await asyncio.to_thread(stage.ben.post, "/chat/lobby/-/about/", act="ban", person=stage.id)
    assert stage.ben.status == 200
    await account.goodbye()
    late = await stage.call(stage.account)
    assert (await late.join("lobby"))["code"] == "no_such_room"


async def test_what_another_process_adopts_is_found_too(stage: Stage) -> None:
    """On SQLite no layer tells of it: the regular check finds it."""
    account, guest = await stage.joined(stage.account), await stage.joined(stage.guest)
    adopt = (
        "from django.contrib.auth.models import User; from hubbub import chat, identity; import uuid\n"
        f"chat.adopt_guest(identity.Identity(uuid.UUID({stage.id!r}), 'x'), User.objects.get(username='ana'))"
    )
    await asyncio.to_thread(stage.server.command, "shell", "-v", "0", "-c", adopt)
    assert [await account.goodbye(15), await guest.goodbye(15)] == [NEW_IDENTITY] * 2


# ── in one process ──────────────────────────────────────────────────────────────────────────────────


def test_an_account_that_speaks_in_the_moment_in_which_it_would_adopt_keeps_its_own_voice(
    transactional_db: Any,
) -> None:
    say(ANA, "lobby", "as a guest")
    user = User.objects.create_user("ana")
    exists = QuerySet.exists

    def speaks_first(found: QuerySet[Person]) -> bool:
        answer = exists(found)
        if not answer and not Person.objects.filter(user=user).count():
            Person.objects.create(id=identity.of_user(user).id, user=user, name="ana")
        return answer

    with mock.patch.object(QuerySet, "exists", speaks_first):
        chat.adopt_guest(ANA, user)
    assert Person.objects.get(user=user).pk == identity.of_user(user).id != ANA.id
    assert Person.objects.get(pk=ANA.id).user is None


@pytest.mark.django_db
def test_who_is_somebody_else_by_now_is_found_and_nobody_else() -> None:
    cast = Cast()
    met, stranger = cast.olga, identity.of_user(User.objects.create_user("new"))
    say(ANA, "lobby", "as a guest")
    say(BEN, "lobby", "so am I")
    unmet = Identity(BEN.id.__class__(int=0xF), "never spoke")
    user = User.objects.create_user("ana")
    early = identity.of_user(user)
    assert sessions.moved([met, stranger, ANA, BEN, unmet, early]) == set()
    Person.objects.filter(pk=ANA.id).update(user=user)
    assert sessions.moved([met, stranger, ANA, BEN, unmet, early, identity.of_user(user)]) == {ANA, early}
    assert sessions.moved([]) == set()
