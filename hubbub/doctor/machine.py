"""The machine: open files and the queue of new connections."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from pathlib import Path

from hubbub.doctor.finding import Finding, ok, warning

SOCKETS_WANTED = 10_000
OTHER_FILES = 200
BACKLOG = 4096
SOMAXCONN = Path("/proc/sys/net/core/somaxconn")


def limits() -> Iterator[Finding]:
    """Is there room for the sockets that one worker should hold?"""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    sockets = max(0, hard - OTHER_FILES)
    if hard == resource.RLIM_INFINITY:
        yield ok("limits", "A process may open as many files, and so sockets, as it likes.")
    elif sockets < SOCKETS_WANTED:
        yield warning("limits", f"A process may open {hard:,} files: {sockets:,} sockets and not more.",
                      "LimitNOFILE=65536 in systemd's unit, or “ulimit -n 65536” before the start.")  # fmt: skip
    else:
        yield ok("limits", f"A process may open {hard:,} files: enough for {sockets:,} sockets.")
    yield from _queue()


def _queue() -> Iterator[Finding]:
    try:
        longest = int(SOMAXCONN.read_text())
    except (OSError, ValueError):
        return
    if longest < BACKLOG:
        yield warning("limits", f"At most {longest:,} new connections may wait to be accepted.",
                      f"sysctl -w net.core.somaxconn={BACKLOG}: then all can come back at once.")  # fmt: skip
    else:
        yield ok("limits", f"{longest:,} new connections may wait to be accepted.")
