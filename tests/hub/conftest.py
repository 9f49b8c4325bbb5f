"""A hub over a room's log in memory."""

from __future__ import annotations

import pytest

from hubbub.hub import Hub
from tests.hub.log import Log


@pytest.fixture
def opened() -> list[tuple[str, bool]]:
    return []


@pytest.fixture
async def log() -> Log:
    return Log()


@pytest.fixture
async def room(log: Log, opened: list[tuple[str, bool]]) -> Hub:
    return Hub(log.read, lambda key, on: opened.append((key, on)))
