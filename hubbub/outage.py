"""Something that fails for a while: said once when it begins and once when it is over, however often it is met."""

from __future__ import annotations

import logging
import time

logger = logging.getLogger("hubbub.outage")

NEVER = float("-inf")
QUIET_SECONDS = 2.0


class Outage:
    """Whether one thing fails now. Safe from any thread."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._began = NEVER
        self._last = NEVER

    def met(self, error: BaseException) -> None:
        """It failed."""
        self._last = time.monotonic()
        if self._began == NEVER:
            self._began = self._last
            why = (str(error).strip() or type(error).__name__).splitlines()[0]
            logger.error("%s: %s", self._what, why)

    def over(self) -> None:
        """It worked. Cheap, for the usual case; believed when nothing has failed for a moment."""
        if self._began != NEVER and time.monotonic() - self._last > QUIET_SECONDS:
            lasted = self._last - self._began
            self._began = NEVER
            logger.warning("Over after %.1f s: %s", lasted, self._what)

    def met_since(self, moment: float) -> bool:
        """Whether it failed after `moment` (`time.monotonic()`)."""
        return self._last > moment
