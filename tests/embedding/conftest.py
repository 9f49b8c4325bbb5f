"""One intranet for all tests here: its servers are started once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.embedding.host import Host, Visitor

ACCOUNTS = ("ada@intranet.example", "bob@intranet.example", "cleo@intranet.example", "dora@intranet.example")


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The intranet, with accounts of ada, bob, cleo and dora."""
    host = Host(tmp_path_factory.mktemp("intranet"))
    host.prepare(*ACCOUNTS)
    yield host
    host.stop()


@pytest.fixture(scope="session")
def asgi(host: Host) -> str:
    """The address of its pages and sockets on an ASGI server."""
    return host.start("asgi")


@pytest.fixture
def visit(asgi: str) -> Callable[[], Visitor]:
    """Open a browser of one's own: `visit()`, `visit().sign_in("ada@intranet.example")`."""
    return lambda: Visitor(asgi)
