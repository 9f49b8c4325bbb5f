"""The machine under the benchmark: its description, free ports, and what /proc says that processes cost."""

import math
import os
import platform
import socket
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


class Missing(Exception):
    """Something that the benchmark needs is not here; the text is one sentence that says what to install."""


def describe() -> str:
    """Returns one line: processor, cores, memory, kernel, Python."""
    processor = _value_of("/proc/cpuinfo", "model name") or platform.machine()
    memory = int((_value_of("/proc/meminfo", "MemTotal") or "0 kB").split()[0]) / 1024 / 1024
    return (
        f"{processor}, {os.cpu_count()} cores, {memory:.0f} GB, "
        f"Linux {platform.release()}, Python {platform.python_version()}"
    )


def free_port() -> int:
    """Returns a TCP port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", 0))
        except OSError as error:
            raise Missing(f"No free port on 127.0.0.1: {error.strerror}.") from error
        port: int = probe.getsockname()[1]
        return port


def family(pid: int) -> list[int]:
    """Returns the process and all its descendants."""
    pids = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            pids += family(int(child))
    return pids


def cpu_seconds(pids: list[int]) -> float:
    """Returns the CPU seconds that these processes have used so far, to 10 ms."""
    return sum(_ticks(pid) for pid in pids) / TICKS


def family_cpu_seconds(pid: int) -> float:
    """Returns the same of a process and all its descendants, those that have ended and were waited for too."""
    pids = family(pid)
    return sum(_ticks(pid) + _ticks(pid, _ENDED) for pid in pids) / TICKS


def memory_mb(pids: list[int]) -> float:
    """Returns the resident memory of these processes in MB."""
    return sum(int((_value_of(f"/proc/{pid}/status", "VmRSS") or "0 kB").split()[0]) for pid in pids) / 1024


def python_ms(times: int = 5) -> float:
    """Returns the CPU ms of a million additions in Python here: the pace behind every absolute figure."""
    best = math.inf
    for _ in range(times):
        start = time.process_time()
        total = 0
        for number in range(1_000_000):
            total += number
        best = min(best, time.process_time() - start)
    return best * 1000


def sync_ms(folder: Path, times: int = 100) -> float:
    """Returns how many ms it takes to append 4 KB and have it on the disk (fdatasync), on average."""
    path = folder / "sync"
    with path.open("wb", buffering=0) as file:
        start = time.perf_counter()
        for _ in range(times):
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
        took = time.perf_counter() - start
    path.unlink()
    return took / times * 1000


# Where /proc/PID/stat has the ticks of a process, behind its name, and those of children that it waited for (proc(5)).
_OWN, _ENDED = (11, 12), (13, 14)


def _ticks(pid: int, fields: tuple[int, int] = _OWN) -> int:
    try:
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0
    return sum(int(after_name[field]) for field in fields)


def _value_of(path: str, key: str) -> str | None:
    try:
        lines = Path(path).read_text().splitlines()
    except FileNotFoundError:
        return None
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), None)
