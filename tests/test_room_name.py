"""What a room may be called, and when two names are one room."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.errors import Refusal
from hubbub.models.room_name import clean_room_name, room_key

anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)


def clean_or_none(text: str) -> str | None:
    try:
        return clean_room_name(text)
    except Refusal as refused:
        refusal = refused
    assert (refusal.code, refusal.field) == ("bad_room_name", "room")
    assert refusal.message.endswith(".")
    return None


@given(anything)
def test_a_name_is_refused_with_a_reason_or_becomes_nfc_of_1_to_64_characters(text: str) -> None:
    if (name := clean_or_none(text)) is not None:
        assert name == unicodedata.normalize("NFC", name)
        assert 1 <= len(name) <= 64
        assert name == name.strip()
        assert "/" not in name
        assert not any(unicodedata.category(c) == "Cc" for c in name)


@given(anything)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    if (name := clean_or_none(text)) is not None:
        assert clean_room_name(name) == name


@given(anything)
def test_a_key_is_its_own_key(text: str) -> None:
    if (name := clean_or_none(text)) is not None:
        key = room_key(name)
        assert key
        assert room_key(key) == key
        assert len(key) <= 1200


@given(anything)
def test_case_and_normal_form_do_not_make_another_room(text: str) -> None:
    if (name := clean_or_none(text)) is not None:
        key = room_key(name)
        for form in ("NFC", "NFD", "NFKC", "NFKD"):
            assert room_key(unicodedata.normalize(form, name)) == key
        assert room_key(name.casefold()) == key


@given(anything)
def test_the_key_in_a_frame_names_the_room_that_it_came_from(text: str) -> None:
    """Clients join by the key that the server told them: it must be a name of that very room."""
    if (name := clean_or_none(text)) is not None:
        assert room_key(clean_room_name(room_key(name))) == room_key(name)


@pytest.mark.parametrize("name", ["ﷺ" * 10, "ﷺ" * 64, "℀", "⅍ club", "․", "‥", "﹏\u2024"])
def test_the_key_of_an_odd_room_is_a_name_of_it_or_there_is_no_such_room(name: str) -> None:
    if (clean := clean_or_none(name)) is not None:
        assert room_key(clean_room_name(room_key(clean))) == room_key(clean)


@pytest.mark.parametrize(
    "name",
    [
        "lobby", "Zoë", "日本語", "部屋 1", "غرفة الدردشة", "חדר", "ห้อง", "कमरा", "O'Neil & sons", "#general", "100%",
        "?", "..x",
        "👍", "👍🏽",
        "👩‍👩‍👧‍👦", "🏳️‍🌈",
        "🏴‍☠️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🇩🇪", "1️⃣", "❤️", "❤️‍🔥", "🧑🏿‍🚀", "🧑‍⚕️", "™️", "↔️", "㊗️", "‼️",
        "می‌خواهم", "نامه‌ای", "क्‍ष", "ක්‍ෂ",
    ],
)  # fmt: skip
def test_what_people_type_is_a_room(name: str) -> None:
    assert clean_room_name(name) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("name", ["ℹ️ help", "〰️", "Ⓜ️ metro"])
def test_emoji_that_are_letters_or_dashes_by_trade_are_rooms_too(name: str) -> None:
    assert clean_room_name(name) == name


@pytest.mark.parametrize("name", ["\U0001fae8 shaky", "\U0001fa75", "\U0001faf7"])
def test_emoji_younger_than_this_python_are_rooms_too(name: str) -> None:
    """Unicode 15, 2022: unassigned for Python 3.11, and on every phone."""
    assert clean_room_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "\t\n", "a/b", ".", "..", "a\0b", "a\nb", "x" * 65, "\u200b", "lob\u200bby", "\u200elobby", "a\u202eb",
        "lob\u00adby", "\u2060x",
        "\ufeffx", "x\u200d", "\u200dx", "a\u200cb", "a\u200db", "\u3164", "a\u115fb",
        "\u2800", "a\ufe0fb", "x\u034f", "a\U000e0041b", "\u2028", "a\u2029b", "\ue000",
        "\U0010ffff", "\ud800", "\u180e",
    ],
)  # fmt: skip
def test_what_nobody_can_see_or_type_again_is_refused(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        clean_room_name(name)
    assert refused.value.code == "bad_room_name"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lobby", "lOBBY"), ("Straße", "STRASSE"), ("Zoë", "Zoe\u0308"), ("ﬁle", "FILE"), ("Ａ", "a"),
        ("a  b", " a b "), ("a\u00a0b", "a b"), ("a\u3000b", "a b"), ("ΣΑΣ", "σας"),
    ],
)  # fmt: skip
def test_these_are_one_room(one: str, other: str) -> None:
    assert room_key(clean_room_name(one)) == room_key(clean_room_name(other))


@pytest.mark.parametrize(("one", "other"), [("lobby", "lobb"), ("a b", "ab"), ("1", "l"), ("é", "e")])
def test_these_are_two(one: str, other: str) -> None:
    assert room_key(clean_room_name(one)) != room_key(clean_room_name(other))
