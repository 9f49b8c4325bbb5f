"""What the tests of the sockets have in common: the kinds of servers, a shell, an address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.servers import COMMANDS, Server

KINDS = [kind for kind in COMMANDS if kind != "gunicorn"]  # which has no sockets


LIVE = {"DJANGO_SETTINGS_MODULE": "tests.live_settings", "PYTHONPATH": "."}


Dial = Callable[..., Any]


def run(server: Server, code: str) -> str:
    """Run Python in a shell of the server's project: another process."""
    return server.command("shell", "-v", "0", "-c", code)


def plain(room: str) -> str:
    return f"/ws/chat/{quote(room, safe='')}/"
