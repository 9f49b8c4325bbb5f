"""Hosts and cables made of network namespaces, small file systems, other clocks: what needs rights, and whether we have
them."""

from __future__ import annotations

import glob
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path

from tests.network import changing
from tests.servers import Server

_numbers = count(1)


class Host:
    """A host of its own: a network namespace with a cable (a veth pair) to this one. `with Host() as host`."""

    def __init__(self) -> None:
        number = next(_numbers)
        self.name = f"hubbub{os.getpid()}-{number}"
        self.cable = f"hub{os.getpid() % 100_000}x{number}"  # at most 15 characters
        net = f"10.213.{(os.getpid() + number) % 256}"
        self.here, self.there = f"{net}.1", f"{net}.2"

    def __enter__(self) -> Host:
        self._turn = changing()
        self._turn.__enter__()
        try:
            self._make()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _make(self) -> None:
        _ip("netns", "add", self.name)
        _ip("link", "add", self.cable, "type", "veth", "peer", "name", "eth0", "netns", self.name)
        _ip("address", "add", f"{self.here}/30", "dev", self.cable)
        _ip("-n", self.name, "address", "add", f"{self.there}/30", "dev", "eth0")
        for device in ("lo", "eth0"):
            _ip("-n", self.name, "link", "set", device, "up")
        self.plug()

    def __exit__(self, *_: object) -> None:
        subprocess.run(["ip", "netns", "delete", self.name], check=False, capture_output=True)
        subprocess.run(["ip", "link", "delete", self.cable], check=False, capture_output=True)
        self._turn.__exit__(None, None, None)

    def pull(self) -> None:
        """Pull the cable: nothing passes, and nobody is told."""
        _ip("link", "set", self.cable, "down")

    def plug(self) -> None:
        """Plug it in again."""
        _ip("link", "set", self.cable, "up")

    def server(self, data: Path, **environment: str) -> Server:
        """A server on that host."""
        server = Server(data, stack="sqlite", **environment)
        server.host, server.prefix = self.there, ["ip", "netns", "exec", self.name]
        return server


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], check=False, capture_output=True, text=True)
    if done.returncode:
        raise OSError(f"ip {' '.join(arguments)}: {done.stderr.strip()}")


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of that size, in memory."""
    folder.mkdir(parents=True, exist_ok=True)
    size = ["-o", f"size={megabytes}m,mode=755"]
    subprocess.run(["mount", "-t", "tmpfs", *size, "tmpfs", str(folder)], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)


def fill(disk: Path) -> Path:
    """Fill the rest of a disk; the file to remove, to have room again."""
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"\0" * size)
            except OSError:
                continue
    return ballast


def other_clock(shift: str) -> dict[str, str]:
    """The environment of a process whose calendar runs ahead ("+2h") or behind ("-1h"); its timers do not notice."""
    return {"LD_PRELOAD": _faketime(), "FAKETIME": shift, "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1"}  # fmt: skip


def _faketime() -> str:
    found = sorted(glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") + glob.glob("/usr/lib/faketime/libfaketimeMT*"))
    return found[0] if found else ""


# ── what rows need ──


@cache
def no_hosts() -> str:
    """Why there are no network namespaces here; empty when there are."""
    try:
        with Host():
            return ""
    except OSError as error:
        return f"no network namespaces ({error})"


@cache
def no_small_disks() -> str:
    """Why no file system can be mounted here; empty when one can."""
    folder = Path(f"/tmp/hubbub-disk-{os.getpid()}")
    try:
        with small_disk(folder, 1):
            return ""
    except (OSError, subprocess.CalledProcessError) as error:
        said = getattr(error, "stderr", b"") or b""
        return f"no file system can be mounted ({said.decode().strip() or error})"
    finally:
        folder.rmdir()


def no_other_clock() -> str:
    """Why no process can have another clock here; empty when one can."""
    return "" if _faketime() else "libfaketime is missing (Debian: faketime)"
