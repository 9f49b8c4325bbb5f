"""What stands in an avatar: one sign as people see it, whole, and nothing that breaks the look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.initial import MOST, initial_of

names = st.text(st.characters(codec="utf-8"), max_size=30)


@pytest.mark.parametrize(
    ("name", "initial"),
    [
        ("ada", "A"),
        ("  ben", "B"),
        ("éva", "É"),
        ("e\u0301va", "E\u0301"),
        ("ßen", "SS"),
        ("🇩🇪 Team", "🇩🇪"),
        ("👩‍💻 Grace", "👩‍💻"),
        ("👍🏽 up", "👍🏽"),
        ("日本", "日"),
        ("", ""),
    ],
)
def test_it_is_the_first_sign_that_one_sees(name: str, initial: str) -> None:
    assert initial_of(name) == initial


@given(names)
def test_it_is_the_beginning_of_the_name_as_capitals_and_short(name: str) -> None:
    initial = initial_of(name)
    assert name.lstrip().upper().startswith(initial)
    assert bool(initial) == bool(name.strip())
    assert len(initial) <= 3 * (MOST + 1)
