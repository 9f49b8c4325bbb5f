"""The intranet as processes of its own, and somebody who visits it with a browser's cookies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from email.message import Message
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urljoin

from tests import stack
from tests.ports import free_port

SETTINGS = {"sqlite": "intranet.settings", "postgres": "tests.embedding.intranet_on_postgres"}
PROJECT = Path(__file__).parent / "project"
MOUNT = """
import sys
from wsgiref.simple_server import make_server
from intranet.wsgi import application

def mounted(environ, start_response):  # as a proxy hands it over
    environ["SCRIPT_NAME"] = "/intranet"
    environ["PATH_INFO"] = environ["PATH_INFO"].removeprefix("/intranet")
    return application(environ, start_response)

make_server("127.0.0.1", int(sys.argv[1]), mounted).serve_forever()
"""
SERVERS = {
    "asgi": ["-m", "uvicorn", "--port", "{port}", "--log-level", "warning", "--ws", "websockets-sansio",
             "--lifespan", "off", "intranet.asgi:application"],
    "fast": ["-m", "intranet.serve", "{port}"],
    "wsgi": ["-c", MOUNT, "{port}"],
}  # fmt: skip


class Host:
    """The intranet with a database and static files of its own; `hubbub` adds to its HUBBUB settings."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self._processes: list[subprocess.Popen[bytes]] = []
        data.mkdir(exist_ok=True)
        if stack.chosen() == "postgres":
            stack.begin("postgres")
            stack.make_database(data)

    def environment(self, **more: str) -> dict[str, str]:
        """What its processes run with."""
        own = {"DJANGO_SETTINGS_MODULE": SETTINGS[stack.chosen()], "INTRANET_DATA": str(self.data)}
        addresses = stack.environment(self.data, stack.chosen())
        return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **own, **addresses, **more}

    def manage(self, *arguments: str, input: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run one of its Django commands."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments], cwd=PROJECT, env=self.environment(**environment), input=input,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def prepare(self, *accounts: str) -> None:
        """Tables, static files, and accounts whose password is their address."""
        made = "\n".join(f"Account.objects.create_user({email!r}, {email!r})" for email in accounts)
        for run in (
            self.manage("migrate", "--verbosity", "0"),
            self.manage("collectstatic", "--noinput", "--verbosity", "0"),
            self.manage("shell", "--no-imports", input=f"from staff.models import Account\n{made}\n"),
        ):
            assert run.returncode == 0, run.stderr

    def start(self, kind: str = "asgi", *, policy: bool = False, **hubbub: Any) -> str:
        """Start a server of this kind, with these HUBBUB settings; its address with the script prefix."""
        port = free_port()
        arguments = [part.format(port=port) if part == "{port}" else part for part in SERVERS[kind]]
        more = {"INTRANET_POLICY": "own"} if policy else {}
        environment = self.environment(INTRANET_HUBBUB=json.dumps(hubbub), **more)
        log = (self.data / f"{kind}-{port}.log").open("wb")
        process = subprocess.Popen([sys.executable, *arguments], cwd=PROJECT, env=environment, stdout=log, stderr=log)
        self._processes.append(process)
        address = f"http://127.0.0.1:{port}/intranet"
        self._until_ready(process, address)
        return address

    def _until_ready(self, process: subprocess.Popen[bytes], address: str) -> None:
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline and process.poll() is None:
            try:
                urllib.request.urlopen(f"{address}/", timeout=5).close()
                return
            except urllib.error.HTTPError as error:
                raise AssertionError(f"{address} answers {error.code}: {self.logs()}") from error
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"The intranet did not start: {self.logs()}")

    def logs(self) -> str:
        """What its servers wrote."""
        return "\n".join(log.read_text(errors="replace")[-3000:] for log in self.data.glob("*.log"))

    def stop(self) -> None:
        """End its servers."""
        for process in self._processes:
            process.kill()
            process.wait()


@dataclass
class Page:
    """An answer, and what a browser would find in it."""

    url: str
    status: int
    headers: Message
    text: str
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def all(self, tag: str, attribute: str) -> list[str]:
        """This attribute of all such elements that have it."""
        return [found[attribute] for name, found in self.elements if name == tag and attribute in found]

    @property
    def import_map(self) -> dict[str, str]:
        """The modules' names and addresses."""
        _, _, rest = self.text.partition('<script type="importmap"')
        imports: dict[str, str] = json.loads(rest.partition(">")[2].partition("</script>")[0])["imports"]
        return imports

    @property
    def for_client(self) -> dict[str, Any]:
        """What a room's page tells the browser's code."""
        _, _, rest = self.text.partition('<script id="hubbub-page" type="application/json">')
        told: dict[str, Any] = json.loads(rest.partition("</script>")[0])
        return told


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


class Visitor:
    """Somebody with a browser: keeps cookies, follows redirects, fills in forms."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    @property
    def cookies(self) -> str:
        """As the Cookie header has them."""
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)

    def get(self, path: str) -> Page:
        """Open a page, by its path below the script prefix or by a link found in a page."""
        return self._open(urllib.request.Request(self._url(path)))

    def post(self, path: str, **fields: str) -> Page:
        """Send a form, with the token that a page before it left."""
        token = next((cookie.value or "" for cookie in self.jar if cookie.name == "csrftoken"), "")
        body = urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        return self._open(urllib.request.Request(self._url(path), data=body))

    def sign_in(self, email: str) -> Visitor:
        """Through the intranet's own door."""
        self.get("/accounts/login/")
        page = self.post("/accounts/login/", username=email, password=email)
        assert email in page.text
        return self

    def _url(self, path: str) -> str:
        return urljoin(self.address, path) if path.startswith(("/intranet/", "http")) else self.address + path

    def _open(self, request: urllib.request.Request) -> Page:
        try:
            answer = self._opener.open(request, timeout=20)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            text = answer.read().decode(errors="replace")
            parser = _Elements()
            if answer.headers.get_content_type() == "text/html":
                parser.feed(text)
            return Page(answer.url, answer.status, answer.headers, text, parser.found)
