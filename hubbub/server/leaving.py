"""The end of a server process, whatever its threads wait for: one may be asking a database that never answers, and
Python waits for its threads before it ends (decision 56)."""

from __future__ import annotations

import os
import threading


def leave_within(seconds: float) -> None:
    """End this process by then, with exit code 0, if it has not ended by itself. Of several calls the earliest counts.

    For a process that has kept its promises: what was acknowledged is stored, and nobody hears what a thread still
    brings.
    """
    timer = threading.Timer(seconds, os._exit, [0])
    timer.daemon = True  # it must not hold up the end itself
    timer.start()
