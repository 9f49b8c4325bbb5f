"""What fails for a while is said once when it begins and once when it is over."""

from __future__ import annotations

import time

import pytest

from hubbub import outage
from hubbub.outage import Outage


@pytest.fixture
def thing(monkeypatch: pytest.MonkeyPatch) -> Outage:
    monkeypatch.setattr(outage, "QUIET_SECONDS", 0.05)
    return Outage("The thing fails")


def test_it_is_said_once_and_over_once(thing: Outage, caplog: pytest.LogCaptureFixture) -> None:
    thing.over()
    for _ in range(50):
        thing.met(ConnectionError("gone\nand more of it"))
    time.sleep(0.06)
    for _ in range(50):
        thing.over()
    assert [record.message for record in caplog.records] == [
        "The thing fails: gone",
        "Over after 0.0 s: The thing fails",
    ]


def test_what_fails_and_works_in_turns_is_not_over(thing: Outage, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(50):
        thing.met(TimeoutError())
        thing.over()
    assert [record.message for record in caplog.records] == ["The thing fails: TimeoutError"]


def test_who_asked_before_it_failed_can_be_told(thing: Outage) -> None:
    before = time.monotonic()
    assert not thing.met_since(before)
    thing.met(ConnectionError())
    assert thing.met_since(before)
    assert not thing.met_since(time.monotonic())
