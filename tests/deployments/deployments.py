"""The five ways to run Hubbub that docs/running.md describes, each with real parts."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.databases import PostgreSQL, Redis
from tests.deployments.nginx import Nginx
from tests.servers import Server, free_port

HOST = "localhost"
HOSTS = f"{HOST},127.0.0.1"  # the second is how tests ask a node past nginx whether it is ready
SECRET = "the same for all processes of one deployment"
QUICK = {"DJANGO_SETTINGS_MODULE": "tests.deployments.settings"}


@dataclass
class Deployment:
    """A whole deployment: `url` and `ws` are its front door, `backends` what can be stopped and started behind it."""

    url: str
    ws: str
    backends: list[Server]
    nginx: Nginx | None = None
    services: list[PostgreSQL | Redis] = field(default_factory=list)
    prefix: str = ""

    @property
    def nodes(self) -> list[Server]:
        """The processes that serve sockets."""
        return [server for server in self.backends if server.kind != "gunicorn"]

    def restart(self) -> None:
        """Kill all of Hubbub and start it again; what stands in front and beside stays."""
        for server in self.backends:
            server.kill()
        _start_at_once(self.backends)

    def stop(self) -> None:
        """End all of it."""
        for part in (*self.backends, self.nginx, *self.services):
            if part is not None:
                part.kill()


def one_process(folder: Path) -> Deployment:
    """One process serves everything."""
    server = Server(folder / "data", **QUICK).start()
    return Deployment(server.url, server.ws, [server])


def pages_and_sockets(folder: Path, *, redis: bool = True, **environment: str) -> Deployment:
    """nginx in front; `/ws/` to an ASGI node, the rest to gunicorn and WSGI."""
    services = [Redis(folder).start()] if redis else []
    shared = _behind_nginx(**({"HUBBUB_REDIS_URL": services[0].url} if redis else {}), **environment)
    node = Server(folder / "data", **shared).start()
    pages = Server(folder / "data", "gunicorn", **shared).start()
    ports = {"127.0.0.1:8000": f"127.0.0.1:{node.port}", "127.0.0.1:8080": f"127.0.0.1:{pages.port}"}
    return _with_nginx(folder, "pages-and-sockets.conf", ports, [node, pages], services)


def two_nodes(folder: Path) -> Deployment:
    """nginx balances two nodes with PostgreSQL and Redis. They start at once on an empty database."""
    postgres, redis = PostgreSQL(folder / "postgres").start(), Redis(folder).start()
    shared = _behind_nginx(HUBBUB_DATABASE_URL=postgres.url, HUBBUB_REDIS_URL=redis.url)
    nodes = [Server(folder / name, **shared) for name in ("north", "south")]
    _start_at_once(nodes)
    ports = {f"127.0.0.1:{8001 + place}": f"127.0.0.1:{node.port}" for place, node in enumerate(nodes)}
    return _with_nginx(folder, "two-nodes.conf", ports, nodes, [postgres, redis])


def daphne(folder: Path) -> Deployment:
    """daphne instead of uvicorn, behind nginx."""
    node = Server(folder / "data", "daphne", **_behind_nginx()).start()
    return _with_nginx(folder, "one-node.conf", {"127.0.0.1:8000": f"127.0.0.1:{node.port}"}, [node], [])


def under_a_prefix(folder: Path, **environment: str) -> Deployment:
    """`https://example.org/talk/`: under a path, behind TLS; nginx is the one trusted proxy."""
    node = Server(folder / "data", **{**_behind_nginx(HUBBUB_PREFIX="/talk", HUBBUB_HTTPS="on"), **environment}).start()
    certificate, key = _certificate(folder)
    plain, secure = free_port(), free_port()
    named = {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl": f"listen 127.0.0.1:{secure} ssl",
        "/etc/letsencrypt/live/example.org/fullchain.pem": str(certificate),
        "/etc/letsencrypt/live/example.org/privkey.pem": str(key),
        "example.org": HOST,
        "127.0.0.1:8000": f"127.0.0.1:{node.port}",
    }
    nginx = Nginx(folder / "nginx", "prefix.conf", secure, named).start()
    return Deployment(f"https://{HOST}:{secure}/talk", f"wss://{HOST}:{secure}/talk", [node], nginx, [], "/talk")


DEPLOYMENTS: dict[str, Callable[[Path], Deployment]] = {
    make.__name__: make for make in (one_process, pages_and_sockets, two_nodes, daphne, under_a_prefix)
}


def _start_at_once(servers: list[Server]) -> None:
    with ThreadPoolExecutor() as threads:
        list(threads.map(Server.start, servers))


def _behind_nginx(**environment: str) -> dict[str, str]:
    return {
        "HUBBUB_ALLOWED_HOSTS": HOSTS,
        "HUBBUB_TRUSTED_PROXIES": "127.0.0.1",
        "HUBBUB_SECRET_KEY": SECRET,
        **QUICK,
        **environment,
    }


def _with_nginx(
    folder: Path, site: str, ports: dict[str, str], backends: list[Server], services: list[PostgreSQL | Redis]
) -> Deployment:
    port = free_port()
    named = {"listen 80;": f"listen 127.0.0.1:{port};", "chat.example.org": HOST, **ports}
    nginx = Nginx(folder / "nginx", site, port, named).start()
    return Deployment(f"http://{HOST}:{port}", f"ws://{HOST}:{port}", backends, nginx, services)


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for HOST, signed by itself, and its key."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}", "-out", certificate, "-keyout", key],
        check=True, capture_output=True,
    )  # fmt: skip
    key.chmod(0o644)  # nginx runs as nobody here, and the key is worth nothing
    return certificate, key
