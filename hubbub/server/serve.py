"""`hubbub serve`: prepare, say where, serve, and drain when asked to stop (G7)."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import resource
import socket
from pathlib import Path

import uvicorn
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections

from hubbub import backup, node
from hubbub.conf import settings as hubbub_settings
from hubbub.server.addresses import BadSetting
from hubbub.server.first_run import collect_static, migrate, tell

DRAIN_SECONDS = 8
APPLICATION = "hubbub.server.asgi:application"
WEBSOCKET = "hubbub.server.websocket:WebSocket"


def serve(host: str, port: int, data: Path) -> int:
    """Serve on `host`:`port` with everything kept in `data`, until SIGTERM or Ctrl-C. Returns the exit code."""
    listener = listen(host, port)
    _hold(data)
    _prepare()
    _raise_open_files()
    where = listener.getsockname()
    tell(f"Hubbub is on http://{_shown(host)}:{where[1]}/ (data in {data}; Ctrl-C stops it)")
    server = Server(configure())
    _quiet_collector()
    server.run(sockets=[listener])
    return 0


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises BadSetting when the port is taken or the address is not ours."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(4096)
    except OSError as error:
        why = error.strerror or str(error)
        raise BadSetting(f"Can't listen on {host} port {port}: {why}. Choose another with --port.") from None
    listener.setblocking(False)
    return listener


def _hold(data: Path) -> None:
    """Say that the folder is in use, so that nobody restores a backup into it meanwhile."""
    try:
        backup.hold(data)
    except backup.WrongUse as error:
        raise BadSetting(str(error)) from None


def _prepare() -> None:
    try:
        _reach_database()
        migrate()
    except (DatabaseError, ImproperlyConfigured) as error:
        first = str(error).strip().splitlines()[0]
        raise BadSetting(f"The database can't be used: {first}") from None
    finally:
        connections.close_all()
    collect_static(Path(settings.STATIC_ROOT))


def _reach_database() -> None:
    """Raise what is wrong with the address, if anything is: a pool would only say that it has no connection."""
    connection = connections["default"]
    if connection.vendor == "postgresql":
        with connection.wrap_database_errors:
            connection.Database.connect(**connection.get_connection_params()).close()  # type: ignore[attr-defined]


def configure() -> uvicorn.Config:
    """uvicorn with the fast wire; nothing compressed (frames go out ready made), so no deflate bomb either."""
    return uvicorn.Config(
        APPLICATION,
        ws=WEBSOCKET,
        ws_max_size=hubbub_settings().frame_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=20,
        ws_ping_timeout=20,
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        backlog=4096,
        timeout_graceful_shutdown=2,
        proxy_headers=bool(os.environ.get("HUBBUB_TRUSTED_PROXIES")),
        forwarded_allow_ips=os.environ.get("HUBBUB_TRUSTED_PROXIES") or None,
    )


class Server(uvicorn.Server):
    """uvicorn's server, which drains the node before it closes connections."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop accepting, finish what is in flight, close 1012, then let uvicorn end the rest."""
        for listening in self.servers:
            listening.close()
        running = node.running()
        if running is not None:
            try:
                async with asyncio.timeout(DRAIN_SECONDS):
                    await running.drain()
                    await asyncio.sleep(0.2)
            except TimeoutError:
                logging.getLogger("hubbub").warning("What is in flight did not finish in %d s", DRAIN_SECONDS)
        await super().shutdown(sockets)
        if running is not None:
            running.stop()
        self._captured_signals.clear()  # it was asked to stop and did: exit code 0, not death by the same signal


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104  shown, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _raise_open_files() -> None:
    """A socket is a file: take as many as the system lets us."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _quiet_collector() -> None:
    """Sockets live long and make few cycles: what was imported is never looked at again, young things seldom."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
