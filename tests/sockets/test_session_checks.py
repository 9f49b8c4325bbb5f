"""Sessions that end where no signal tells of it: the regular check finds them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from tests.people import PASSWORD
from tests.servers import Server
from tests.sockets.live import LIVE, Dial, run
from tests.sockets.test_who_comes_in import signed_in


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that checks each second; with the accounts to which something happens."""
    settings = {**LIVE, "TESTED_SESSION_CHECK_SECONDS": "1"}
    server = Server(tmp_path_factory.mktemp("checks") / "data", "fast", **settings)
    server.start()
    run(
        server,
        "from django.contrib.auth.models import User\n"
        f"for name in ('x0', 'x1', 'x2', 'x3'): User.objects.create_user(name, password={PASSWORD!r})",
    )
    yield server
    server.kill()


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("x0", "u.set_password('another one'); u.save()"),
        ("x1", "User.objects.filter(pk=u.pk).update(is_active=False)"),
        ("x2", "from django.contrib.sessions.models import Session; Session.objects.all().delete()"),
        ("x3", "u.delete()"),
    ],
    ids=["new password", "switched off", "session deleted", "account deleted"],
)
async def test_what_another_process_ends_is_noticed(
    server: Server, call: Dial, room: str, name: str, change: str
) -> None:
    """Every regular check finds what no signal told: 5 s as it comes, 1 s as this server is set."""
    _, socket = await signed_in(server, call, name)
    await socket.join(room)
    code = f"from django.contrib.auth.models import User; u = User.objects.get(username={name!r}); {change}"
    await asyncio.to_thread(run, server, code)
    assert await socket.goodbye(seconds=5) == 4401
