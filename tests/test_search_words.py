"""Texts as words: the same whether they are said or searched for."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hubbub.search.words import LONGEST, fold, is_run, plain, terms, terms_of, words

pytestmark = pytest.mark.stack("sqlite", "it asks no database and no layer")

SCRIPTS = (
    "abzAÉéßøŁ İıſﬁ09_-'.,\n\u00a0αΣςЙёд\u0301\u0308שָׁעُمअकिแกที่ຂ້ကြខ្មែ漢字"
    "かがｶﾞー한국각\u1100\u1161⁹½①🎉👍🏽👩\u200d💻\ufe0f￥"
)
text = st.one_of(st.text(alphabet=SCRIPTS, max_size=40), st.text(max_size=40))


def said(text: str) -> list[str]:
    return [word.folded for word in words(text)]


@given(text)
@example("ｶﾞ")
@example("\u1100\u1161\u11a8 e\u0301")
@example("a\u3099")
def test_the_index_has_each_word_and_nothing_that_was_not_said(text: str) -> None:
    kept, cut = set(terms(text)), words(text)
    assert {word.folded[:LONGEST] for word in cut} == {term for term in kept if len(term) == 1 or not is_run(term[0])}
    pairs = {before.folded + word.folded for before, word in pairwise(cut) if word.glued}
    assert {term for term in kept if len(term) == 2 and is_run(term[0])} == pairs


@given(text)
def test_a_word_stands_where_it_says(text: str) -> None:
    at = 0
    for word in words(text):
        assert 0 <= word.start < word.end <= len(text)
        assert word.start >= at or word.glued or not text.isascii()
        assert word.folded in said(text[word.start : word.end]) or word.folded in fold(text[word.start : word.end])
        at = word.start


@given(text)
def test_a_word_is_found_by_itself(text: str) -> None:
    for word in said(text):
        assert said(word) == [word], "what is folded is not folded further"


@given(text, text)
def test_words_of_two_texts_are_the_words_of_both(one: str, other: str) -> None:
    assert said(f"{one} \n {other}") == said(one) + said(other)


@given(text)
def test_an_accent_makes_no_difference_and_neither_do_case_and_form(text: str) -> None:
    assert said(unicodedata.normalize("NFD", text)) == said(unicodedata.normalize("NFC", text))
    ascii_part = "".join(c for c in text if c.isascii())
    assert said(ascii_part.upper()) == said(ascii_part.lower())


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=80))
def test_plain_ascii_is_cut_as_the_databases_own_tokenizer_does(text: str) -> None:
    assert plain(text) == text
    lowered = "".join(c.lower() if c.isalnum() else " " for c in text)
    assert said(text) == lowered.split() == list(terms(text))


@pytest.mark.parametrize(
    ("said_text", "typed"),
    [
        ("Crème Brûlée", "creme brulee"),
        ("CREME", "crème"),
        ("Smørrebrød in Łódź", "smorrebrod in lodz"),
        ("straße", "STRASSE"),
        ("ΟΔΥΣΣΕΎΣ", "οδυσσευς"),
        ("Ёлка", "елка"),
        ("İstanbul ISPARTA ılık", "istanbul isparta ilik"),
        ("שָׁלוֹם", "שלום"),
        ("مُحَمَّد", "محمد"),
        ("ＨＵＢＢＵＢ １２３", "hubbub 123"),
        ("ﬁne ②", "fine 2"),
        ("co\u00adop\u200bs", "coops"),
        ("नमस्ते", "नमस्ते"),
    ],
)
def test_languages_with_spaces(said_text: str, typed: str) -> None:
    assert said(said_text) == said(typed)


@pytest.mark.parametrize(
    ("said_text", "typed"),
    [
        ("我在北京大学读书", "北京大学"),
        ("我在北京大学读书", "京"),
        ("東京都に住んでいます", "東京"),
        ("パソコンを買う", "ﾊﾟｿｺﾝ"),
        ("한국어를 배워요", "국어"),
        ("ภาษาไทยยาก", "ไทย"),
        ("ພາສາລາວ", "ລາວ"),
        ("ភាសាខ្មែរ", "ខ្មែរ"),
        ("မြန်မာစာ", "မာစာ"),
        ("iPhone15を買った", "買った"),
    ],
)
def test_languages_without_spaces_are_found_by_any_part(said_text: str, typed: str) -> None:
    assert set(terms_of(words(typed))) <= set(terms(said_text))


def test_marks_that_are_letters_stay() -> None:
    assert said("がか") == ["が", "か"]
    assert said("ที่") != said("ทา")
    assert said("हिन्दी") != said("हन्द")


def test_an_emoji_is_a_word_in_every_colour() -> None:
    assert said("ship it🚀🚀 👍🏽") == ["ship", "it", "🚀", "🚀", "👍"]


def test_what_parts_words() -> None:
    assert said("don't snake_case foo-bar 3.14 C++ a\0b") == [
        "don", "t", "snake", "case", "foo", "bar", "3", "14", "c", "a", "b",
    ]  # fmt: skip


def test_a_very_long_word_is_known_by_its_beginning() -> None:
    assert set(terms("x" * 8000)) == {"x" * LONGEST}
    assert plain("x" * 65) is None
    assert set(terms("é" * 80)) == {"e" * LONGEST}


def test_a_pair_says_what_its_characters_would() -> None:
    assert terms_of(words("北京大学")) == ["北京", "京大", "大学"]
    assert terms_of(words("北 京")) == ["北", "京"]
    assert terms_of(words("用Python写")) == ["用", "python", "写"]
