"""`hubbub serve --workers N`: one port, N processes, kept alive, replaced one by one, and as one server to people."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import StartServer
from tests.people import A_SECOND, PASSWORD, Browser, Talk, dial
from tests.servers import ROOT, Server

WORKERS = 2
PATIENCE = 30.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with two workers, for tests that leave it as it was."""
    server = Server(tmp_path_factory.mktemp("workers") / "data", HUBBUB_WORKERS=str(WORKERS), HUBBUB_RATE_LIMITS="off")
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def apart(server: Server) -> AsyncIterator[Callable[..., Any]]:
    """Two sockets on two different workers: `ana, ben = await apart(browser)`."""
    async with AsyncExitStack() as stack:

        async def bring(browser: Browser | None = None) -> tuple[Talk, Talk]:
            first = await _dial(stack, server, browser)
            while _worker(server, second := await _dial(stack, server, browser)) == _worker(server, first):
                pass
            return first, second

        yield bring


async def _dial(stack: AsyncExitStack, server: Server, browser: Browser | None) -> Talk:
    talk = await dial(server, browser=browser)
    stack.push_async_callback(talk.close)
    return talk


def _worker(server: Server, talk: Talk) -> int:
    return server.worker_of(talk.socket.local_address[1])


def until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def alive(pid: int) -> bool:
    """Whether the process runs (one that ended and was not asked about yet does not)."""
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


# ── as one server ───────────────────────────────────────────────────────────────────────────────────


async def test_what_is_said_at_one_worker_is_heard_at_the_other_at_once_and_in_order(apart: Any) -> None:
    ana, ben = await apart()
    await ana.join("bridge")
    await ben.join("bridge")
    for number in range(100):
        await ana.say(type="post", room="bridge", message=f"word {number}", nonce=f"n{number}")
    assert [(await ben.until("message"))["seq"] for _ in range(100)] == list(range(1, 101))
    await ben.post("bridge", "and back")
    assert (await ana.until("message", message="and back"))["seq"] == 101


async def test_who_is_here_and_who_types_is_told_at_all_workers(apart: Any) -> None:
    ana, ben = await apart()
    await ana.join("parlour")
    await ben.join("parlour")
    both = await ana.until("here", count=2)
    assert both["people"] == (await ben.until("here", count=2))["people"]
    await ana.say(type="typing", room="parlour")
    assert (await ben.until("typing"))["person"]["id"] in {person["id"] for person in both["people"]}
    await ben.close()
    await ana.until("here", count=1)


async def test_signing_out_at_one_worker_ends_the_sockets_at_the_others_within_a_second(
    server: Server, apart: Any
) -> None:
    await asyncio.to_thread(server.command, "shell", "-c", _ACCOUNT)
    browser = await asyncio.to_thread(Browser(server).sign_in, "dora")
    ana, ben = await apart(browser)
    await ana.until("welcome")
    await ben.until("welcome")
    await asyncio.to_thread(browser.get, "/chat/")
    began = time.monotonic()
    await asyncio.to_thread(browser.post, "/accounts/sign-out/")
    assert await asyncio.gather(ana.goodbye(), ben.goodbye()) == [4401, 4401]
    assert time.monotonic() - began < A_SECOND


async def test_what_is_read_at_one_worker_is_told_at_the_other(server: Server, apart: Any) -> None:
    browser = Browser(server)
    await asyncio.to_thread(browser.get, "/chat/")
    ana, ben = await apart(browser)
    for socket_ in (ana, ben):
        await socket_.join("library")
    await ana.post("library", "I was here")
    stranger = await dial(server)
    said = await stranger.post("library", "and I")
    await ben.until("message", seq=said["seq"])
    await ana.say(type="read", room="library", seq=said["seq"])
    assert (await ben.until("read", room="library"))["unread"] == 0
    await stranger.close()


async def test_what_a_shell_says_is_heard_at_both(server: Server, apart: Any) -> None:
    ana, ben = await apart()
    for talk in (ana, ben):
        await talk.join("shell")
    await asyncio.to_thread(server.command, "shell", "-c", _SHELL_POST)
    for talk in (ana, ben):
        await talk.until("message", message="from the shell", seconds=PATIENCE)


async def test_connections_spread_over_the_workers(server: Server) -> None:
    """Evenly by chance: fewer than 60 of 200 at one of two would happen once in a hundred million times."""
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
    try:
        until(lambda: _shares(server, connections).total() == 200, "all are accepted")
        shares = _shares(server, connections)
    finally:
        for connection in connections:
            connection.close()
    assert len(shares) == WORKERS
    assert min(shares.values()) >= 60


def _shares(server: Server, connections: list[socket.socket]) -> Counter[int]:
    ports = {connection.getsockname()[1] for connection in connections}
    shares: Counter[int] = Counter()
    for worker in server.workers():
        inodes = {os.readlink(file) for file in Path(f"/proc/{worker}/fd").iterdir() if os.path.lexists(file)}
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
            fields = line.split()
            ours = int(fields[1][-4:], 16) == server.port and int(fields[2][-4:], 16) in ports
            shares[worker] += ours and f"socket:[{fields[9]}]" in inodes
    return shares


# ── started, kept alive, ended ──────────────────────────────────────────────────────────────────────


def test_a_worker_that_dies_is_started_again_and_what_it_left_is_removed(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_WORKERS="2")
    first, second = server.workers()
    run = Path(_environment(first)["HUBBUB_RUN"])
    assert (_environment(first)["HUBBUB_WORKER"], _environment(second)["HUBBUB_WORKER"]) == ("1", "2")
    assert run.stat().st_mode & 0o777 == 0o700
    for name in ("worker-1.sock", "worker-2.sock", "worker-10.sock"):
        (run / name).touch()
    os.kill(first, signal.SIGKILL)
    until(lambda: len(server.workers()) == 2 and first not in server.workers(), "a new one is there")
    until(lambda: not (run / "worker-1.sock").exists(), "what it left is removed")
    left = {file.name for file in run.iterdir()}
    assert {"worker-2.sock", "worker-2.figures", "worker-10.sock"} <= left
    assert second in server.workers()
    assert server.stop() == 0
    assert not run.exists()


def test_a_worker_that_dies_again_and_again_is_started_less_and_less_often(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_WORKERS="2")
    steady = server.workers()[1]
    for _ in range(2):
        victim = next(worker for worker in server.workers() if worker != steady)
        os.kill(victim, signal.SIGKILL)
        until(lambda: not alive(victim), "it is gone")  # noqa: B023
        until(lambda: len(server.workers()) == 2, "the next one is there")
    for _ in range(20):  # while one pauses nobody is turned away
        Browser(server).get("/healthz")
    assert server.log.read_text().count("ended by itself") == 2


def test_sigterm_ends_all_within_ten_seconds_even_one_that_hangs(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_WORKERS="2")
    workers = server.workers()
    os.kill(workers[0], signal.SIGSTOP)
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 10 + 2  # and what a busy machine takes to end processes
    assert not any(map(alive, workers))
    assert "is killed" in server.log.read_text()


def test_ctrl_c_in_a_terminal_ends_all_in_good_order(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_WORKERS="2")
    workers = server.workers()
    assert all(os.getpgid(worker) != os.getpgid(server.pid) for worker in workers), "Ctrl-C would reach them too"
    assert server.process is not None
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(15) == 0
    assert not any(map(alive, workers))
    assert "Traceback" not in server.log.read_text()


async def test_when_the_supervisor_is_killed_its_workers_drain_and_go(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_WORKERS="2")
    workers = server.workers()
    run = Path(_environment(workers[0])["HUBBUB_RUN"])
    talk = await dial(server)
    await talk.until("welcome")
    server.kill()
    assert await talk.goodbye() == 1012
    until(lambda: not any(map(alive, workers)), "nobody is left", 12)
    assert not await asyncio.to_thread(run.exists)
    server.start()  # on the same port


def test_a_server_that_cannot_start_says_why_and_ends(tmp_path: Path) -> None:
    (tmp_path / "hubbub.sqlite3").write_bytes(b"not a database at all" * 100)
    run = _hubbub("serve", "--workers", "2", "--port", "0", "--data", str(tmp_path))
    assert run.returncode == 2
    assert run.stderr.startswith("hubbub: The database can't be used")
    assert len(run.stderr.splitlines()) == 1


def test_workers_that_cannot_start_end_the_server(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\nif 'HUBBUB_WORKER' in os.environ: os.environ['HUBBUB_REDIS_URL'] = 'nonsense'\n"
    )
    run = _hubbub("serve", "--workers", "2", "--port", "0", "--data", str(tmp_path / "data"), PYTHONPATH=str(tmp_path))
    assert run.returncode == 2
    assert "hubbub: HUBBUB_REDIS_URL is not an address" in run.stderr
    assert "Traceback" not in run.stderr


def test_a_busy_port_is_said_even_by_a_server_that_could_share_it(server: Server, tmp_path: Path) -> None:
    run = _hubbub("serve", "--workers", "2", "--port", str(server.port), "--data", str(tmp_path))
    assert run.returncode == 2
    assert f"Can't listen on 127.0.0.1 port {server.port}" in run.stderr


@pytest.mark.parametrize("number", ["0", "-1", "many", "65", "²"])
def test_a_number_of_workers_that_is_none_is_said(tmp_path: Path, number: str) -> None:
    run = _hubbub("serve", f"--workers={number}", "--data", str(tmp_path))
    assert run.returncode == 2
    assert "is not a number of workers" in run.stderr


def test_one_worker_is_one_process(start_server: StartServer) -> None:
    server = start_server("fast", HUBBUB_WORKERS="1")
    assert Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().strip() == ""


def _hubbub(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("HUBBUB_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "hubbub.server.cli", *arguments], cwd=ROOT, env={**clean, **environment},
        capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip


def _environment(pid: int) -> dict[str, str]:
    raw = Path(f"/proc/{pid}/environ").read_bytes().decode().split("\0")
    return dict(line.split("=", 1) for line in raw if "=" in line)


_ACCOUNT = f"""
from django.contrib.auth.models import User
User.objects.create_user("dora", password={PASSWORD!r})
"""

_SHELL_POST = """
from hubbub.api import post_message
from hubbub.models import Person
post_message("shell", "from the shell", author=Person.objects.create(name="Ana"))
"""
