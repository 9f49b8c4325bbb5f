"""What nginx passes on: whom it says is asking, upgrades, and connections that are used again."""

from __future__ import annotations

import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from hubbub.server.serve import configure
from tests.deployments.nginx import FILES, Nginx
from tests.servers import free_port


class Upstream(socketserver.ThreadingTCPServer):
    """Answers every request, and keeps each connection's request heads."""

    daemon_threads = True

    def __init__(self) -> None:
        self.heads: list[list[str]] = []
        super().__init__(("127.0.0.1", 0), _Answers)


class _Answers(socketserver.StreamRequestHandler):
    server: Upstream

    def handle(self) -> None:
        heads: list[str] = []
        self.server.heads.append(heads)
        head = ""
        while line := self.rfile.readline().decode():
            head += line
            if line == "\r\n":
                heads.append(head.lower())
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                head = ""


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """In place of a node."""
    with Upstream() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def nginx(upstream: Upstream, tmp_path: Path) -> Iterator[Nginx]:
    """The site for one node, before it."""
    port = free_port()
    named = {"listen 80;": f"listen 127.0.0.1:{port};", "127.0.0.1:8000": f"127.0.0.1:{upstream.server_address[1]}",
             "chat.example.org": "localhost"}  # fmt: skip
    started = Nginx(tmp_path / "nginx", "one-node.conf", port, named).start()
    yield started
    started.kill()


def ask(nginx: Nginx, *headers: str) -> None:
    with socket.create_connection(("127.0.0.1", nginx.port), timeout=20) as client:
        lines = ["GET /chat/ HTTP/1.1", f"Host: localhost:{nginx.port}", *headers, "", ""]
        client.sendall("\r\n".join(lines).encode())
        assert client.recv(100).startswith(b"HTTP/1.1 200")


def test_pages_share_connections_and_only_upgrades_ask_for_one(nginx: Nginx, upstream: Upstream) -> None:
    for _ in range(8):
        ask(nginx)
    pages = [head for heads in upstream.heads for head in heads]
    assert len(pages) == 8
    assert len(upstream.heads) <= 2  # one for each of nginx's processes
    assert not any("connection:" in head or "upgrade:" in head for head in pages)
    ask(nginx, "Connection: keep-alive, Upgrade", "Upgrade: websocket")
    (upgrade,) = [head for heads in upstream.heads for head in heads if "upgrade: websocket" in head]
    assert "connection: upgrade\r\n" in upgrade


def test_it_says_who_asks_whatever_the_client_says(nginx: Nginx, upstream: Upstream) -> None:
    ask(nginx, "X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https")
    ((head,),) = upstream.heads
    assert f"host: localhost:{nginx.port}\r\n" in head
    assert re.findall(r"x-forwarded-for: (.*)\r", head) == ["127.0.0.1"]
    assert re.findall(r"x-forwarded-proto: (.*)\r", head) == ["http"]


def test_a_quiet_socket_outlives_two_lost_pings() -> None:
    snippet = (FILES / "snippets" / "hubbub-proxy.conf").read_text()
    ping = configure().ws_ping_interval
    for direction in ("read", "send"):
        seconds = int(re.search(rf"proxy_{direction}_timeout (\d+)s;", snippet)[1])
        assert seconds > 3 * ping


@pytest.mark.parametrize("site", sorted((FILES / "sites").iterdir()), ids=lambda site: site.name)
def test_every_way_to_a_node_takes_the_same_road(site: Path) -> None:
    text = site.read_text()
    ways = re.findall(r"location [^{]+\{([^}]*proxy_pass[^}]*)\}", text)
    assert ways
    assert all("include snippets/hubbub-proxy.conf;" in way for way in ways)
    assert not re.search(r"proxy_pass\s+http://[^;/]+/", text), "a path after the name takes the prefix off"
