"""Is the process alive, and can it take posts now?"""

from __future__ import annotations

import time

from django.db import DatabaseError
from django.db.models import F
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache

from hubbub import node
from hubbub.models import Epoch

_asked = (-1.0e9, False)


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers."""
    return JsonResponse({"status": "alive"})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """200 `ready` or `degraded` (the layer is down; the head check carries messages), else 503 with what fails (G9)."""
    running = node.running()
    checks = {
        "database": "ok" if _can_store() else "failing",
        "layer": "ok" if running is None or running.announcer.healthy else "failing",
        "draining": "yes" if running is not None and running.draining else "no",
    }
    down = checks["database"] != "ok" or checks["draining"] == "yes"
    status = "down" if down else "degraded" if checks["layer"] != "ok" else "ready"
    return JsonResponse({"status": status, "checks": checks}, status=503 if down else 200)


def _can_store() -> bool:
    """Whether a write commits, disk and all: asked at most once a second, whoever asks."""
    global _asked
    at, answer = _asked
    if time.monotonic() - at > 1:
        try:
            Epoch.current()
            Epoch.objects.update(name=F("name"))
            answer = True
        except DatabaseError:
            answer = False
        _asked = (time.monotonic(), answer)
    return answer
