"""Servers of every kind: fast wire, uvicorn's own class, daphne, hypercorn. Real processes, real clients."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.people import PASSWORD, Talk, dial
from tests.servers import Server
from tests.sockets.live import KINDS, LIVE, Dial, run


@pytest.fixture(scope="package", params=KINDS)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of each kind, shared by the tests of this folder; with accounts of ana, ben, cleo and dan."""
    server = Server(tmp_path_factory.mktemp(request.param) / "data", request.param, **LIVE)
    server.start()
    run(
        server,
        "from django.contrib.auth.models import User\n"
        "for name in ('ana', 'ben', 'cleo', 'dan', 'eve'):\n"
        f"    User.objects.create_user(name, password={PASSWORD!r})",
    )
    yield server
    server.kill()


@pytest.fixture
async def call(server: Server) -> AsyncIterator[Dial]:
    """Open sockets that end with the test."""
    opened: list[Talk] = []

    async def call(*path: str, **named: Any) -> Talk:
        talk = await dial(server, *path, **named)
        opened.append(talk)
        return talk

    yield call
    await asyncio.gather(*(talk.close() for talk in opened))


@pytest.fixture
def room() -> str:
    """A room that no other test talks in."""
    return f"room {uuid.uuid4().hex[:8]}"
