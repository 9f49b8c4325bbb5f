"""SIGTERM under load (G7): what is in flight is finished, everybody hears 1012, the process ends, all come back."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest

from tests.conftest import StartServer
from tests.databases import wait_until
from tests.faults.checker import History, assert_agreement, stored
from tests.faults.clients import spread_of, until
from tests.faults.crowd import Crowd
from tests.faults.raw import TEXT, connected, frame, shake_hands
from tests.people import dial
from tests.servers import Server

ROOMS = ("attic", "cellar", "garden")
EXIT_SECONDS = 10
ENDED = (0, -signal.SIGTERM)  # by itself, or by the very signal it was asked with, as uvicorn does


async def test_a_restart_under_load_loses_nothing_and_everybody_resumes(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_RATE_LIMITS="off")
    history = History()
    async with Crowd(server, ROOMS, history, size=12, seed=7) as crowd:
        crowd.start_talking()
        await until(lambda: len(history.acknowledged) > 200, 15, "a lively talk")
        code, seconds = await asyncio.to_thread(_stop, server)
        await until(lambda: all(client.codes for client in crowd.clients), 5, "everybody noticed")
        acknowledged = dict(history.acknowledged)
        kept = {told.text: told.seq for log in stored(server.data).values() for told in log}

        await asyncio.to_thread(server.start)
        await crowd.hush()
        await crowd.none_is_waiting()
        database = stored(server.data)
        await crowd.all_have({room: len(log) for room, log in database.items()})
        assert_agreement(history, database)
    print(f"\nstopped in {seconds:.2f} s; {len(acknowledged)} acknowledged before; Goodbyes", end=" ")
    print(sorted({client.codes[0] for client in crowd.clients}, key=str))
    assert code in ENDED
    assert seconds < EXIT_SECONDS
    assert {client.codes[0] for client in crowd.clients} == {1012}
    assert acknowledged.items() <= kept.items()


@pytest.mark.stack("sqlite", "it looks into the file and holds its one lock")
async def test_what_is_asked_while_it_drains_is_refused_and_what_was_in_flight_is_answered(
    start_server: StartServer,
) -> None:
    server = start_server("fast", HUBBUB_RATE_LIMITS="off")
    talk, script = await dial(server), await dial(server, "/ws/chat/attic/")
    await talk.join("attic")
    with closing(sqlite3.connect(server.data / "hubbub.sqlite3", isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        await talk.say(type="post", room="attic", message="in flight", nonce="early", ref="early")
        await talk.say(type="ping", ref="sent")
        await talk.until("pong", ref="sent")
        assert server.process is not None
        server.process.send_signal(signal.SIGTERM)
        refused: dict[str, Any] = {}
        while refused.get("code") != "try_again":  # until the signal has been heard
            await talk.say(type="ping", ref="too late")
            refused = await talk.until("pong", "refused", ref="too late")
        await talk.say(type="post", room="attic", message="late", nonce="late", ref="late")
        refused = await talk.until("refused", ref="late")
        assert (refused["code"], refused["nonce"]) == ("try_again", "late")
        assert refused["retry_after"] > 0
        await script.say(message="late too")
        assert (await script.until("refused"))["code"] == "try_again"
        lock.execute("ROLLBACK")
    assert (await talk.until("ok", ref="early"))["seq"] == 1
    assert await talk.goodbye() == 1012
    assert spread_of(talk.socket.close_reason or "") == 0.5
    assert [told.text for told in stored(server.data)["attic"]] == ["in flight"]


def test_a_reader_who_does_not_read_and_a_half_sent_request_do_not_hold_up_the_exit(
    start_server: StartServer,
) -> None:
    server = start_server("fast", HUBBUB_RATE_LIMITS="off")
    with (
        connected(server.port, receive_buffer=4096) as sleeper,
        connected(server.port) as half,
        connected(server.port) as speaker,
    ):
        half.sendall(b"GET /chat/ HTTP/1.1\r\nHost: loc")
        shake_hands(sleeper, server.port, "/ws/chat/hall/", "")
        shake_hands(speaker, server.port, "/ws/chat/hall/", "")
        for _ in range(40):  # more than the kernel keeps for the sleeper, less than the server does
            speaker.sendall(frame(b'{"message":"' + b"x" * 8000 + b'"}', TEXT))
            _hear_one(speaker)
        code, seconds = _stop(server)
    assert code in ENDED
    assert seconds < EXIT_SECONDS


async def test_a_thread_that_waits_for_an_answer_does_not_hold_up_the_exit(start_server: StartServer) -> None:
    server = start_server("fast", DJANGO_SETTINGS_MODULE="tests.deaf_settings")
    talk = await dial(server)
    await asyncio.to_thread(wait_until, lambda: "does not answer" in server.log.read_text(), "the policy is not asked")
    code, seconds = await asyncio.to_thread(_stop, server)
    assert code in ENDED
    assert seconds < EXIT_SECONDS
    assert await talk.goodbye() == 1012


def test_ctrl_c_ends_it_without_a_traceback(start_server: StartServer) -> None:
    server = start_server("fast")
    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(EXIT_SECONDS) in (0, 130, -signal.SIGINT)
    assert "Traceback" not in server.log.read_text()


def _stop(server: Server) -> tuple[int, float]:
    began = time.monotonic()
    return server.stop(), time.monotonic() - began


def _hear_one(speaker: object) -> None:
    """Read until a whole message was heard: it ends with its nonce."""
    heard = b""
    while not heard.endswith(b'"}'):
        heard += speaker.recv(65536)  # type: ignore[attr-defined]
