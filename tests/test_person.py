"""What a person may be called."""

from __future__ import annotations

import unicodedata
from types import SimpleNamespace

import pytest
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from hubbub.errors import Refusal
from hubbub.models.person import account_name, clean_name, guest_name


def initials(user: SimpleNamespace) -> str:
    """What a project may give as PERSON_NAME."""
    return f"{user.username[0].upper()}."


@given(st.text(max_size=60))
def test_a_name_is_refused_with_a_reason_or_fits_on_one_line(text: str) -> None:
    try:
        name = clean_name(text)
    except Refusal as refused:
        refusal = refused
    else:
        return check_fits(name)
    assert (refusal.code, refusal.field) == ("bad_name", "name")


def check_fits(name: str) -> None:
    assert 1 <= len(name) <= 40
    assert name == " ".join(name.split())
    assert clean_name(name) == name


@pytest.mark.parametrize("name", ["Ana", "Zoë", "علی", "李小龍", "Ana 👩‍👩‍👧", "O'Neil", "Jean-Luc", "نرگس"])
def test_people_are_called_what_they_are_called(name: str) -> None:
    assert clean_name(f"  {name} ") == name


@pytest.mark.parametrize("name", ["علی‌رضا", "می‌نا"])
def test_a_persian_name_keeps_its_joiner(name: str) -> None:
    """ZWNJ is spelling in Persian, not a trick."""
    assert clean_name(name) == name


@pytest.mark.parametrize("name", ["", "   ", "\n", "\u200b", "Ana\u202e", "A\u200bna", "x" * 41, "a\0b", "\ue000"])
def test_nobody_is_called_that(name: str) -> None:
    with pytest.raises(Refusal):
        clean_name(name)


@pytest.mark.parametrize("name", ["\u200d", "\u3164", "\u2800", "\u115f\u1160", "\u034f", "\ufe0f"])
def test_nobody_is_called_nothing_to_see(name: str) -> None:
    with pytest.raises(Refusal):
        clean_name(name)


@pytest.mark.parametrize("name", ["\u0301", "\u0301Ana", "Ana \u0336", "\u20dd", "A" + "\u0336" * 7, "\u0e31" * 40])
def test_no_mark_of_a_name_stands_on_what_is_beside_it(name: str) -> None:
    """A name of marks alone would be drawn over the words before it, a tower of them over the lines above."""
    with pytest.raises(Refusal):
        clean_name(name)


@pytest.mark.parametrize("name", ["Nguyễn", "שָׁלוֹם", "ก็", "বাংলা", "བསྒྲུབས", "❤️", "Ana 1️⃣", "A\u0336\u0301\u0323"])
def test_marks_that_spell_a_name_are_a_part_of_it(name: str) -> None:
    assert clean_name(name) == unicodedata.normalize("NFC", name)


def test_a_guest_has_a_friendly_name() -> None:
    assert clean_name(guest_name()).count(" ") == 1


def account(username: str, full: str = "") -> SimpleNamespace:
    return SimpleNamespace(username=username, get_username=lambda: username, get_full_name=lambda: full)


def test_an_account_speaks_under_its_full_name_or_its_username_without_the_mail_domain() -> None:
    assert account_name(account("ana")) == "ana"
    assert account_name(account("ana@example.org")) == "ana"
    assert account_name(account("ana", "Ana Lima")) == "Ana Lima"
    assert account_name(account("@")) == "Somebody"
    assert len(account_name(account("a" * 150))) == 40


@override_settings(HUBBUB={"PERSON_NAME": "tests.test_person.initials"})
def test_a_project_says_how_its_accounts_are_called() -> None:
    assert account_name(account("ana")) == "A."
