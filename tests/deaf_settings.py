"""The standalone project with a policy that waits for somebody who never answers, when the node asks it."""

import threading
import time

from hubbub.server.settings import *  # noqa: F403
from hubbub.server.settings import HUBBUB

HUBBUB = {**HUBBUB, "POLICY": "tests.deaf_settings.policy"}
UNTIL_LONG_AFTER = 120


def policy() -> tuple[bool, bool]:
    """Let everybody in; in a reader thread, think about it for minutes."""
    if threading.current_thread().name.startswith("hubbub-reader"):
        print("The policy is asked and does not answer", flush=True)
        time.sleep(UNTIL_LONG_AFTER)
    return True, True
