"""What all tests share: a server process of each kind, a client of the sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import stack as stacks
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
