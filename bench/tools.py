"""The load tools in `bench/load`: compiles them when they changed, runs them, reads the JSON they print."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bench.doors import Door
from bench.machine import Missing

HERE = Path(__file__).parent
SOURCES = HERE / "load"
BUILD = HERE / "build"

Figures = dict[str, float]


class Target(Protocol):
    """What the tools speak to: a server of one node or of several."""

    def ports(self) -> str:
        """Returns "PORT,PORT…", one for each node."""

    def pids(self) -> str:
        """Returns "PID,PID…" of all its processes."""


class Failed(Exception):
    """A load tool gave up; the text is what it said."""


def compiled(name: str) -> Path:
    """Returns the program made of `load/<name>.c`, compiled anew when a source is newer."""
    source, program = SOURCES / f"{name}.c", BUILD / name
    newest = max(source.stat().st_mtime, (SOURCES / "ws.h").stat().st_mtime)
    if program.exists() and program.stat().st_mtime > newest:
        return program
    if not shutil.which("gcc"):
        raise Missing("The load tools are written in C: install gcc (Debian: apt install gcc libc6-dev).")
    BUILD.mkdir(exist_ok=True)
    subprocess.run(["gcc", "-O2", "-Wall", "-Wextra", "-o", program, source], check=True)
    return program


def fan(
    server: Target,
    path: str,
    *,
    members: int,
    posts: int,
    in_flight: int = 1,
    headers: Sequence[str] = (),
    environment: Mapping[str, str] | None = None,
    seconds: int = 180,
) -> Figures:
    """One speaks 80-byte posts, all members listen. Returns what `load/fan.c` prints."""
    numbers = [members, posts, in_flight, 80]
    command = [compiled("fan"), "127.0.0.1", server.ports(), path, *numbers, server.pids(), *headers]
    return _run(command, environment, seconds=seconds)


def talk(server: Target, door: Door, *, people: int, rooms: int, in_flight: int, seconds: int) -> Figures:
    """Everybody speaks 80-byte posts for so many seconds. Returns what `load/talk.c` prints."""
    numbers = [people, rooms, in_flight, seconds, 80]
    command = [compiled("talk"), "127.0.0.1", server.ports(), door.path, *numbers, server.pids(), *door.headers]
    return _run(command, door.environment, seconds=seconds + 60)


def herd(
    port: int, path: str, back: str, *, clients: int, rooms: int, at_once: int, patience: int
) -> "subprocess.Popen[str]":
    """Starts `load/herd.c`: when it prints "ready", kill the server and start it again on the same port."""
    command = [compiled("herd"), "127.0.0.1", port, path, back, clients, rooms, at_once]
    environment = {**os.environ, "PATIENCE": str(patience)}
    return subprocess.Popen([str(word) for word in command], env=environment, stdout=subprocess.PIPE, text=True)


def _run(command: Sequence[object], environment: Mapping[str, str] | None, *, seconds: int) -> Figures:
    words = [str(word) for word in command]
    everything = {**os.environ, **(environment or {})}
    try:
        done = subprocess.run(words, env=everything, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired as late:
        raise Failed(f"{Path(words[0]).name} was not done after {seconds} s") from late
    if done.returncode:
        raise Failed(f"{Path(words[0]).name}: {done.stderr.strip()[-300:] or 'no figures'}")
    return figures_of(done.stdout)


def figures_of(line: str) -> Figures:
    """Returns the figures in the line of JSON that a tool printed."""
    try:
        figures: Figures = json.loads(line)
    except ValueError as error:
        raise Failed("a load tool printed no figures") from error
    return figures
