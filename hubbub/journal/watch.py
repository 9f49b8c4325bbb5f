"""Notices on SQLite that another process committed (a shell, a WSGI worker, a node without a layer between).

A commit writes to the database's log, or to its file where it keeps none: a thread looks at it, which costs one call of
the system. When it has changed, the writer's own connection is asked for `PRAGMA data_version`, which moves with the
commits of others and not with this node's own batches. Only then is anybody told. Knows nothing of rooms.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import DatabaseError, connections

LOOK_SECONDS = 0.025

Stamp = tuple[int, int, int]


class Watch:
    """Watches the files behind `alias`, if it is SQLite. `wanted` says whether anybody would care; `moved` is called
    after a write, from the watch's thread."""

    def __init__(self, alias: str, wanted: Callable[[], bool], moved: Callable[[], None]) -> None:
        self._files = files_of(alias)
        self._wanted = wanted
        self._moved = moved
        self._ended = False
        self._stamp: Stamp | None = None
        self._changed = False

    def start(self) -> None:
        """Begin, if there are files to watch."""
        if self._files:
            threading.Thread(target=self._run, name="hubbub-watch", daemon=True).start()

    def end(self) -> None:
        """Watch no more."""
        self._ended = True

    def _run(self) -> None:
        while not self._ended:
            time.sleep(LOOK_SECONDS)
            if self._wanted() and self._look():
                try:
                    self._moved()
                except RuntimeError:  # the node ended under us
                    return

    def _look(self) -> bool:
        """Whether something was written since the last look, or between the two looks before it: a file's time moves
        in steps of some milliseconds, so a change may hide behind the one that was seen."""
        stamp = next(filter(None, map(_stamp, self._files)), None)
        changed, self._stamp = stamp != self._stamp, stamp
        before, self._changed = self._changed, changed
        return changed or before


class Others:
    """Asks on the writer's own connection whether somebody else committed. For the writer's thread only."""

    def __init__(self) -> None:
        self._seen: tuple[Any, int] = (None, 0)

    def committed(self, alias: str) -> bool:
        """Whether another connection committed since this was asked last; True when nobody can tell."""
        connection = connections[alias]
        try:
            connection.ensure_connection()
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA data_version")
                now = (connection.connection, cursor.fetchone()[0])
        except DatabaseError:
            return True
        before, self._seen = self._seen, now
        return before[0] is not now[0] or before[1] != now[1]


def files_of(alias: str) -> list[str]:
    """The log of the SQLite database behind this alias and its file; none for another database, or one in memory."""
    connection = connections[alias]
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]  # SQLite's has it
        return []
    name = str(connection.settings_dict["NAME"])
    return [] if name.startswith("file:") else [f"{Path(name).resolve()}-wal", str(Path(name).resolve())]


def _stamp(file: str) -> Stamp | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
