"""The index that the journal writes: what is said is found at once, and what is edited or deleted as it stands."""

from __future__ import annotations

import contextlib
import uuid
from datetime import UTC
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub import chat, journal
from hubbub.errors import Refusal
from hubbub.journal.statements import Statements
from hubbub.models import Message
from hubbub.search import candidates, index
from hubbub.search import find as finding
from hubbub.search.find import Findings
from hubbub.search.query import parse
from hubbub.search.words import words
from tests.cast import ANA, BEN, EVE, draft, say
from tests.findings import TODAY, change, found, search

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_is_left_over() -> None:
    """Tests empty the tables of models; the index is none."""
    assert list(index.rebuild(Statements(connection))) == []


def test_what_is_said_is_found_at_once_newest_first() -> None:
    say(ANA, "lobby", "deploy on friday", "no deploy today")
    say(BEN, "ops", "Deploy!")
    assert found(EVE, "deploy") == ["Deploy!", "no deploy today", "deploy on friday"]
    assert found(EVE, '"deploy on"') == ["deploy on friday"]
    assert found(EVE, "fri*") == ["deploy on friday"]
    assert found(EVE, "deploy -today -friday") == ["Deploy!"]
    assert found(EVE, "redeploy") == []


TEXTS = st.lists(
    st.text(alphabet="abcde éß'-\n\"*:北京大学ไทยｶﾞ🎉1", min_size=1, max_size=30).filter(str.strip),
    min_size=1,
    max_size=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=TEXTS, data=st.data())
def test_what_is_said_is_found_by_any_of_its_words_and_by_their_beginnings(texts: list[str], data: Any) -> None:
    room = f"room {uuid.uuid4().hex}"
    journal.write([draft(ANA, room, text) for text in texts])
    text = data.draw(st.sampled_from(texts))
    for word in dict.fromkeys(word.folded for word in words(text)):
        assert text in found(BEN, f'in:"{room}" {word}')
        assert text in found(BEN, f'in:"{room}" {word[:1]}', typing=True)


TYPED = st.lists(
    st.sampled_from(
        ["a", "ab", "abc*", "a*", '"a b"', '"b a', "-a", "-c*", '-"a b"', "北", "北京", "京大", "-京", "é", "c-d", "🎉"]
    ),
    min_size=1,
    max_size=3,
).map(" ".join)


SAID = st.text(alphabet="abcdé -北京大🎉\n", min_size=1, max_size=24).filter(str.strip)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(SAID, min_size=1, max_size=12),
    edits=st.lists(st.tuples(st.integers(0, 11), SAID | st.just("")), max_size=4),
    typed=TYPED,
    probed=st.sampled_from([1, 300]),
)
def test_the_index_and_a_look_at_every_message_agree(
    texts: list[str], edits: list[tuple[int, str]], typed: str, probed: int
) -> None:
    room = f"room {uuid.uuid4().hex}"
    ids = [o.message.id for o in journal.write([draft(ANA, room, text) for text in texts])]
    statements, now = Statements(connection), timezone.now()
    for place, to in edits:
        id = ids[place % len(ids)]
        before = index.stored(statements, [id])
        Message.objects.filter(pk=id).update(text=to, html=to, deleted_at=None if to else now)
        index.replace(statements, before, index.stored(statements, [id]))
    query = parse(typed, UTC, TODAY)
    there = Message.objects.filter(pk__in=ids, deleted_at=None).order_by("-pk").values_list("pk", "text")
    expected = [id for id, text in there if query.spans(text) is not None]
    before, finding.PROBED = finding.PROBED, probed
    try:
        assert [one.id for one in search(BEN, f'{typed} in:"{room}"').found] == (
            expected if not query.empty else [id for id, _ in there]
        )
        everywhere = [one.id for one in search(BEN, typed, size=1000).found]
    finally:
        finding.PROBED = before
    assert [id for id in everywhere if id in ids] == (expected if not query.empty else [])


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("我在北京大学读书", "北京大学"),
        ("我在北京大学读书", "京"),
        ("ﾊﾟｿｺﾝを買う", "パソコン"),
        ("한국어를 배워요", "국어"),
        ("ภาษาไทยยาก", "ไทย"),
        ("Crème Brûlée à la carte", "creme a"),
        ("Crème Brûlée à la carte", '"brulee a la"'),
        ("ＦＵＬＬ ｗｉｄｔｈ", "full width"),
        ("Straße", "STRASSE"),
        ("see https://example.org/a/b?c=d#e", "example.org/a"),
        ("I don't", "don't"),
        ("\\ back ' quote \" and %s ? :x", "quote"),
    ],
)
def test_languages_and_signs(text: str, typed: str) -> None:
    say(ANA, "lobby", "something else", text)
    assert found(BEN, typed) == [text]
    assert found(BEN, typed, typing=True) == [text]


HOSTILE = [
    '"', "'", "''", '""""', "\\", "a\\' OR 1=1 --", "a' & 'b", "!a", "a:*", "a:B", "(a", "a)", "a | b", "<->", "%",
    "%s", "?", "NEAR(a b)", "a AND", "OR", "NOT a", "^a", "{a}: b", "a\0b", "\0", "\uffff", "\ue000", "\ue00112",
    "a*b*c", "**", "*a", "a" * 400, "é" * 400, "北" * 400, "a " * 29, "-a " * 29, "😀" * 200, "\u202ea\u202c",
    "in:\\ a", "from:' a", "in:-/nothing-there-at-all a", 'in:"a/b" a', "from:%", "on:2026 a", "before:1900 a",
    "after:9000 a",
]  # fmt: skip


@pytest.mark.parametrize("typed", HOSTILE)
def test_nothing_that_is_typed_breaks_anything(typed: str) -> None:
    say(ANA, "lobby", "a b c")
    for typing in (False, True):
        assert isinstance(search(BEN, typed, typing=typing), Findings)


SIGNS = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "-"]),
    st.sampled_from(["", "from:", "in:", "before:", "on:", "has:", "is:", "to:"]),
    st.sampled_from(["", '"', '""', '" "', "@", "#", '"#"', "*", "me", "lobby", '"a b"', "a*", "+", "today", "link"]),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.lists(SIGNS, max_size=4).map(" ".join), typing=st.booleans())
def test_whatever_signs_are_put_together_is_answered_or_refused(typed: str, typing: bool) -> None:
    say(ANA, "lobby", "a b c")
    with contextlib.suppress(Refusal):
        assert isinstance(search(BEN, typed, typing=typing), Findings)


def test_ten_thousand_characters_are_refused_as_a_search_and_found_as_a_message() -> None:
    with pytest.raises(Refusal, match="at most"):
        search(ANA, "a" * 10_000)
    say(ANA, "lobby", "x" * 7_000, "needle " * 1_000, "北京" * 3_000)
    assert found(ANA, "x" * 400 + "*") == ["x" * 7_000]
    assert len(found(ANA, "needle")) == 1
    assert len(found(ANA, "京北京")) == 1


def test_what_is_edited_or_deleted_is_found_as_it_stands() -> None:
    say(ANA, "lobby", "helo wrold", "stays")
    change("helo wrold", "hello world https://example.org")
    assert (found(BEN, "helo"), found(BEN, "world")) == ([], ["hello world https://example.org"])
    change("hello world https://example.org", "")
    assert (found(BEN, "world"), found(BEN, "stays")) == ([], ["stays"])


def test_the_journal_edits_and_deletes_in_the_index_as_well() -> None:
    one, two = (stored.message for stored in say(ANA, "lobby", "helo wrold", "secret word"))
    chat.edit_now(ANA, one.id, "hello word with https://example.org/")
    assert (found(BEN, "wrold"), found(BEN, "hello has:link")) == ([], ["hello word with https://example.org/"])
    chat.delete_now(ANA, two.id)
    assert found(BEN, "word") == ["hello word with https://example.org/"]
    assert list(candidates.candidates([candidates.Clause(("secret",))], 0, 10**9)) == []
    assert list(candidates.candidates([candidates.Clause(("wrold",))], 0, 10**9)) == []
    chat.pin_now(ANA, one.id, True)
    chat.react_now(ANA, one.id, "🎉", True)
    assert found(BEN, "hello is:pinned") == ["hello word with https://example.org/"]


def test_a_deleted_message_leaves_the_index() -> None:
    say(ANA, "lobby", "one secret word", "another")
    change("one secret word", "")
    assert list(candidates.candidates([candidates.Clause(("secret",))], 0, 10**9)) == []
    assert [len(ids) for ids in candidates.candidates([candidates.Clause(("another",))], 0, 10**9)] == [1]


def test_a_row_that_somebody_deletes_leaves_the_index_too() -> None:
    say(ANA, "lobby", "one secret word")
    Message.objects.all().delete()
    assert list(candidates.candidates([candidates.Clause(("secret",))], 0, 10**9)) == []


def test_what_never_came_into_the_index_can_be_edited_and_deleted_all_the_same() -> None:
    said = [stored.message.id for stored in say(ANA, "lobby", "one", "two", "three")]
    with connection.cursor() as cursor:
        cursor.execute(index._EMPTIED if connection.vendor == "sqlite" else f"DELETE FROM {index.TABLE}")
    chat.edit_now(ANA, said[0], "eins")
    assert found(BEN, "eins") == ["eins"]
    for id in said:
        chat.delete_now(ANA, id)
    Message.objects.all().delete()
    say(ANA, "lobby", "four")
    assert found(BEN, "four") == ["four"]


def test_a_post_that_is_rolled_back_was_never_in_the_index() -> None:
    say(ANA, "lobby", "first")
    with transaction.atomic():
        say(ANA, "lobby", "second")
        transaction.set_rollback(True)
    assert list(candidates.candidates([candidates.Clause(("second",))], 0, 10**9)) == []


def test_a_rebuilt_index_is_the_index() -> None:
    say(ANA, "lobby", "one", "two", "three")
    change("two", "zwei")
    change("three", "")
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {index.TABLE}"
            if connection.vendor != "sqlite"
            else f"INSERT INTO {index.TABLE}({index.TABLE}) VALUES ('delete-all')"
        )
    assert found(BEN, "one") == []
    assert list(index.rebuild(Statements(connection))) == [2]
    assert (found(BEN, "one"), found(BEN, "zwei"), found(BEN, "two")) == (["one"], ["zwei"], [])


def test_the_command_writes_the_index_anew_and_says_so() -> None:
    say(ANA, "lobby", "one", "two")
    change("two", "")
    with connection.cursor() as cursor:
        cursor.execute(index._EMPTIED if connection.vendor == "sqlite" else f"DELETE FROM {index.TABLE}")
    said = StringIO()
    call_command("hubbub_reindex", stdout=said)
    assert said.getvalue() == "1 message is in the index.\n"
    assert found(BEN, "one") == ["one"]
