"""Tests that change the network and tests that need it steady take turns."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests import network
from tests.network import changing, steady


@pytest.fixture(autouse=True)
def _a_network_of_our_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Others use the machine's meanwhile, for as long as they like."""
    monkeypatch.setattr(network, "_folder", tmp_path)


def test_links_change_only_while_no_browser_looks() -> None:
    changed = threading.Event()

    def change() -> None:
        with changing():
            changed.set()

    with steady(), steady():
        other = threading.Thread(target=change)
        other.start()
        assert not changed.wait(0.3)
    other.join(10)
    assert changed.is_set()


def test_nobody_looks_while_they_change() -> None:
    looked = threading.Event()

    def look() -> None:
        with steady():
            looked.set()

    with changing():
        other = threading.Thread(target=look)
        other.start()
        assert not looked.wait(0.3)
    other.join(10)
    assert looked.is_set()
