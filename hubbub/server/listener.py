"""The listening sockets. One process has one; of several workers each has its own on the same port.

A socket of its own for each worker, since several that share one spread badly: whoever is idle takes nearly all.
Knows no Django, so the port answers (and lets clients wait) before anything slow begins.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

from hubbub.server.addresses import BadSetting, prefix_of
from hubbub.server.first_run import tell

BACKLOG = 4096
FREE_WITHIN = 2.0  # seconds: workers whose supervisor was killed let go of the port in a moment


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises BadSetting when the port is taken or the address is not ours."""
    try:
        return _listening(host, port, shared=False)
    except OSError as error:
        why = error.strerror or str(error)
        raise BadSetting(f"Can't listen on {host} port {port}: {why}. Choose another with --port.") from None


def listen_together(host: str, port: int, count: int) -> list[socket.socket]:
    """A listening socket for each of `count` workers, on one port; the kernel spreads connections evenly over them.

    Where it does not (only Linux does), they share one. Raises BadSetting as `listen` does.
    """
    alone = _listen_patiently(host, port)  # nobody else is on the port: sockets that share would not notice
    if not spreads():
        return [alone] * count
    where = alone.getsockname()[1]
    alone.close()
    return [listen_beside(host, where) for _ in range(count)]


def listen_beside(host: str, port: int) -> socket.socket:
    """One more listening socket on a port where others of ours may listen. Raises BadSetting as `listen` does."""
    try:
        return _listening(host, port, shared=True)
    except OSError as error:
        raise BadSetting(f"Can't listen on {host} port {port}: {error.strerror or error}.") from None


def spreads() -> bool:
    """Whether the kernel spreads connections over the sockets that listen on one port."""
    return sys.platform == "linux"


def say_where(listener: socket.socket, host: str, data: Path) -> None:
    """The one line that says where Hubbub is."""
    tell(f"Hubbub is on {address_of(listener, host)} (data in {data}; Ctrl-C stops it)")


def address_of(listener: socket.socket, host: str) -> str:
    """Where a browser on this machine finds it."""
    prefix = prefix_of(os.environ.get("HUBBUB_PREFIX", ""))
    return f"http://{_shown(host)}:{listener.getsockname()[1]}{prefix}/"


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104  shown, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _listen_patiently(host: str, port: int) -> socket.socket:
    until = time.monotonic() + FREE_WITHIN
    while True:
        try:
            return listen(host, port)
        except BadSetting:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _listening(host: str, port: int, *, shared: bool) -> socket.socket:
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener
