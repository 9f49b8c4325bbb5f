"""What is typed into the search field, and what it asks for."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime
from itertools import pairwise
from types import FrameType
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.errors import Refusal
from hubbub.search.query import LENGTH, Phrase, Query, Said, parse

TODAY = date(2026, 11, 24)
LINES = ["one two three", "Two or three", "a-b c", "北京大学", "", "x" * 100, "1 2 3 1 2", "été"]


def asked(typed: str, *, typing: bool = False) -> Query:
    return parse(typed, UTC, TODAY, typing=typing)


def fits(typed: str, text: str, *, typing: bool = False) -> bool:
    return asked(typed, typing=typing).spans(text) is not None


def marked(typed: str, text: str) -> list[str]:
    return [text[start:end] for start, end in asked(typed).spans(text) or []]


@pytest.mark.parametrize(
    ("typed", "yes", "no"),
    [
        ("two three", "three, two", "two"),
        ('"two three"', "one TWO three", "two or three"),
        ("“two three”", "two three", "three two"),
        ('"two three', "two three", "three two"),
        ("dep*", "it was deployed", "redeployed"),
        ("dep", "dep", "deployed"),
        ("two -three", "two", "two three"),
        ('-"two three" two', "two or three", "two three"),
        ("-dep* now", "now", "now deployed"),
        ("don't", "I don't", "t don"),
        ("10:30", "at 10:30", "30, 10"),
        ("http://x.y/z", "see http://x.y/z", "http z"),
        ("北京", "在北京市", "北方京"),
        ('"北 京"', "北，京", "北方京"),
        ("京", "北京", "北方"),
        ("🎉", "done🎉", "done"),
        ("C++", "I like c++, too", "C, and creme"),
        ("C#", "in C#.", "C++"),
        ("c", "C++", "creme"),
        ("Ｃ＋＋", "C++ é", "C é"),
        ("C++", "é Ｃ＋＋", "é C"),
        ('"C++ code"', "my C++-code", "my C code"),
        ('"C++ code"', "C++code é", "C code é"),
        ("C++11", "C++11", "C 12"),
        ("a+b", "a b", "ab"),
        ("b -c++", "b c", "b C++"),
    ],
)
def test_what_fits(typed: str, yes: str, no: str) -> None:
    assert fits(typed, yes)
    assert not fits(typed, no)


def test_while_one_types_the_last_word_may_go_on() -> None:
    assert fits("it dep", "it was deployed", typing=True)
    assert not fits("it dep ", "it was deployed", typing=True)
    assert not fits('it "dep"', "it was deployed", typing=True)
    assert not fits("it -dep", "it was dep", typing=True)
    assert not fits("C++", "creme, C", typing=True)
    assert fits("C+", "C++", typing=True)
    assert not fits("dep.", "it was deployed", typing=True), "the word is over"
    assert fits("it -dep", "it was deployed", typing=True), "nothing more than what stands there is left out"


def test_what_was_looked_for_is_marked_as_it_was_said() -> None:
    assert marked("creme", "Crème, CREME") == ["Crème", "CREME"]
    assert marked('"two three" three', "two three three") == ["two three", "three"]
    assert marked("dep*", "Deployed!") == ["Deployed"]
    assert marked("パソ", "ﾊﾟｿｺﾝ") == ["ﾊﾟｿ"]
    assert marked("-x", "y") == []
    assert marked("c++ c", "C++ or C") == ["C++", "C"]


def test_operators() -> None:
    query = asked('from:ada FROM:"Grace H" in:#ops -in:lobby -from:@ben has:link is:pinned')
    assert (query.people, query.rooms) == (["ada", "Grace H"], ["ops"])
    assert (query.not_people, query.not_rooms) == (["ben"], ["lobby"])
    assert (query.link, query.pinned) == (True, True)
    assert (asked("-has:link").link, asked("-is:pinned").pinned) == (False, False)


@given(st.text(alphabet="abAB1 -._+\n", max_size=20), st.text(alphabet="abéB1 -.+*", max_size=8), st.booleans())
def test_a_short_look_at_plain_text_says_what_a_long_one_does(text: str, typed: str, quoted: bool) -> None:
    for phrase in asked(f'"{typed}"' if quoted else typed).phrases:
        assert phrase.is_in(text.lower()) == any(phrase.places(Said(text)))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        ('"' + "字" * 490 + ' x"', "x " + "字" * 8_000),
        ('"' + "a " * 248 + 'b"', "é b " + "a " * 4_000),
        (" ".join(f'"{"字" * 12}x"' for _ in range(30)), "x " + "字" * 8_000),
        (" ".join(["字", *["-物"] * 29]), "字" * 8_000),
    ],
)
def test_a_phrase_that_nearly_stands_everywhere_is_missed_in_as_many_steps_as_there_are_words(
    typed: str, text: str
) -> None:
    query, steps = asked(typed), 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal steps
        steps += event == "call"

    sys.setprofile(count)
    try:
        query.spans(text)
    finally:
        sys.setprofile(None)
    assert steps < 100_000


@given(st.text(alphabet="aé字\U0001f600 +", max_size=20), st.text(alphabet="aé字 +*", max_size=6), st.booleans())
def test_a_phrase_stands_where_its_words_do(text: str, typed: str, quoted: bool) -> None:
    said = Said(text)
    for phrase in asked(f'"{typed}"' if quoted else typed).phrases:
        assert list(phrase.places(said)) == [
            (
                said.words[start].start,
                said.words[start + len(phrase.words) - 1].end + len(phrase.tails[-1:] and phrase.tails[-1]),
            )
            for start in range(len(said.words) - len(phrase.words) + 1)
            if all(_stands(phrase, place, said, start + place) for place in range(len(phrase.words)))
        ]


def _stands(phrase: Phrase, place: int, said: Said, at: int) -> bool:
    """A word of a phrase, at one of the text."""
    mine, word, tail = phrase.words[place], said.words[at], phrase.tails[place] if phrase.tails else ""
    goes_on = phrase.prefix and place == len(phrase.words) - 1
    return (
        (word.folded.startswith(mine.folded) if goes_on else word.folded == mine.folded)
        and (word.glued or not (place and mine.glued))
        and said.text.startswith(tail, word.end)
    )


@pytest.mark.parametrize(
    ("typed", "since", "until"),
    [
        ("before:2026-11-01", None, "2026-11-01"),
        ("after:2026-11-01", "2026-11-02", None),
        ("on:2026-11-01", "2026-11-01", "2026-11-02"),
        ("on:2026-12", "2026-12-01", "2027-01-01"),
        ("on:2024", "2024-01-01", "2025-01-01"),
        ("on:2025", "2025-01-01", "2026-01-01"),
        ("on:2024-2", "2024-02-01", "2024-03-01"),
        ("after:2024-02-28 before:2024-03", "2024-02-29", "2024-03-01"),
        ("on:today", "2026-11-24", "2026-11-25"),
        ("on:Yesterday", "2026-11-23", "2026-11-24"),
        ("after:2026 after:2025", "2027-01-01", None),
    ],
)
def test_days_months_and_years(typed: str, since: str | None, until: str | None) -> None:
    query = asked(typed)
    assert query.since == (since and datetime.fromisoformat(f"{since}T00:00+00:00"))
    assert query.until == (until and datetime.fromisoformat(f"{until}T00:00+00:00"))


def test_a_day_is_one_where_the_reader_is() -> None:
    query = parse("on:2026-10-25", ZoneInfo("Europe/Berlin"), TODAY)
    assert query.since == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert query.until == datetime(2026, 10, 25, 23, tzinfo=UTC), "a day of 25 hours"


@pytest.mark.parametrize(
    "typed",
    ["before:tomorow", "on:2026-13", "on:2026-02-30", "after:0001", "before:99999", "on:٢٠٢٦", "has:wings", "is:nice",
     "-before:2026", 'in:""', "in:#", "-in:#", 'in:"# "', 'from:""', "from:@ x", '-from:"',
     "x" * (LENGTH + 1), "a " * 31],
)  # fmt: skip
def test_what_looks_meant_and_is_not_understood_is_refused_in_a_sentence(typed: str) -> None:
    with pytest.raises(Refusal, match=r"[.]$") as refused:
        asked(typed)
    assert (refused.value.code, refused.value.field) == ("bad_search", "q")


@pytest.mark.parametrize("typed", ["", " ", '"', '""', "-", "*", "--", "!?", '"" -"" *', "\0", "\u200b", "“”"])
def test_nothing_asked_for_is_nothing(typed: str) -> None:
    assert asked(typed).empty


@pytest.mark.parametrize("typed", ["foo:bar", "from:", "in: x", "AND OR NOT NEAR(", "a' & !b | c:*", "{words} : x ^"])
def test_what_is_no_operator_is_words(typed: str) -> None:
    query = asked(typed)
    assert query == Query(phrases=query.phrases)
    assert query.phrases


@pytest.mark.parametrize(
    ("typed", "name"),
    [("sender:ada", "sender"), ("word to:ada", "to"), ("-to:ada", "to"), ("10:30", ""), ("http://x.y", ""),
     ("to: ada", ""), ('"to:ada"', ""), ("from:ada", "")],
)  # fmt: skip
def test_what_looks_like_an_operator_and_is_none_is_known_as_such(typed: str, name: str) -> None:
    assert asked(typed).foreign == name


@given(st.text(max_size=60) | st.text(alphabet='ab"-*: from:in:on:20', max_size=40), st.sampled_from(LINES))
def test_anything_at_all_is_understood_or_refused(typed: str, line: str) -> None:
    try:
        query = asked(typed, typing=True)
    except Refusal:
        return
    spans = query.spans(line) or []
    assert all(0 <= start < end <= len(line) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))


@pytest.mark.parametrize(
    "begun", ["in:", "from:", "-in:", "before:", "has:", 'from:"', "IS:", "in:#", "from:@", 'in:"#', "from:“"]
)
def test_a_sign_of_which_nothing_is_there_yet_asks_for_nothing_while_one_types(begun: str) -> None:
    assert asked(f"deploy {begun}", typing=True) == asked("deploy")
    assert asked(begun, typing=True).empty
    assert refused(f"deploy {begun} ") or asked(f"deploy {begun} ", typing=True) != asked("deploy "), "the sign is over"


def refused(typed: str) -> bool:
    try:
        return not asked(typed, typing=True)
    except Refusal:
        return True
