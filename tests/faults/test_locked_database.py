"""A database that can't be written (G9): posts are refused, not acknowledged; reading goes on; a retry succeeds."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.conftest import StartServer
from tests.faults.checker import stored

ANSWERED_WITHIN = 8.0  # 4 s of patience and what a busy machine adds

pytestmark = pytest.mark.stack("sqlite", "one lock for the whole database is SQLite's alone")


def test_while_another_process_holds_the_lock_posts_are_refused_and_then_succeed(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_RATE_LIMITS="off")
    with connect(f"{server.ws}/ws/", subprotocols=["hubbub.v1"]) as socket:
        _ask(socket, {"type": "join", "room": "vault"}, "joined")
        first = _post(socket, "before")
        with closing(sqlite3.connect(server.data / "hubbub.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            refused = _post(socket, "meanwhile")
            page = _ask(socket, {"type": "history", "room": "vault"}, "history")
            other.execute("ROLLBACK")
        again = _post(socket, "meanwhile")

    assert refused["code"] == "try_again"
    assert refused["nonce"] == "nonce of meanwhile"
    assert refused["retry_after"] > 0
    assert [message["message"] for message in page["messages"]] == ["before"], "reading works"
    assert (first["type"], again["type"]) == ("ok", "ok")
    assert [told.text for told in stored(server.data)["vault"]] == ["before", "meanwhile"]


def test_however_long_the_lock_is_held_each_answer_comes_in_bounded_time(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_RATE_LIMITS="off")
    with connect(f"{server.ws}/ws/", subprotocols=["hubbub.v1"]) as socket:
        _ask(socket, {"type": "join", "room": "vault"}, "joined")
        waits = []
        with closing(sqlite3.connect(server.data / "hubbub.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            while sum(waits) < 15:
                begun = time.monotonic()
                assert _post(socket, "meanwhile")["code"] == "try_again"
                waits.append(time.monotonic() - begun)
            other.execute("ROLLBACK")
        assert _post(socket, "meanwhile")["type"] == "ok"
    assert max(waits) < ANSWERED_WITHIN


def _post(socket: ClientConnection, text: str) -> dict[str, Any]:
    return _ask(
        socket, {"type": "post", "room": "vault", "message": text, "nonce": f"nonce of {text}"}, "ok", "refused"
    )


def _ask(socket: ClientConnection, command: dict[str, Any], *answers: str) -> dict[str, Any]:
    """Send a command and wait for one of its answers."""
    socket.send(json.dumps(command))
    while (heard := json.loads(socket.recv(timeout=60)))["type"] not in answers:
        pass
    return heard
