"""A full disk under the database, and under the log (G9): posts are refused and nothing is lost, reads go on, and it
recovers by itself when there is room again.

The disk is a small tmpfs of the test's own, which takes root; without it the tests fail and say so.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults.checker import stored
from tests.people import Browser, Talk, dial
from tests.servers import Server

pytestmark = pytest.mark.stack("sqlite", "it starts the databases that it needs itself")

SIZE = 12 * 1024 * 1024
ANSWERED_WITHIN = 10.0


class Disk:
    """A file system of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ballast = folder / "ballast"
        folder.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(folder)]
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"this test needs the right to mount a tmpfs: {done.stderr}"

    def fill(self) -> None:
        """Leave no room at all."""
        with self._ballast.open("ab", buffering=0) as ballast:
            for size in (1024 * 1024, 4096, 1):
                while True:
                    try:
                        ballast.write(bytes(size))
                    except OSError:
                        break

    def free(self) -> None:
        """Make room again."""
        self._ballast.unlink()

    def remove(self) -> None:
        """End it."""
        subprocess.run(["umount", "-l", str(self.folder)], check=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path / "disk")
    yield disk
    disk.remove()


async def say(talk: Talk, number: int) -> str:
    """Post with a nonce of its own; the answer in a word."""
    begun = time.monotonic()
    answer = await talk.post("vault", f"{number} " + "x" * 4000, f"nonce {number}")
    assert time.monotonic() - begun < ANSWERED_WITHIN
    return str(answer.get("code", "ok"))


async def until_refused(talk: Talk, first: int) -> int:
    """Post until the disk is really full; the number that was refused. Freed pages of a file are still room."""
    for number in range(first, first + 3000):
        if await say(talk, number) != "ok":
            return number
    raise AssertionError("it does not fill")


async def test_under_the_database(disk: Disk, tmp_path: Path) -> None:
    server = Server(disk.folder / "data", HUBBUB_RATE_LIMITS="off")
    server.log = tmp_path / "log"
    server.start()
    try:
        talk = await dial(server)
        await talk.join("vault")
        for number in range(20):
            assert await say(talk, number) == "ok"
        disk.fill()
        refused = await until_refused(talk, 20)
        assert [await say(talk, number) for number in (refused, refused + 1)] == ["try_again"] * 2
        await talk.say(type="history", room="vault")
        assert len((await talk.until("history"))["messages"]) == 20, "reading goes on"
        assert "0 xxx" in Browser(server).get("/chat/vault/")

        disk.free()
        assert await say(talk, refused) == "ok", "it needs no help"
        seen = [told.text.split()[0] for told in stored(server.data)["vault"]]
        assert seen == [str(number) for number in range(refused + 1)]
        with closing(sqlite3.connect(server.data / "hubbub.sqlite3")) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert server.stop() == 0
    finally:
        server.kill()
    assert len(server.log.read_text().splitlines()) < 10


class Mute(Server):
    """A server whose log has no room for the line that says where it is."""

    def _all_here(self) -> bool:
        return True


async def test_under_the_log(disk: Disk, tmp_path: Path) -> None:
    server = Mute(tmp_path / "data", HUBBUB_RATE_LIMITS="off")
    server.log = disk.folder / "log"
    disk.fill()
    server.start()
    try:
        pid = server.pid
        talk = await dial(server)
        await talk.join("vault")
        assert await say(talk, 1) == "ok"
        with closing(sqlite3.connect(server.data / "hubbub.sqlite3", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            assert await say(talk, 2) == "try_again", "and something to write into the log"
        disk.free()
        assert await say(talk, 2) == "ok"
        await asyncio.sleep(2.1)  # it is over when nothing has failed for a moment
        assert await say(talk, 3) == "ok"
        assert server.pid == pid
        os.kill(pid, 0)
        assert "Over after" in server.log.read_text(), "what happens now is written down again"
        assert server.stop() == 0
    finally:
        server.kill()
