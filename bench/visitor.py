"""A signed-in visitor of Hubbub: an account and a session of its own, pages over one kept connection."""

import http.client
import json
import re
import subprocess
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.servers import ROOT, NotStarted, Server, hubbub_command, hubbub_environment

SIGN_IN = """
from django.contrib.auth import get_user_model
from django.test import Client
user = get_user_model().objects.create_user("{name}")
client = Client()
client.force_login(user)
print("session", client.cookies["sessionid"].value)
"""


@dataclass(frozen=True)
class Visitor:
    """Somebody with a session; `cookie` is the header line."""

    cookie: str

    @property
    def headers(self) -> list[str]:
        """Header lines of a handshake on the plain room socket."""
        return [self.cookie]

    def page(self, server: Server, path: str) -> str:
        """Returns the HTML of a page."""
        return self.pages(server, path, 1)

    def pages(self, server: Server, path: str, count: int) -> str:
        """Asks for the page `count` times over one connection; returns the last HTML; refuses all but 200."""
        html = b""
        with self.connected(server) as ask:
            for _ in range(count):
                html = ask(path)
        return html.decode()

    @contextmanager
    def connected(self, server: Server, **headers: str) -> Iterator[Callable[[str], bytes]]:
        """Within: asks for pages over one connection; refuses all answers but 200."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
        name, _, value = self.cookie.partition(": ")

        def ask(path: str) -> bytes:
            connection.request("GET", path, headers={name: value, **headers})
            answer = connection.getresponse()
            page = answer.read()
            if answer.status != 200:
                raise NotStarted(f"{path} answered {answer.status}")
            return page

        yield ask
        connection.close()

    def ticket(self, server: Server, room: str) -> str:
        """Returns the signed ticket that the room's page carries for its socket."""
        found = re.search(r'<script id="hubbub-page"[^>]*>(.*?)</script>', self.page(server, f"/chat/{room}/"), re.S)
        if not found:
            raise NotStarted("the room's page has no #hubbub-page")
        ticket: str = json.loads(found[1])["ticket"]
        return ticket


def sign_in(data: Path, **environment: str) -> Visitor:
    """Makes an account and a session in a data folder that was served before; returns who it is. `environment` is what
    the server was told besides."""
    code = SIGN_IN.format(name=f"visitor-{uuid.uuid4().hex[:8]}")
    done = subprocess.run(
        [hubbub_command(), "shell", "-c", code],
        cwd=ROOT,
        env={**hubbub_environment(data), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.search(r"^session (\w+)$", done.stdout, re.M)
    if not found:
        raise NotStarted(f"hubbub shell made no session: {done.stderr.strip()[-600:]}")
    return Visitor(f"Cookie: sessionid={found[1]}")
