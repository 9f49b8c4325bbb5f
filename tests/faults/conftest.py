"""A server for tests that leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers import Server


@pytest.fixture(scope="module")
def lasting_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests of a file."""
    server = Server(tmp_path_factory.mktemp("server") / "data", HUBBUB_RATE_LIMITS="off").start()
    yield server
    server.kill()
