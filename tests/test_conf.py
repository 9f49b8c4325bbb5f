"""One HUBBUB dict: lazy, honours override_settings, knows what it does not know."""

from __future__ import annotations

from dataclasses import fields

import pytest
from django.test import override_settings

from hubbub.conf import KNOWN, Settings, settings, unknown_keys, wrong_types


def test_a_setting_is_read_when_it_is_asked_for() -> None:
    assert settings().message_length == 8000
    with override_settings(HUBBUB={"MESSAGE_LENGTH": 10}):
        assert settings().message_length == 10
        with override_settings(HUBBUB={}):
            assert settings().message_length == 8000
    assert settings().message_length == 8000


def test_a_key_that_nobody_knows_is_named_and_does_no_harm() -> None:
    with override_settings(HUBBUB={"MESAGE_LENGTH": 10, "GUESTS": False}):
        assert unknown_keys() == ["MESAGE_LENGTH"]
        assert settings().message_length == 8000
        assert settings().guests is False


@pytest.mark.parametrize(
    ("key", "value", "type_"),
    [
        ("GUESTS", "no", "bool"), ("GUESTS", 1, "bool"), ("MESSAGE_LENGTH", "10", "int"), ("MESSAGE_LENGTH", 0, "int"),
        ("MESSAGE_LENGTH", -1, "int"), ("MESSAGE_LENGTH", True, "int"), ("MESSAGE_LENGTH", 1.5, "int"),
        ("TICKET_HOURS", "1", "float"), ("PERSON_NAME", None, "str"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_type_is_named(key: str, value: object, type_: str) -> None:
    with override_settings(HUBBUB={key: value}):
        assert wrong_types() == [(key, type_)]


def test_values_of_the_right_type_are_fine() -> None:
    with override_settings(
        HUBBUB={"GUESTS": False, "TICKET_HOURS": 1, "HEAD_CHECK_SECONDS": 0.5, "SIGN_IN_URL": "/in/"}
    ):
        assert wrong_types() == []


def test_every_setting_has_a_sentence() -> None:
    for field in fields(Settings):
        assert field.metadata["sentence"].endswith("."), field.name
        assert field.name.upper() in KNOWN


@pytest.mark.parametrize(("value", "kept"), [("off", False), ("OFF", False), ("0", False), ("on", True), ("", True)])
def test_rate_limits_can_be_switched_off_for_load_tests(
    monkeypatch: pytest.MonkeyPatch, value: str, kept: bool
) -> None:
    monkeypatch.setenv("HUBBUB_RATE_LIMITS", value)
    with override_settings(HUBBUB={}):
        assert settings().rate_limits is kept
    monkeypatch.undo()
    with override_settings(HUBBUB={}):
        assert settings().rate_limits
