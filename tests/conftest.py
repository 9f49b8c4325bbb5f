"""What all tests share: a server process of each kind, a client of the sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from hubbub.rates import rates
from tests import stack as stacks
from tests.cast import Cast
from tests.network import steady
from tests.servers import Server

StartServer = Callable[..., Server]


@pytest.fixture
def start_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StartServer]:
    """Start servers that end with the test: `start_server()`, `start_server("daphne", HUBBUB_GUESTS="off")`."""
    stack = stacks.of(request.node)
    started: list[Server] = []

    def start(kind: str = "fast", **options: Any) -> Server:
        server = Server(tmp_path / f"data{len(started)}", kind, **{"stack": stack, **options})
        started.append(server)
        return server.start()

    yield start
    for server in started:
        server.kill()


@pytest.fixture
def unhurried() -> None:
    """Nobody has done anything yet that counts against their rates, which are kept per process."""
    rates.__init__()  # type: ignore[misc]


@pytest.fixture
def cast() -> Cast:
    """People with accounts, whom a test of rooms needs."""
    return Cast()


@pytest.fixture(autouse=True)
def _links_stay_as_they_are(request: pytest.FixtureRequest) -> Iterator[None]:
    """While a test looks through a browser, wherever it stands, nobody changes this machine's network."""
    with steady() if "browser" in request.fixturenames else nullcontext():
        yield
