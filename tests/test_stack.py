"""The stack of the run is the stack that servers and tests are on; two servers of a run never hear each other."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from channels.layers import get_channel_layer
from django.db import connection
from websockets.asyncio.client import connect

from tests import stack
from tests.conftest import StartServer
from tests.servers import Server

VENDORS = {"sqlite": "sqlite", "postgres": "postgresql"}
LAYERS = {"sqlite": "InMemoryChannelLayer", "postgres": "RedisPubSubChannelLayer"}
ASK = """
from channels.layers import get_channel_layer
from django.db import connection
from hubbub.models import Epoch
print(connection.vendor, type(get_channel_layer()).__name__, connection.settings_dict["NAME"])
"""


@pytest.mark.django_db
def test_this_process_is_on_the_stack_of_the_run() -> None:
    connection.ensure_connection()
    assert connection.vendor == VENDORS[stack.chosen()]
    assert type(get_channel_layer()).__name__ == LAYERS[stack.chosen()]


def test_a_server_is_on_the_stack_of_the_run(tmp_path: Path) -> None:
    assert _asked(Server(tmp_path / "data"))[:2] == [VENDORS[stack.chosen()], LAYERS[stack.chosen()]]


def test_each_server_has_a_database_of_its_own(tmp_path: Path) -> None:
    one, two = (_asked(Server(tmp_path / name))[2] for name in ("one", "two"))
    assert one != two


@pytest.mark.parametrize("name", stack.STACKS)
def test_a_test_may_name_its_stack(tmp_path: Path, name: str) -> None:
    assert _asked(Server(tmp_path / "data", stack=name))[:2] == [VENDORS[name], LAYERS[name]]


@pytest.mark.stack("sqlite", "to see that a mark is heeded on every run")
def test_a_marked_test_starts_servers_on_its_own_stack(start_server: StartServer) -> None:
    assert _asked(start_server())[0] == "sqlite"


@pytest.mark.stack("postgres", "two servers can only hear each other through Redis")
async def test_two_servers_on_one_redis_do_not_hear_each_other(start_server: StartServer) -> None:
    one, two = start_server(), start_server()
    async with connect(f"{one.ws}/ws/chat/hall/") as ana, connect(f"{two.ws}/ws/chat/hall/") as ben:
        await ana.send(json.dumps({"message": "to my own people"}))
        assert json.loads(await asyncio.wait_for(ana.recv(), 10))["message"] == "to my own people"
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(ben.recv(), 1)


def test_an_unknown_stack_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUBBUB_TEST_STACK", "oracle")
    with pytest.raises(pytest.UsageError, match="oracle"):
        stack.chosen()


def _asked(server: Server) -> list[str]:
    """Vendor, layer and database of a server, asked in another process of its project."""
    return server.command("shell", "-v", "0", "-c", ASK).split()
