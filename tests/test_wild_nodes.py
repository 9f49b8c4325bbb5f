"""Two real nodes on one database, and a layer between them that loses, doubles and delays by a seed, while people talk,
edit, take back, react, pin, change their names, are silenced, banned and erased, and come and go: in the end what each
window holds is a fresh page, and what it was told of the room and its members is as the database has it.

tests/model plays the same in one process, where it decides when what happens. Here time, threads and sockets are real.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from uuid import UUID

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from hubbub.identity import Identity
from tests.clusters import Cluster
from tests.model.client import ROOM, look
from tests.model.conversation import EMOJI
from tests.model.test_rooms import Member, part_of
from tests.people import PASSWORD, Browser, Talk, dial
from tests.servers import Server
from tests.test_nodes import heard

pytestmark = pytest.mark.stack("sqlite", "it starts the databases that it needs itself")

NAMES = ("olga", "ana", "ben", "eve")  # olga owns the room; eve is banned now and then
ROUNDS, AT_ONCE = int(os.environ.get("HUBBUB_ROUNDS", "25")), 8
SETTLED_SECONDS = 60

MAKE = f"""
from django.contrib.auth.models import User
from hubbub.api import post_message
for name in {NAMES!r}:
    user = User.objects.create_user(name, password={PASSWORD!r})
    post_message({ROOM!r}, f"I am {{name}}.", author=user)
"""

# The room as whoever comes now finds it.
FRESH = f"""
import json, msgspec
from hubbub import history
from hubbub.protocol import Member
head = history.head({ROOM!r})
messages = history.page(head, 10_000).messages
members = [one for one in history.since(head, 0, 10_000) if isinstance(one, Member)]
as_json = lambda events: [json.loads(msgspec.json.encode(event)) for event in events]
state = [head.name, head.topic, head.archived, head.slow]
print(json.dumps({{"seq": head.seq, "state": state, "messages": as_json(messages), "members": as_json(members)}}))
"""


class Window(Member):
    """A client by docs/protocol.md, at a real node; it knows the members that it was told of."""

    def __init__(self, browser: Browser) -> None:
        browser.get(f"/chat/{ROOM}/")
        page = browser.for_client
        super().__init__(Identity(UUID(page["you"]["id"]), page["you"]["name"]))
        self.resets = -1
        self.begin([], 0)
        self.browser, self.epoch = browser, page["epoch"]
        self.talk: Talk | None = None
        self.hearing: asyncio.Task[None] | None = None

    async def sit_down(self, node: Server) -> None:
        """A new line, at this node."""
        self.talk = await dial(node, browser=self.browser)
        self.state = "connecting"
        self.node = node  # type: ignore[assignment]  # a real one: only that there is one matters
        self.hearing = asyncio.get_running_loop().create_task(self._listen(self.talk))

    async def stand_up(self) -> None:
        """The line breaks; whatever was on its way is lost."""
        if self.talk is not None and self.hearing is not None:
            self.hearing.cancel()
            await asyncio.gather(self.hearing, return_exceptions=True)
            await self.talk.close()
        self.talk, self.hearing, self.node, self.state = None, None, None, "offline"

    async def _listen(self, talk: Talk) -> None:
        try:
            while True:
                self.hear(json.loads(await talk.socket.recv()))
        except ConnectionClosed:
            self.node, self.state = None, "offline"

    def send(self, command: dict[str, Any]) -> None:
        if self.talk is not None:
            task = asyncio.get_running_loop().create_task(self.talk.say(**command))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "refused" and frame["code"] != "no_such_room":
            self.unacknowledged.pop(frame.get("nonce", ""), None)  # overtaken, silenced, or too many of something
        else:
            super().hear(frame)

    def apply(self, frame: dict[str, Any]) -> None:
        super().apply(frame)
        if frame["type"] == "message":
            self.back(frame)

    def back(self, message: dict[str, Any]) -> None:
        """Whoever says something is in the room, if that was not known of a later number."""
        who = message["author"]["id"]
        number, (role, _, silenced) = self.parts.get(who, (message["seq"], ("", "", None)))
        if number < message["seq"]:
            self.parts[who] = number, (role, "in", silenced)

    def begin(self, messages: list[dict[str, Any]], ordinal: int) -> None:
        super().begin(messages, ordinal)
        self.resets += 1


class Stage:
    """Two nodes, two windows of each but Eve, who has one; and the dice that say what happens."""

    def __init__(self, cluster: Cluster, seed: int) -> None:
        self.cluster, self.dice, self.said = cluster, random.Random(seed), 0
        cluster.nodes[0].command("shell", "-v", "0", "-c", MAKE)
        self.pages = {name: Browser(self.dice.choice(cluster.nodes)).sign_in(name) for name in NAMES}
        self.windows = [Window(self.pages[name]) for name in (*NAMES, "ana", "ben")]
        self.ids = {name: window.person.id.hex for name, window in zip(NAMES, self.windows, strict=False)}

    async def begin(self) -> None:
        for place, window in enumerate(self.windows):
            await window.sit_down(self.cluster.nodes[place % 2])
        await self.until(lambda: all(window.state == "live" for window in self.windows))

    # ── what happens ──

    async def something(self) -> None:
        """One thing that somebody does."""
        window = self.dice.choice(self.windows)
        match self.dice.choices(["says", "does", "goes", "is told by form"], [5, 9, 1, 2])[0]:
            case "says":
                answers = self.dice.choice([None, *[message["id"] for message in window.shown]])
                self.say(window, answers)
            case "does":
                self.do(window)
            case "goes":
                await window.stand_up()
                await window.sit_down(self.dice.choice(self.cluster.nodes))
            case _:
                await asyncio.to_thread(self.by_form)

    def say(self, window: Window, answers: int | None) -> None:
        self.said += 1
        window.say(f"word {self.said} @{self.dice.choice(NAMES)}.", answers)

    def do(self, window: Window) -> None:
        what = self.dice.choice(["edit", "delete", "react", "unreact", "pin", "unpin"])
        own = what in ("edit", "delete")
        found = [m for m in window.shown if not own or m["author"]["id"] == window.person.id.hex]
        if not found:
            return
        id = self.dice.choice(found)["id"]
        match what:
            case "edit":
                self.said += 1
                window.ask("edit", id, message=f"edited {self.said}.")
            case "delete":
                window.ask("delete", id)
            case "react" | "unreact":
                window.ask("react", id, emoji=self.dice.choice(EMOJI), on=what == "react")
            case _:
                window.ask("pin", id, on=what == "pin")

    def by_form(self) -> None:
        """What pages do: names, and what Olga does to the room and to who is in it."""
        about, whom = f"/chat/{ROOM}/-/about/", self.ids[self.dice.choice(NAMES[1:])]
        acts: list[Callable[[], str]] = [
            lambda: self.form(
                self.dice.choice(NAMES), "/chat/-/name/", name=f"{uuid.UUID(int=self.dice.getrandbits(128))!s:.8}"
            ),
            lambda: self.form("olga", about, act="topic", text=f"topic {self.said}"),
            lambda: self.form("olga", about, act="silence", person=whom, seconds="300"),
            lambda: self.form("olga", about, act="unsilence", person=whom),
            lambda: self.form("olga", about, act="ban", person=self.ids["eve"], erase="on"),
            lambda: self.form("olga", about, act="unban", person=self.ids["eve"]),
        ]
        self.dice.choice(acts)()

    def form(self, who: str, path: str, /, **fields: str) -> str:
        browser = self.pages[who]
        browser.server = self.dice.choice(self.cluster.nodes)
        browser.get("/chat/")
        return browser.post(path, **fields)

    # ── the end ──

    async def settle(self) -> dict[str, Any]:
        """Nobody is out, silenced or away; everybody has what there is. The room as a newcomer finds it."""
        about = f"/chat/{ROOM}/-/about/"
        await asyncio.to_thread(self.form, "olga", about, act="unban", person=self.ids["eve"])
        for name in NAMES[1:]:
            await asyncio.to_thread(self.form, "olga", about, act="unsilence", person=self.ids[name])
        for window in self.windows:
            if window.state in ("offline", "out"):
                await window.stand_up()
                await window.sit_down(self.dice.choice(self.cluster.nodes))
        for window in self.windows:
            for nonce in list(window.unacknowledged):
                window.post(nonce)
        await self.until(lambda: not any(window.unacknowledged for window in self.windows))
        fresh = await self.fresh()
        await self.until(lambda: all((w.state, w.cursor) == ("live", fresh["seq"]) for w in self.windows))
        return fresh

    async def fresh(self) -> dict[str, Any]:
        printed = await asyncio.to_thread(self.cluster.nodes[0].command, "shell", "-v", "0", "-c", FRESH)
        return dict(json.loads(printed.splitlines()[-1]))

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(SETTLED_SECONDS):
            while not true():
                self.check_alive()
                await asyncio.sleep(0.02)

    def check_alive(self) -> None:
        """A window that met something impossible says so."""
        for window in self.windows:
            if window.hearing is not None and window.hearing.done() and not window.hearing.cancelled():
                window.hearing.result()

    async def end(self) -> None:
        for window in self.windows:
            await window.stand_up()


SEEDS = [int(seed) for seed in os.environ.get("HUBBUB_SEEDS", "1,2").split(",")]
LIMITS = {0: {"TESTED_CATCH_UP_LIMIT": "12", "TESTED_RECENT_FRAMES": "4"}, 1: {}}  # for even and odd seeds


@pytest.fixture(scope="module", params=SEEDS)
def seed(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def cluster(seed: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    wild = {"DJANGO_SETTINGS_MODULE": "tests.wild_settings", "PYTHONPATH": ".", "TESTED_SEED": str(seed)}
    made = Cluster(tmp_path_factory.mktemp("wild"), **wild, **LIMITS[seed % 2])
    try:
        yield made.start()
    finally:
        made.end()


@pytest.fixture
async def stage(cluster: Cluster, seed: int) -> AsyncIterator[Stage]:
    made = await asyncio.to_thread(Stage, cluster, seed)
    await made.begin()
    yield made
    await made.end()


async def test_what_each_window_holds_in_the_end_is_a_fresh_page(stage: Stage) -> None:
    for _ in range(ROUNDS):
        for _ in range(AT_ONCE):
            await stage.something()
        stage.check_alive()
        await asyncio.sleep(stage.dice.uniform(0, 0.2))
    fresh = await stage.settle()
    page = look(fresh["messages"])
    members = {one["person"]["id"]: (one["changed"], part_of(one)) for one in fresh["members"]}
    for window in stage.windows:
        assert look(window.shown) == page[window.beginning :]
        assert window.state_of_room == tuple(fresh["state"])
        assert window.parts == {id: part for id, part in members.items() if id in window.parts or not window.resets}
    assert {m["message"] for m in fresh["messages"] if m.get("deleted")} <= {""}


@pytest.mark.parametrize("seed", [1], indirect=True, scope="module")
async def test_what_is_said_at_both_nodes_arrives_once_and_in_order_at_plain_sockets(cluster: Cluster) -> None:
    """Which know no numbers, and so no gap."""
    north, south = cluster.nodes
    async with connect(f"{north.ws}/ws/chat/wild/") as ana, connect(f"{south.ws}/ws/chat/wild/") as ben:
        for number in range(100):
            await ana.send(json.dumps({"message": f"ana {number}"}))
            await ben.send(json.dumps({"message": f"ben {number}"}))
            await asyncio.sleep(0.01)
        at_ana = [await heard(ana, 20) for _ in range(200)]
        at_ben = [await heard(ben, 20) for _ in range(200)]
    assert [frame["seq"] for frame in at_ana] == list(range(1, 201))
    assert at_ana == at_ben
