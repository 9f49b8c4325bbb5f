"""The intranet's pages on a WSGI server, with the sockets served by another process."""

from __future__ import annotations

import pytest

from tests.embedding.host import Host, Visitor
from tests.embedding.test_sockets import hear, socket_of


@pytest.fixture(scope="module")
def wsgi(host: Host) -> str:
    """The address of the pages on a WSGI server."""
    return host.start("wsgi")


def test_pages_work_and_posts_are_stored(wsgi: str) -> None:
    dora = Visitor(wsgi).sign_in("dora@intranet.example")
    assert dora.get("/team/chat/").status == 200
    assert dora.get("/team/chat/wsgi/").for_client["socket"] == "/intranet/ws/"
    page = dora.post("/team/chat/wsgi/", message="without a socket", nonce="wsgi 1")
    assert page.status == 200
    assert "without a socket" in Visitor(wsgi).get("/team/chat/wsgi/").text


def test_a_post_there_arrives_live_at_the_sockets_elsewhere(wsgi: str, asgi: str) -> None:
    dora = Visitor(wsgi).sign_in("dora@intranet.example")
    dora.get("/team/chat/elsewhere/")
    with socket_of(Visitor(asgi), "/ws/chat/elsewhere/") as listener:
        dora.post("/team/chat/elsewhere/", message="from WSGI", nonce="wsgi 2")
        assert hear(listener, "message")["message"] == "from WSGI"


def test_a_post_in_a_shell_arrives_live_too(host: Host, asgi: str) -> None:
    said = "from hubbub.api import post_message\nfrom staff.models import Account\n"
    said += "post_message('shell', 'from a shell', author=Account.objects.get(email='dora@intranet.example'))\n"
    with socket_of(Visitor(asgi), "/ws/chat/shell/") as listener:
        assert host.manage("shell", "--no-imports", input=said).returncode == 0
        assert hear(listener, "message")["message"] == "from a shell"
