"""Is the process alive, and can it take posts now?"""

from __future__ import annotations

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from hubbub import node
from hubbub.models import Epoch


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "alive"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 `ready` or `degraded` (the layer is down; the head check carries messages), else 503 with what fails (G9)."""
    running = node.running()
    checks = {
        "database": _database(),
        "journal": "ok" if running is None or running.journal.healthy else "failing",
        "layer": "ok" if running is None or running.announcer.healthy else "failing",
        "draining": "yes" if running is not None and running.draining else "no",
    }
    down = checks["database"] != "ok" or checks["journal"] != "ok" or checks["draining"] == "yes"
    status = "down" if down else "degraded" if checks["layer"] != "ok" else "ready"
    return JsonResponse({"status": status, "checks": checks}, status=503 if down else 200)


def _database() -> str:
    try:
        Epoch.current()
    except DatabaseError:
        return "failing"
    return "ok"
