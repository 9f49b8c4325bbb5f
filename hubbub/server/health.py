"""Is the process alive, and can it take posts now?

What is asked may hang (a frozen database, a disk that is gone), so each check runs in a thread of its own: at most one
at a time, shared by all who ask meanwhile, and failing for them after two seconds.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.db.models import F
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from hubbub import node
from hubbub.figures import figures
from hubbub.models import Epoch

PATIENCE = 2.0
KEPT = 1.0  # seconds that an answer counts
NOTHING_FREE = 1 << 20  # bytes; SQLite needs some to store anything

Report = dict[str, object]

free_bytes = 0  # where the data folder is, as last seen


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers. For servers without hubbub.server.reception (WSGI)."""
    return JsonResponse({"status": "alive"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """`ready_now`, for servers without hubbub.server.reception (WSGI)."""
    status, report = _report(database.wait(), disk.wait())
    return JsonResponse(report, status=status)


async def ready_now() -> tuple[int, Report]:
    """200 with `ready`, or with `degraded` (slower, or not for long); 503 with `down`: posts can't be stored (G9)."""
    return _report(*await asyncio.gather(database.answer(), disk.answer()))


def _report(database: str, disk: str) -> tuple[int, Report]:
    running = node.running()
    checks = {
        "database": database,
        "layer": "ok" if running is None or running.announcer.healthy else "failing",
        "disk": disk,
        "draining": "yes" if running is not None and running.draining else "no",
    }
    status = _status(checks)
    return 503 if status == "down" else 200, {"status": status, "checks": checks}


def _status(checks: dict[str, str]) -> str:
    full = checks["disk"] in ("full", "failing")
    if checks["database"] != "ok" or checks["draining"] == "yes" or (full and _database_is_in_data_folder()):
        return "down"
    return "ready" if checks["layer"] == checks["disk"] == "ok" else "degraded"


class Check:
    """One question that may hang. `ask` runs in a thread and returns "ok" or what is wrong in a word."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._flight: Future[str] | None = None
        self._began = 0.0

    def wait(self) -> str:
        """The answer, for a thread."""
        flight, left = self._take_off()
        try:
            return flight.result(left)
        except TimeoutError:
            return "failing"

    async def answer(self) -> str:
        """The answer, for the event loop."""
        flight, left = self._take_off()
        if flight.done() or left <= 0:
            return flight.result() if flight.done() else "failing"
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(flight)), left)
        except TimeoutError:
            return "failing"

    def _take_off(self) -> tuple[Future[str], float]:
        """The question in flight or just answered, or a new one; and the seconds that it still has."""
        with self._lock:
            now = time.monotonic()
            if self._flight is None or (self._flight.done() and now - self._began > KEPT):
                self._flight, self._began = Future(), now
                threading.Thread(target=self._fly, args=(self._flight,), name="hubbub-check", daemon=True).start()
            return self._flight, max(0.0, self._began + PATIENCE - now)

    def _fly(self, flight: Future[str]) -> None:
        try:
            flight.set_result(self._ask())
        except Exception:  # whatever it is, it does not work
            flight.set_result("failing")
        finally:
            connections.close_all()


def _can_store() -> str:
    """Whether a write commits, disk and all. A server that stores posts all the time need not be asked, nor one that
    could not: a full disk may have room for this small write, and none for a post."""
    running = node.running()
    if running is not None and running.journal.failing:
        return "failing"
    if time.perf_counter() - figures.stored_at > KEPT:
        Epoch.current()
        Epoch.objects.update(name=F("name"))
    return "ok"


def _has_space() -> str:
    """How full the data folder's disk is."""
    global free_bytes
    free = free_bytes = free_space(settings.DATA)
    if free < NOTHING_FREE:
        return "full"
    return "ok" if free >= settings.DISK_LOW_MB * 1_000_000 else "low"


def free_space(folder: Path) -> int:
    """Free bytes where `folder` is, or will be."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def _database_is_in_data_folder() -> bool:
    default = settings.DATABASES["default"]
    return "sqlite" in default["ENGINE"] and Path(os.fspath(default["NAME"])).is_relative_to(settings.DATA)


database = Check(_can_store)
disk = Check(_has_space)
