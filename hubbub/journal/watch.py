"""Notices on SQLite that another process committed (a shell, a WSGI worker, a node without a layer between).

`PRAGMA data_version` changes on a connection when another one commits, and costs some microseconds. A thread with a
connection of its own asks often; when the number moves it asks again on the writer's connection, where this node's own
batches do not count. Only then is anybody told. Knows nothing of rooms.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.db import DatabaseError, connections

logger = logging.getLogger("hubbub.journal")

LOOK_SECONDS = 0.02
AGAIN_SECONDS = 1.0
LOOKS_A_FILE = 50  # so often is the file looked at: a restore may have put another one in its place


class Watch:
    """Watches the database behind `alias`. `wanted` says whether anybody would care; `moved` is called when the file
    changed, from the watch's thread."""

    def __init__(self, alias: str, wanted: Callable[[], bool], moved: Callable[[], None]) -> None:
        self._file = file_of(alias)
        self._wanted = wanted
        self._moved = moved
        self._ended = threading.Event()
        self._connection: sqlite3.Connection | None = None
        self._version = 0
        self._looks = 0
        self._inode = 0

    def start(self) -> None:
        """Begin, if there is a file to watch."""
        if self._file is not None:
            threading.Thread(target=self._run, name="hubbub-watch", daemon=True).start()

    def end(self) -> None:
        """Watch no more."""
        self._ended.set()

    def _run(self) -> None:
        pause = LOOK_SECONDS
        while not self._ended.wait(pause):
            pause = LOOK_SECONDS
            try:
                if self._wanted() and self._look():
                    self._moved()
            except (sqlite3.Error, OSError) as error:  # locked for a moment, or gone for longer
                logger.debug("The database can't be watched: %s", error)
                self._close()
                pause = AGAIN_SECONDS
            except RuntimeError:  # the node ended under us
                break
        self._close()

    def _look(self) -> bool:
        """Whether anybody committed since the last look. True after every (re)opening: who knows."""
        self._looks += 1
        if self._connection is not None and self._looks % LOOKS_A_FILE == 0 and self._replaced():
            self._close()
        if self._connection is None:
            self._open()
        assert self._connection is not None
        before, self._version = self._version, _version(self._connection)
        return self._version != before

    def _open(self) -> None:
        assert self._file is not None
        self._inode = self._file.stat().st_ino
        where = f"file:{quote(str(self._file))}?mode=rw"  # never makes one
        self._connection = sqlite3.connect(where, uri=True, timeout=0, isolation_level=None)
        self._version = -1

    def _replaced(self) -> bool:
        assert self._file is not None
        return os.stat(self._file).st_ino != self._inode

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class Others:
    """Asks on the writer's own connection whether somebody else committed. For the writer's thread only."""

    def __init__(self) -> None:
        self._seen: tuple[Any, int] = (None, 0)

    def committed(self, alias: str) -> bool:
        """Whether another connection committed since this was asked last; True when nobody can tell."""
        try:
            connection = connections[alias]
            connection.ensure_connection()
            now = (connection.connection, _version(connection.connection))
        except (DatabaseError, sqlite3.Error):
            return True
        before, self._seen = self._seen, now
        return before[0] is not now[0] or before[1] != now[1]


def file_of(alias: str) -> Path | None:
    """The SQLite file behind this alias; None for another database, or one in memory."""
    connection = connections[alias]
    if connection.vendor != "sqlite" or connection.is_in_memory_db():  # type: ignore[attr-defined]  # SQLite's has it
        return None
    name = str(connection.settings_dict["NAME"])
    return None if name.startswith("file:") else Path(name).resolve()


def _version(connection: Any) -> int:
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
