"""Who is let in just now: settings say it, a host's policy has a say in it, and what it said last counts meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from django.db import DatabaseError
from django.test import override_settings

from hubbub import policy

said: list[tuple[bool, bool] | Exception] = []
asked = 0


def say() -> tuple[bool, bool]:
    """The policy of this test's host."""
    global asked
    asked += 1
    word = said[-1]
    if isinstance(word, Exception):
        raise word
    return word


@pytest.fixture(autouse=True)
def _policy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    global asked
    said[:], asked = [(True, True)], 0
    with override_settings(HUBBUB={"POLICY": f"{__name__}.say"}):
        yield


def test_without_a_policy_the_settings_say_it() -> None:
    with override_settings(HUBBUB={}):
        assert (policy.guests(), policy.sign_up()) == (True, True)
    with override_settings(HUBBUB={"GUESTS": False}):
        assert not policy.guests()
    assert asked == 0


def test_the_policy_is_asked_once_in_two_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    said.append((False, True))
    assert [policy.guests() for _ in range(50)] == [False] * 50
    assert asked == 1
    said.append((True, False))
    assert not policy.guests()
    monkeypatch.setattr(policy, "_asked", policy._asked - policy.EVERY_SECONDS)
    assert (policy.guests(), policy.sign_up()) == (True, False)
    assert asked == 2


def test_a_setting_that_closes_guests_out_is_not_opened_by_it() -> None:
    with override_settings(HUBBUB={"GUESTS": False, "POLICY": f"{__name__}.say"}):
        assert not policy.guests()


def test_while_the_database_is_down_the_last_word_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    said.append((False, False))
    assert not policy.guests()
    said.append(DatabaseError("gone"))
    with pytest.raises(DatabaseError):  # for whoever keeps count of outages
        policy.refresh()
    monkeypatch.setattr(policy, "_asked", float("-inf"))
    assert (policy.guests(), policy.sign_up()) == (False, False)


def test_on_an_event_loop_nobody_is_asked() -> None:
    async def look() -> bool:
        return policy.guests()

    said.append((False, False))
    assert asyncio.run(look())
    assert asked == 0
    policy.refresh()
    assert not asyncio.run(look())
