"""What a name is also written as: its first words, and without accents."""

from __future__ import annotations

import pytest

from hubbub.models.room_name import room_key
from hubbub.spellings import accented, bare, shorter

pytestmark = pytest.mark.stack("sqlite", "it asks no database and no layer")


def test_a_name_is_also_its_first_words_and_both_without_accents() -> None:
    assert shorter({"zoë van berg": ["Z"]}) == {
        way: ["Z"] for way in ("zoë", "zoë van", "zoe", "zoe van", "zoe van berg")
    }
    assert shorter({"ana": ["A"]}) == {}


def test_who_share_a_way_are_all_in_it() -> None:
    assert shorter({"ana bell": ["B"], "ana cole": ["C"]}) == {"ana": ["B", "C"]}


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Zoë", "zoe"),
        ("Łukasz", "lukasz"),
        ("Ñandú", "nandu"),
        ("Ωμέγα", "ωμεγα"),
        ("Йога", "иога"),
        ("が", "が"),
        ("가", "가"),
    ],
)
def test_accents_are_left_out_and_other_marks_are_letters(name: str, plain: str) -> None:
    assert bare(room_key(name)) == plain


def test_each_letter_with_an_accent_is_found_by_the_one_without() -> None:
    assert {"É", "é", "ê"} < accented()["e"]
    assert all(plain and letter != plain for plain, those in accented().items() for letter in those)
