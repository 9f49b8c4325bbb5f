"""A node whose clock is two hours ahead, and one that is an hour behind: order goes by numbers, and what one signed the
other takes. Time is bent with libfaketime in real server processes."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests import stack
from tests.databases import Redis
from tests.people import Browser, dial
from tests.servers import Server

pytestmark = pytest.mark.stack("sqlite", "it starts the databases that it needs itself")

AHEAD, BEHIND = "+7200", "-3600"  # seconds


class TwoTimes:
    """Two nodes that agree on everything but the time."""

    def __init__(self, folder: Path) -> None:
        faketime = shutil.which("faketime")
        assert faketime, "this test needs the program faketime: scripts/system_packages.sh installs it"
        self.postgres = stack.cluster(folder / "postgres").start()
        self.redis = Redis(folder).start()
        shared = {
            "HUBBUB_DATABASE_URL": self.postgres.url,
            "HUBBUB_REDIS_URL": self.redis.url,
            "HUBBUB_SECRET_KEY": "the same on all nodes of one server",
            "HUBBUB_RATE_LIMITS": "off",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.ahead, self.behind = (
            Server(folder / name, **shared, LD_PRELOAD=str(library()), FAKETIME=shift).start()
            for name, shift in (("ahead", AHEAD), ("behind", BEHIND))
        )

    def end(self) -> None:
        for part in (self.ahead, self.behind, self.redis, self.postgres):
            part.kill()


def library() -> Path:
    """The library that `faketime` preloads."""
    found = next(Path("/usr/lib").rglob("faketime/libfaketime.so.1"), None)
    assert found, "libfaketime is not where Debian has it"
    return found


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoTimes]:
    nodes = TwoTimes(tmp_path_factory.mktemp("clocks"))
    yield nodes
    nodes.end()


async def test_messages_are_in_the_order_of_their_numbers(nodes: TwoTimes) -> None:
    ahead, behind = await dial(nodes.ahead), await dial(nodes.behind)
    for talk in (ahead, behind):
        await talk.join("order")
    seqs, times = [], []
    for number in range(10):
        talk = (ahead, behind)[number % 2]
        answer = await talk.post("order", f"word {number}")
        seqs.append(answer["seq"])
        for reader in (ahead, behind):
            frame = await reader.until("message", message=f"word {number}")
            assert frame["seq"] == answer["seq"]
        times.append(datetime.fromisoformat(frame["at"]))
    assert seqs == list(range(1, 11))
    assert times[0] - times[1] > timedelta(hours=2, minutes=55), "the clocks do differ"
    page = Browser(nodes.behind).get("/chat/order/")
    places = [page.index(f">word {number}<") for number in range(10)]
    assert places == sorted(places)


async def test_a_ticket_and_a_session_of_one_are_good_at_the_other(nodes: TwoTimes) -> None:
    for home, abroad in ((nodes.ahead, nodes.behind), (nodes.behind, nodes.ahead)):
        browser = Browser(home)
        browser.get("/accounts/sign-up/")
        name = f"traveller{home.port}"
        browser.post("/accounts/sign-up/", username=name, password1="correct horse battery",
                     password2="correct horse battery")  # fmt: skip
        browser.get("/chat/abroad/")
        ticket = browser.for_client["ticket"]
        talk = await dial(abroad, f"/ws/?ticket={ticket}", browser=browser)
        welcome = await talk.until("welcome")
        assert welcome["you"]["name"] == name
        await talk.join("abroad")
        assert (await talk.post("abroad", "hello"))["type"] == "ok"
        await asyncio.sleep(2)  # the session behind a ticket is checked within a second
        assert not [frame for frame in await talk.quiet() if frame["type"] == "refused"]
        browser.post("/accounts/sign-out/")
        assert await talk.goodbye(10) == 4401


async def test_who_is_here_is_known_across_the_hours(nodes: TwoTimes) -> None:
    people = [await dial(nodes.ahead), await dial(nodes.behind)]
    for person in people:
        await person.say(type="join", room="here", here=True)
    for person in people:
        await person.until("here", count=2, seconds=20)
    await people[0].close()
    await people[1].until("here", count=1)
