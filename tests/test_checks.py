"""System checks: each trap has an id and, where there is a way out, a hint."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.test import override_settings

SQLITE: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}


def ids() -> list[str | None]:
    return [message.id for message in run_checks() if (message.id or "").startswith("hubbub.")]


def test_the_standalone_project_falls_into_no_trap() -> None:
    assert ids() == []


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"HUBBUB": []}, "hubbub.E001"),
        ({"HUBBUB": {"MESAGE_LENGTH": 1}}, "hubbub.E002"),
        ({"HUBBUB": {"MESSAGE_LENGTH": "many"}}, "hubbub.E003"),
        ({"CHANNEL_LAYERS": {"default": {"BACKEND": "channels_redis.core.RedisChannelLayer"}}}, "hubbub.W002"),
        ({"ROOT_URLCONF": "tests.test_checks"}, "hubbub.W003"),
    ],
)
def test_a_trap_is_named(given: dict[str, Any], expected: str) -> None:
    with override_settings(**given):
        assert expected in ids()


@pytest.mark.parametrize(
    ("database", "expected"),
    [
        ({"ENGINE": "django.db.backends.mysql"}, ["hubbub.E004"]),
        (SQLITE, ["hubbub.W001"]),
        ({**SQLITE, "OPTIONS": {"transaction_mode": "DEFERRED"}}, ["hubbub.W001"]),
        ({**SQLITE, "OPTIONS": {"transaction_mode": "IMMEDIATE"}}, []),
        ({"ENGINE": "django.db.backends.postgresql"}, []),
    ],
)
def test_the_database_is_one_that_hubbub_runs_on(
    monkeypatch: pytest.MonkeyPatch, database: dict[str, Any], expected: list[str]
) -> None:
    from hubbub.checks import check_database

    monkeypatch.setitem(settings.DATABASES, "default", database)
    assert [message.id for message in check_database(None)] == expected


urlpatterns: list[Any] = []
