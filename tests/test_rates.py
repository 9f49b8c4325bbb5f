"""How fast, and how many."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import override_settings

from hubbub import rates as module
from hubbub.errors import Refusal
from hubbub.rates import Buckets, Rates


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A clock that stands still until `clock.now` is moved."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(module.time, "monotonic", lambda: clock.now)
    return clock


def refusal(rates: Rates, person: str = "ana", address: str = "here") -> Refusal | None:
    try:
        rates.check_post(person, address)
    except Refusal as refused:
        return refused
    return None


def test_a_bucket_gives_what_it_saved_and_then_as_fast_as_it_fills(clock: SimpleNamespace) -> None:
    buckets = Buckets()
    assert [buckets.take("ana", 2.0, 3.0) for _ in range(3)] == [0, 0, 0]
    assert buckets.take("ana", 2.0, 3.0) == 0.5
    clock.now += 0.5
    assert buckets.take("ana", 2.0, 3.0) == 0
    clock.now += 1000
    assert [buckets.take("ana", 2.0, 3.0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_who_waits_as_long_as_told_is_served(clock: SimpleNamespace) -> None:
    rates = Rates()
    while (refused := refusal(rates)) is None:
        pass
    assert refused.retry_after
    clock.now += refused.retry_after
    assert refusal(rates) is None


def test_twenty_posts_go_at_once_and_the_next_waits(clock: SimpleNamespace) -> None:
    rates = Rates()
    assert [refusal(rates) for _ in range(20)] == [None] * 20
    refused = refusal(rates)
    assert refused is not None
    assert (refused.code, refused.retry_after) == ("rate_limited", 0.1)


def test_two_hundred_posts_a_minute_are_enough(clock: SimpleNamespace) -> None:
    rates, taken = Rates(), 0
    for _ in range(600):
        taken += refusal(rates) is None
        clock.now += 0.1
    assert 200 <= taken <= 400


def test_one_person_does_not_slow_another(clock: SimpleNamespace) -> None:
    rates = Rates()
    while refusal(rates, "ana") is None:
        pass
    assert refusal(rates, "ben") is None


def test_an_address_has_a_limit_of_its_own(clock: SimpleNamespace) -> None:
    rates = Rates()
    posted = 0
    while refusal(rates, f"person {posted}") is None:
        posted += 1
    assert posted == 1000
    assert refusal(rates, "somebody", "elsewhere") is None


def test_a_socket_that_closed_makes_room_for_another() -> None:
    rates = Rates()
    assert all(rates.open_socket("ana", "here") for _ in range(10))
    assert not rates.open_socket("ana", "there")
    assert rates.open_socket("ben", "here")
    rates.close_socket("ana", "here")
    assert rates.open_socket("ana", "there")
    assert not rates.open_socket("ana", "there")


def test_nothing_is_remembered_of_sockets_that_are_gone() -> None:
    rates = Rates()
    for number in range(50):
        assert rates.open_socket(number, "here")
    for number in range(50):
        rates.close_socket(number, "here")
    assert not rates._sockets


def test_an_address_has_at_most_200_sockets() -> None:
    rates = Rates()
    assert all(rates.open_socket(number, "here") for number in range(200))
    assert not rates.open_socket("one more", "here")


def test_fifty_bad_frames_a_minute_are_answered(clock: SimpleNamespace) -> None:
    rates = Rates()
    assert [rates.check_frame(1) for _ in range(51)] == [True] * 50 + [False]
    assert rates.check_frame(2)


def test_typing_is_told_about_once_a_second(clock: SimpleNamespace) -> None:
    rates = Rates()
    told = 0
    for _ in range(100):
        told += rates.check_typing("ana", "lobby")
        clock.now += 0.1
    assert 10 <= told <= 12


def test_rates_can_be_switched_off(clock: SimpleNamespace) -> None:
    rates = Rates()
    with override_settings(HUBBUB={"RATE_LIMITS": False}):
        assert [refusal(rates) for _ in range(5000)] == [None] * 5000
        assert all(rates.open_socket("ana", "here") for _ in range(500))
        assert all(rates.check_typing("ana", "lobby") for _ in range(100))
        assert [rates.check_frame(1) for _ in range(51)][-1] is False


def test_memory_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_REMEMBERED", 10)
    buckets = Buckets()
    for number in range(100):
        buckets.take(number, 1.0, 1.0)
    assert len(buckets._levels) == 10
