"""Starts and stops what is measured: Hubbub, the floor, the tutorial's chat, Redis; ends only its own."""

import contextlib
import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.machine import Missing, cpu_seconds, family, free_port, memory_mb

ROOT = Path(__file__).parent.parent
HUBBUB_OWN = ("HUBBUB_DATABASE_URL", "HUBBUB_REDIS_URL", "HUBBUB_DATA", "HUBBUB_PORT", "HUBBUB_HOST", "HUBBUB_WORKERS")


class NotStarted(Exception):
    """A server did not answer in time; the text is the end of its log."""


@dataclass
class Server:
    """A running server process on 127.0.0.1."""

    name: str
    port: int
    process: "subprocess.Popen[bytes]"
    log: Path
    seconds_to_answer: float = 0.0

    def family(self) -> list[int]:
        """Returns the ids of the process and its children."""
        return family(self.process.pid)

    def ports(self) -> str:
        """Returns its port, as the load tools want it."""
        return str(self.port)

    def pids(self) -> str:
        """Returns the same as "PID,PID…", as the load tools want it."""
        return ",".join(map(str, self.family()))

    def cpu_seconds(self) -> float:
        """Returns the CPU seconds used so far."""
        return cpu_seconds(self.family())

    def memory_mb(self) -> float:
        """Returns resident memory in MB."""
        return memory_mb(self.family())

    def settle(self, at_most: float = 15.0) -> None:
        """Waits until the server is idle, so that one measurement does not pay for the one before."""
        until = time.monotonic() + at_most
        while time.monotonic() < until:
            before = self.cpu_seconds()
            time.sleep(0.5)
            if self.cpu_seconds() - before < 0.03:
                return

    def kill(self) -> None:
        """Ends the process at once, as a power cut would (SIGKILL)."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Asks the process to end, and ends it after 12 s."""
        self.process.terminate()
        try:
            self.process.wait(12)
        except subprocess.TimeoutExpired:
            self.kill()


def start_hubbub(data: Path, port: int | None = None, **environment: str) -> Server:
    """Starts `hubbub serve` in the folder `data`, on SQLite unless `environment` says otherwise, without limits;
    returns once a page has come."""
    port = port or free_port()
    command = [hubbub_command(), "serve", "--host", "127.0.0.1", "--port", port, "--data", data]
    everything = {**hubbub_environment(data), **environment}
    return _start("hubbub", port, command, data.with_suffix(".log"), everything, page="/chat/")


def hubbub_command() -> Path:
    """Returns the program `hubbub` of this Python's environment."""
    program = Path(sys.executable).with_name("hubbub")
    if not program.exists():
        raise Missing("Hubbub is not installed in this environment: run `make bench`, or pip install -e .")
    return program


def hubbub_environment(data: Path) -> dict[str, str]:
    """Returns the environment of a Hubbub that has this data folder and no limits."""
    inherited = {name: value for name, value in os.environ.items() if name not in HUBBUB_OWN}
    return {**inherited, "HUBBUB_DATA": str(data), "HUBBUB_RATE_LIMITS": "off"}


def start_floor(program: Path, folder: Path) -> Server:
    """Starts the least that a server can do."""
    port = free_port()
    return _start("floor", port, [program, port], folder / "floor.log", dict(os.environ))


def start_tutorial(engine: str, layer: str, folder: Path, redis: str = "") -> Server:
    """Starts the tutorial's chat on `engine` (uvicorn, daphne) with `layer` (memory, core, pubsub)."""
    port = free_port()
    application = "bench.peers.tutorial.asgi:application"
    options: dict[str, Sequence[object]] = {
        "uvicorn": ["uvicorn", application, "--port", port, "--log-level", "critical", "--no-access-log"],
        "daphne": ["daphne", "-v", "0", "-p", port, "--access-log", os.devnull, application],
    }
    environment = {**os.environ, "TUTORIAL_LAYER": layer, "TUTORIAL_REDIS": redis}
    command = [sys.executable, "-m", *options[engine]]
    return _start(f"{engine}+{layer}", port, command, folder / f"{engine}-{layer}.log", environment, page="/chat/")


@contextlib.contextmanager
def running(server: Server) -> Iterator[Server]:
    """Stops the server at the end."""
    try:
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def redis(folder: Path) -> Iterator[str]:
    """A Redis of our own on a unix socket, which keeps nothing; yields its address."""
    if not shutil.which("redis-server"):
        raise Missing("The tutorial's chat needs Redis: install redis-server (Debian: apt install redis-server).")
    path = folder / "redis.sock"
    command = ["redis-server", "--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no"]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen([str(word) for word in command], stdout=log, stderr=log)
    try:
        _await_file(path)
        yield f"unix://{path}"
    finally:
        process.terminate()
        process.wait()
        path.unlink(missing_ok=True)


def flush(address: str) -> None:
    """Empties Redis, which else remembers the group members of a process that has gone (for a day)."""
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(address.removeprefix("unix://"))
        line.sendall(b"FLUSHALL\r\n")
        line.recv(64)


def _start(
    name: str,
    port: int,
    command: Sequence[object],
    log: Path,
    environment: dict[str, str],
    page: str | None = None,
) -> Server:
    with log.open("ab") as output:
        begun = time.monotonic()
        process = subprocess.Popen(
            [str(word) for word in command], cwd=ROOT, env=environment, stdout=output, stderr=output
        )
    server = Server(name, port, process, log)
    try:
        _await_answer(server, page)
    except BaseException:
        server.kill()
        raise
    server.seconds_to_answer = time.monotonic() - begun
    return server


def _await_answer(server: Server, page: str | None, at_most: float = 30.0) -> None:
    until = time.monotonic() + at_most
    while time.monotonic() < until and server.process.poll() is None:
        if _answers(server.port, page):
            return
        time.sleep(0.02)
    end_of_log = server.log.read_text(errors="replace").strip()[-600:]
    raise NotStarted(f"{server.name} did not answer on port {server.port}: {end_of_log}")


def _answers(port: int, page: str | None) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.connect()
        if page is None:
            return True
        connection.request("GET", page)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _await_file(path: Path, at_most: float = 10.0) -> None:
    until = time.monotonic() + at_most
    while not path.exists():
        if time.monotonic() > until:
            raise NotStarted(f"{path.name} did not appear within {at_most:.0f} s")
        time.sleep(0.02)
