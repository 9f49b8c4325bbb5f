"""Real PostgreSQL and Redis for tests, each in a folder of its own on a unix socket or a free port of loopback."""

from __future__ import annotations

import glob
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import finalize

from tests.ports import free_port


class Redis:
    """A redis-server without persistence on a free port; `options` are more words of its command line."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.options = options
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """As HUBBUB_REDIS_URL takes it."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> Redis:
        """Start it and wait until it answers."""
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
             "--dir", str(self.folder), *self.options], stdout=subprocess.DEVNULL,
        )  # fmt: skip
        wait_until(self._answers, "redis-server did not start")
        return self

    def _answers(self) -> bool:
        ping = subprocess.run(["redis-cli", "-p", str(self.port), "ping"], capture_output=True, check=False)
        return ping.stdout.strip() == b"PONG"

    @property
    def runs(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.poll() is None

    def ask(self, *command: str) -> str:
        """The answer to a Redis command."""
        cli = ["redis-cli", "-p", str(self.port), *command]
        return subprocess.run(cli, capture_output=True, check=True, text=True).stdout.strip()

    def pause(self) -> None:
        """Stop it where it stands (SIGSTOP): connections stay open and nothing answers."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self.process is not None
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it at once. `start` starts it again on the same port, empty."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


class PostgreSQL:
    """A PostgreSQL cluster of its own; run as the postgres user when we are root, since it refuses root. Then it is
    not in a folder of pytest but in one beside, which goes with this object.

    `settings` are as `postgres -c` takes them: "fsync=off". `like` says where a cluster is that was stopped, to begin
    as its copy; without it this one is new, with an empty database.
    """

    def __init__(self, folder: Path, *settings: str, like: Callable[[], PostgreSQL] | None = None) -> None:
        self.settings = settings
        self.like = like
        self.folder = _reachable(folder)
        self.port = free_port()
        self.bin = _postgres_bin()
        self.process: subprocess.Popen[bytes] | None = None
        if self.folder != folder:
            finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    @property
    def url(self) -> str:
        """As HUBBUB_DATABASE_URL takes it."""
        return f"postgres://hubbub@127.0.0.1:{self.port}/hubbub"

    def start(self) -> PostgreSQL:
        """Make the cluster and the database the first time; start it and wait until it answers."""
        new = not (self.folder / "cluster").exists()
        if new:
            self._make()
        options = ["-D", str(self.folder / "cluster"), "-p", str(self.port), "-c", "listen_addresses=127.0.0.1",
                   "-c", f"unix_socket_directories={self.folder}"]  # fmt: skip
        options += [word for setting in self.settings for word in ("-c", setting)]
        with (self.folder / "log").open("ab") as log:
            command = [f"{self.bin}/postgres", *options]
            self.process = subprocess.Popen(command, stdout=log, stderr=log, **_as_postgres())
        wait_until(lambda: self._answers() or not self.runs, "postgres did not start")
        assert self.runs, f"postgres ended at once:\n{(self.folder / 'log').read_text()[-2000:]}"
        if new and not self.like:
            self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "hubbub", "hubbub")
        return self

    @property
    def runs(self) -> bool:
        """Whether its process is there."""
        return self.process is not None and self.process.poll() is None

    def _make(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres")
            for parent in list(self.folder.parents)[:-2]:
                parent.chmod(parent.stat().st_mode | 0o011)
        data = str(self.folder / "cluster")
        if self.like:
            subprocess.run(["cp", "-a", str(self.like().folder / "cluster"), data], check=True)  # owners stay as well
            return
        how = ["-U", "hubbub", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8"]
        self._run("initdb", "--no-sync", "-D", data, *how)

    def _answers(self) -> bool:
        ready = [f"{self.bin}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        subprocess.run([f"{self.bin}/{program}", *arguments], check=True, stdout=subprocess.DEVNULL, **_as_postgres())

    def url_through(self, port: int) -> str:
        """As HUBBUB_DATABASE_URL takes it, over another port (a tests.links.Link)."""
        return f"postgres://hubbub@127.0.0.1:{port}/hubbub"

    def query(self, statement: str) -> list[str]:
        """The rows of a statement, columns joined with "|"."""
        psql = [
            f"{self.bin}/psql",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-U",
            "hubbub",
            "-Atc",
            statement,
            "hubbub",
        ]
        return subprocess.run(psql, check=True, capture_output=True, text=True).stdout.split("\n")[:-1]

    def pause(self) -> None:
        """Freeze all its processes (SIGSTOP): the kernel still takes connections, nothing answers."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        """Let them go on."""
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, which: signal.Signals) -> None:
        assert self.process is not None
        family = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in [self.process.pid, *map(int, family.read_text().split())] if self.runs else []:
            with suppress(ProcessLookupError):
                os.kill(pid, which)

    def stop(self) -> None:
        """Stop it as an operator would who does not wait for clients (fast). `start` starts it again."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it at once, as a crash would. `start` starts it again, and it recovers."""
        self._end(signal.SIGQUIT)

    def _end(self, how: signal.Signals) -> None:
        if self.process:
            self._signal_all(signal.SIGCONT)
            self.process.send_signal(how)
            self.process.wait(timeout=60)
            self.process = None


def wait_until(condition: Callable[[], object], why: str, seconds: float = 30) -> None:
    """Wait until `condition()` holds; fail with `why` after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, why
        time.sleep(0.05)


def _reachable(folder: Path) -> Path:
    """Where a cluster can be that is meant for `folder`. Every pytest that starts takes the rights of others from the
    folder of all runs, and then the postgres user could not start again what was stopped there."""
    if os.getuid() == 0 and any(part.startswith("pytest-of-") for part in folder.parts):
        return Path(tempfile.mkdtemp(prefix="hubbub-postgres-"))
    return folder


def _postgres_bin() -> str:
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    initdb = found[-1] if found else shutil.which("initdb")
    assert initdb, "PostgreSQL is not installed"
    return str(Path(initdb).parent)


def _as_postgres() -> dict[str, Any]:
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"}
