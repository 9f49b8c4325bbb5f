"""Real servers for tests, each a process of its own on a free port of loopback: started, killed, started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO

from tests import stack as stacks
from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = {
    "fast": ["-m", "hubbub.server.cli", "serve", "--host", "{host}", "--port", "{port}", "--data", "{data}"],
    "uvicorn": ["-m", "uvicorn", "--ws", "websockets-sansio", "--port", "{port}", "--lifespan", "off",
                "--log-level", "warning", "--ws-max-size", "65536", "hubbub.server.asgi:application"],
    "daphne": ["-m", "daphne", "-b", "127.0.0.1", "-p", "{port}", "-v", "0", "hubbub.server.asgi:application"],
    "hypercorn": ["-m", "hypercorn", "-b", "127.0.0.1:{port}", "--log-level", "warning",
                  "--websocket-ping-interval", "20", "hubbub.server.asgi:application"],
    "gunicorn": ["-m", "gunicorn", "--bind", "127.0.0.1:{port}", "--threads", "4", "--log-level", "warning",
                 "hubbub.server.wsgi"],
}  # fmt: skip


class Server:
    """A server process with its data folder.

    `kind` is "fast" (hubbub serve), "uvicorn", "daphne", "hypercorn", or "gunicorn", which serves pages alone.

    The port stays the same from one start to the next, so clients can come back. It runs on the stack of this run of
    the tests, or on `stack`; whoever names HUBBUB_DATABASE_URL has chosen already. A new folder is the copy of a
    first start's, of its static files alone where the database is named, unless `from_nothing`.
    """

    def __init__(
        self, data: Path, kind: str = "fast", *, stack: str = "", from_nothing: bool = False, **environment: str
    ) -> None:
        self.data, self.kind = data, kind
        self.host = "127.0.0.1"
        self.prefix: list[str] = []  # what starts it instead of ourselves, as in another network namespace
        self.port = free_port()
        self.stack = "sqlite" if "HUBBUB_DATABASE_URL" in environment else stack or stacks.chosen()
        self.from_nothing = from_nothing
        self.elsewhere = bool(environment.get("HUBBUB_DATABASE_URL"))
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "hubbub.server.settings",
            "HUBBUB_DATA": str(data),
            **stacks.environment(data, self.stack),
            **environment,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.log = data.parent / f"{data.name}-{kind}.log"
        self._out: IO[bytes] | None = None
        self._starts = 0

    @property
    def url(self) -> str:
        """Where its pages are, without a slash at the end."""
        return f"http://{self.host}:{self.port}"

    @property
    def ws(self) -> str:
        """Where its sockets are, without a slash at the end."""
        return f"ws://{self.host}:{self.port}"

    @property
    def pid(self) -> int:
        """The server's process."""
        assert self.process is not None
        return self.process.pid

    def start(self) -> Server:
        """Start it and wait until it is ready."""
        self.prepare()
        if self.kind != "fast" and (self.from_nothing or self.elsewhere):
            self._run("hubbub.server.prepare")
        arguments = [part.format(host=self.host, port=self.port, data=self.data) for part in COMMANDS[self.kind]]
        self._out = self.log.open("ab")
        self._starts = self.log.read_bytes().count(b"Hubbub is on") + 1
        self.process = subprocess.Popen(
            [*self.prefix, sys.executable, *arguments], cwd=ROOT, env=self.environment, stdout=self._out,
            stderr=self._out, process_group=0 if self._in_a_group else None,
        )  # fmt: skip
        self._until_ready()
        return self

    def prepare(self) -> None:
        """Its folder and its database, ready to start."""
        if self.from_nothing:
            if self.stack == "postgres":
                stacks.make_database(self.data)
        elif self.elsewhere:
            stacks.furnish(self.data)
        else:
            stacks.prepare(self.data, self.stack)

    def command(self, *arguments: str, input: str | None = None) -> str:
        """Run a Django command of this server in another process; its standard output."""
        self.prepare()
        return self._run("hubbub.server.cli", *arguments, input=input)

    def _run(self, module: str, *arguments: str, input: str | None = None) -> str:
        run = subprocess.run(
            [sys.executable, "-m", module, *arguments], cwd=ROOT, env=self.environment,
            capture_output=True, text=True, input=input, check=False,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr
        return run.stdout

    def pause(self) -> None:
        """Stop it where it stands (SIGSTOP)."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it at once, as the system would: no goodbye, nothing flushed."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask it to stop and wait; its exit code."""
        return self._end(signal.SIGTERM)

    def workers(self) -> list[int]:
        """The processes of its workers, in the order in which they were started; none of a single process."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return [int(child) for child in children if b"hubbub.server.worker\0" in _command_line(child)]

    def worker_of(self, client_port: int) -> int:
        """The worker that has the connection from this port of loopback."""
        inode = _inode(self.port, client_port)
        for worker in self.workers():
            for file in Path(f"/proc/{worker}/fd").iterdir():
                if os.path.lexists(file) and os.readlink(file) == f"socket:[{inode}]":
                    return worker
        raise AssertionError(f"no worker has the connection from port {client_port}")

    def renew(self, seconds: float = 60) -> None:
        """Ask for new workers (SIGHUP) and wait until all are."""
        before = self.log.read_text().count("workers are new")
        assert self.process is not None
        self.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + seconds
        while self.log.read_text().count("workers are new") == before:
            assert time.monotonic() < deadline, self.log.read_text()[-3000:]
            time.sleep(0.05)

    def _end(self, how: signal.Signals) -> int:
        if self.process is None:
            return 0
        self.process.send_signal(how)
        if self._in_a_group and how == signal.SIGKILL:
            os.killpg(self.process.pid, how)
        code = self.process.wait(timeout=20)
        self.process = None
        if self._out:
            self._out.close()
        return code

    @property
    def _in_a_group(self) -> bool:
        """hypercorn serves in a process of its own, which outlives it when it is killed."""
        return self.kind == "hypercorn"

    def _all_here(self) -> bool:
        """Whether a server of ours has said where it is: with workers it does when all of them serve."""
        return self.kind != "fast" or self.log.read_bytes().count(b"Hubbub is on") >= self._starts

    def _until_ready(self, seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=2) as answer:
                    if answer.status == 200 and self._all_here():
                        return
            except (urllib.error.URLError, OSError):
                pass
            time.sleep(0.05)
        raise AssertionError(f"{self.kind} did not start:\n{self.log.read_text()[-3000:]}")


def _command_line(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # it has gone
        return b""


def _inode(server_port: int, client_port: int) -> str:
    ends = f"0100007F:{server_port:04X} 0100007F:{client_port:04X}"
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if f"{fields[1]} {fields[2]}" == ends:
            return fields[9]
    raise AssertionError(f"there is no connection from port {client_port}")
