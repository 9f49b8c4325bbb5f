"""Limits so low that what is rare comes often."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import override_settings

from hubbub.render.emoji import shortcodes
from tests.model.client import PAGE_MESSAGES

SMALL = {
    "RATE_LIMITS": False,
    "CATCH_UP_LIMIT": 6,
    "RECENT_FRAMES": 3,
    "PAGE_MESSAGES": PAGE_MESSAGES,
    "SOCKETS_PER_PERSON": 1000,
}


@pytest.fixture
def small_limits(transactional_db: None) -> Iterator[None]:
    """Limits so low that resets, forgotten frames and page ends come often. The names of emoji are read before: a real
    thread would read them when it likes."""
    shortcodes()
    with override_settings(HUBBUB=SMALL):
        yield
