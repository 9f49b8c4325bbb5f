"""PostgreSQL stopped, restarted, cut off, frozen (G9): refusals within a bounded time, never a hang, never an
acknowledgement of what is not stored, and back within ten seconds."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests import stack
from tests.links import Link
from tests.people import Browser, Talk, dial
from tests.servers import Server

pytestmark = pytest.mark.stack("sqlite", "it starts the databases that it needs itself")

REFUSED_WITHIN = 8.0  # 4 s of patience and what a busy machine adds
BACK_WITHIN = 10.0


class Home:
    """One node on PostgreSQL, with a line in between."""

    def __init__(self, folder: Path) -> None:
        self.postgres = stack.cluster(folder / "postgres").start()
        self.line = Link(self.postgres.port)
        self.server = Server(
            folder / "node", HUBBUB_DATABASE_URL=self.postgres.url_through(self.line.port), HUBBUB_RATE_LIMITS="off"
        ).start()

    def mend(self) -> None:
        """Everything runs and is open again, and the node knows it."""
        self.line.heal()
        if self.postgres.process is None:
            self.postgres.start()
        self.postgres.resume()
        deadline = time.monotonic() + 30
        while readiness(self.server)[0] != 200:
            assert time.monotonic() < deadline, "it does not come back"
            time.sleep(0.1)

    def end(self) -> None:
        self.server.kill()
        self.line.stop()
        self.postgres.kill()

    def stored(self, room: str) -> list[str]:
        """The texts of a room in order."""
        return self.postgres.query(
            "SELECT m.text FROM hubbub_message m JOIN hubbub_room r ON r.id = m.room_id"
            f" WHERE r.key = '{room}' ORDER BY m.seq"
        )


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    home = Home(tmp_path_factory.mktemp("home"))
    yield home
    home.end()


@pytest.fixture
def home(shared: Home) -> Home:
    shared.mend()
    return shared


def readiness(server: Server) -> tuple[int, str]:
    """The status of /readyz and what it says."""
    try:
        with urllib.request.urlopen(f"{server.url}/readyz", timeout=15) as answer:
            return answer.status, json.loads(answer.read())["status"]
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())["status"]


def stop(home: Home) -> None:
    home.postgres.stop()


def crash(home: Home) -> None:
    home.postgres.kill()


def freeze(home: Home) -> None:
    home.postgres.pause()


def cut(home: Home) -> None:
    home.line.cut()


def lose_everything_sent(home: Home) -> None:
    home.line.freeze()


@pytest.mark.parametrize("go_wrong", [stop, crash, freeze, cut, lose_everything_sent])
async def test_refusals_while_it_is_gone_and_posts_as_soon_as_it_is_back(
    home: Home, go_wrong: Callable[[Home], None]
) -> None:
    room = go_wrong.__name__
    talk, reader = await dial(home.server), await dial(home.server)
    for person in (talk, reader):
        await person.join(room)
    assert (await talk.post(room, "before", "n0"))["type"] == "ok"
    await asyncio.to_thread(go_wrong, home)

    begun = time.monotonic()
    answers = await all_answered(talk, room)
    assert {answer.get("code") for answer in answers} == {"try_again"}
    history = await asked(reader, type="history", room=room, ref="h")
    joined = await asked(reader, type="join", room=f"{room} too", ref="j")
    assert (history["code"], joined["code"]) == ("try_again", "try_again")
    assert time.monotonic() - begun < 2 * REFUSED_WITHIN
    await asyncio.to_thread(page_says_to_come_back, home.server)
    assert await asyncio.to_thread(readiness, home.server) == (503, "down")

    await asyncio.to_thread(home.mend)
    begun = time.monotonic()
    for number in range(40):
        while (await answered(talk, room, number))["type"] != "ok":
            assert time.monotonic() - begun < BACK_WITHIN, "nothing is refused from then on"
            await asyncio.sleep(0.2)
    assert sorted(home.stored(room)) == sorted(["before", *(f"word {number}" for number in range(40))])
    await reader.until("message", message="word 39")
    await asyncio.to_thread(Browser(home.server).get, f"/chat/{room}/")
    assert_no_thread_is_stuck(home)


async def answered(talk: Talk, room: str, number: int) -> dict[str, Any]:
    """The answer to a post, within the bound."""
    async with asyncio.timeout(REFUSED_WITHIN):
        return await talk.post(room, f"word {number}", f"nonce {number}")


async def all_answered(talk: Talk, room: str) -> list[dict[str, Any]]:
    """The answers to forty posts at once, each within the bound."""
    for number in range(40):
        await talk.say(type="post", room=room, message=f"word {number}", nonce=f"nonce {number}")
    async with asyncio.timeout(REFUSED_WITHIN):
        return [await talk.until("ok", "refused", nonce=f"nonce {number}") for number in range(40)]


async def asked(talk: Talk, **command: Any) -> dict[str, Any]:
    """The answer to a command, within the bound."""
    await talk.say(**command)
    async with asyncio.timeout(REFUSED_WITHIN):
        return await talk.until("refused", "history", "joined", ref=command["ref"])


def page_says_to_come_back(server: Server) -> None:
    begun = time.monotonic()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{server.url}/chat/lobby/", timeout=15)
    page = refused.value.read().decode()
    assert refused.value.code == 503
    assert refused.value.headers["Retry-After"] == "5"
    assert "no-store" in refused.value.headers["Cache-Control"]
    assert "Try again in a moment" in page
    assert "Traceback" not in page
    assert time.monotonic() - begun < REFUSED_WITHIN


def assert_no_thread_is_stuck(home: Home) -> None:
    """All that waits for the database in the server is idle: nothing is active or in a transaction there."""
    deadline = time.monotonic() + 5
    busy = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND state <> 'idle'"
    while home.postgres.query(f"{busy} AND pid <> pg_backend_pid()") != ["0"]:
        assert time.monotonic() < deadline
        time.sleep(0.1)


async def test_a_commit_whose_answer_is_lost_is_found_again_by_the_nonce(home: Home) -> None:
    talk = await dial(home.server)
    await talk.join("lost answer")
    assert (await talk.post("lost answer", "before"))["type"] == "ok"
    for way, text in (("down", "committed"), ("up", "never arrived")):
        mark = b"COMMIT\x00" if way == "down" else b"COMMIT"
        sprung = home.line.cut_at(way, mark)
        first = await talk.post("lost answer", text, f"nonce of {text}")
        assert first["code"] == "try_again"
        assert sprung.is_set(), "the line was cut at the commit"
        home.line.heal()
        again = await until_ok(talk, "lost answer", text)
        assert home.stored("lost answer").count(text) == 1
        seen = await talk.until("message", message=text)
        assert seen["seq"] == again["seq"]


async def until_ok(talk: Talk, room: str, text: str) -> dict[str, Any]:
    async with asyncio.timeout(BACK_WITHIN):
        while (answer := await talk.post(room, text, f"nonce of {text}"))["type"] != "ok":  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        return answer


async def test_a_room_that_somebody_keeps_locked_is_refused_and_its_backends_do_not_pile_up(home: Home) -> None:
    talk = await dial(home.server)
    await talk.join("locked")
    assert (await talk.post("locked", "before"))["type"] == "ok"
    with psycopg.connect(host="127.0.0.1", port=home.postgres.port, user="hubbub", dbname="hubbub") as other:
        other.execute("SELECT * FROM hubbub_room WHERE key = 'locked' FOR UPDATE")
        for number in range(2):
            assert (await answered(talk, "locked", number))["code"] == "try_again"
        waiting = home.postgres.query("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        assert waiting == ["0"], "who was refused waits no more"
    assert (await answered(talk, "locked", 0))["type"] == "ok"


async def test_the_server_stops_in_time_while_the_database_is_frozen(home: Home) -> None:
    talk = await dial(home.server)
    await talk.join("stopping")
    home.postgres.pause()
    await talk.say(type="post", room="stopping", message="now", nonce="now")
    await asyncio.sleep(0.2)
    begun = time.monotonic()
    assert await asyncio.to_thread(home.server.stop) == 0
    assert time.monotonic() - begun < 10 + 2  # ten seconds, and what a busy machine takes to end a process
    home.postgres.resume()
    await asyncio.to_thread(home.server.start)


async def test_it_is_said_once_for_each_thing_that_fails(home: Home) -> None:
    talk = await dial(home.server)
    await talk.join("log")
    before = len(home.server.log.read_text().splitlines())
    home.line.cut()
    for number in range(3):
        await answered(talk, "log", number)
        await asyncio.to_thread(Browser(home.server).get, "/chat/log/")
    await asyncio.sleep(3)
    await asyncio.to_thread(home.mend)
    lines = home.server.log.read_text().splitlines()[before:]
    assert 3 <= len(lines) <= 10, "\n".join(lines)
    assert "error connecting" in home.server.log.read_text(), "the reason is said too, once a minute"
    assert not any("Traceback" in line for line in lines)


async def test_who_connects_while_it_is_gone_is_told_to_come_back(home: Home) -> None:
    home.line.cut()
    codes = []
    for _ in range(3):
        talk = await dial(home.server)
        codes.append(await talk.goodbye())
    assert codes == [1013] * 3
