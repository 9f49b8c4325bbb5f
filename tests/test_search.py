"""Finding what was said: the index the journal writes, and the answers, on either database."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta
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
from hubbub.identity import Identity
from hubbub.journal.statements import Statements
from hubbub.models import Block, Membership, Message, Person, Room
from hubbub.models.room import new_address
from hubbub.search import candidates, index
from hubbub.search import find as finding
from hubbub.search.find import Findings, find
from hubbub.search.query import parse
from hubbub.search.words import words
from tests.cast import ANA, BEN, EVE, draft, say

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2026, 11, 24)


@pytest.fixture(autouse=True)
def _nothing_is_left_over() -> None:
    """Tests empty the tables of models; the index is none."""
    assert list(index.rebuild(Statements(connection))) == []


def search(who: Identity, typed: str, **named: Any) -> Findings:
    return find(who, typed, zone=UTC, today=TODAY, **named)


def found(who: Identity, typed: str, **named: Any) -> list[str]:
    """What is found, as it was said, newest first."""
    ids = [one.id for one in search(who, typed, **named).found]
    texts = dict(Message.objects.filter(pk__in=ids).values_list("pk", "text"))
    return [texts[id] for id in ids]


def change(text: str, to: str) -> None:
    """Edit a message as the journal does, or delete it with an empty text."""
    statements, ids = Statements(connection), list(Message.objects.filter(text=text).values_list("pk", flat=True))
    before = index.stored(statements, ids)
    now = timezone.now()
    Message.objects.filter(pk__in=ids).update(text=to, html=to and f"<p>{to}</p>", deleted_at=None if to else now)
    index.replace(statements, before, index.stored(statements, ids))


def private_room(name: str, *people: Identity) -> Room:
    """A private room with these people in it."""
    room = Room.objects.create(name=name, key=new_address(), kind="private", guarded=True)
    for who in people:
        Person.objects.get_or_create(id=who.id, defaults={"name": who.name})
        Membership.objects.create(room=room, person_id=who.id)
    return room


def whisper(room: Room, who: Identity, *texts: str) -> None:
    journal.write([journal.Draft(who, room.key, room.key, uuid.uuid4().hex, text, text, False) for text in texts])


# ── words ──


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


def test_ten_thousand_characters_are_refused_as_a_search_and_found_as_a_message() -> None:
    with pytest.raises(Refusal, match="at most"):
        search(ANA, "a" * 10_000)
    say(ANA, "lobby", "x" * 7_000, "needle " * 1_000, "北京" * 3_000)
    assert found(ANA, "x" * 400 + "*") == ["x" * 7_000]
    assert len(found(ANA, "needle")) == 1
    assert len(found(ANA, "京北京")) == 1


# ── changes ──


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
    assert candidates.candidates([candidates.Clause(("secret",))], 0, 10**9, 10) == []
    assert candidates.candidates([candidates.Clause(("wrold",))], 0, 10**9, 10) == []
    chat.pin_now(ANA, one.id, True)
    chat.react_now(ANA, one.id, "🎉", True)
    assert found(BEN, "hello is:pinned") == ["hello word with https://example.org/"]


def test_a_deleted_message_leaves_the_index() -> None:
    say(ANA, "lobby", "one secret word", "another")
    change("one secret word", "")
    assert candidates.candidates([candidates.Clause(("secret",))], 0, 10**9, 10) == []
    assert len(candidates.candidates([candidates.Clause(("another",))], 0, 10**9, 10)) == 1


def test_a_row_that_somebody_deletes_leaves_the_index_too() -> None:
    say(ANA, "lobby", "one secret word")
    Message.objects.all().delete()
    assert candidates.candidates([candidates.Clause(("secret",))], 0, 10**9, 10) == []


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
    assert candidates.candidates([candidates.Clause(("second",))], 0, 10**9, 10) == []


# ── where ──


def test_from_and_in() -> None:
    say(ANA, "Lobby", "word from ana")
    say(BEN, "Lobby", "word from ben")
    say(BEN, "ops", "word in ops")
    assert found(ANA, "word from:ben") == ["word in ops", "word from ben"]
    assert found(ANA, "word from:BEN in:#lobby") == ["word from ben"]
    assert found(ANA, "from:me") == ["word from ana"]
    assert found(ANA, "from:ana from:ben in:ops") == ["word in ops"]
    assert found(ANA, "word -from:ben") == ["word from ana"]
    assert found(ANA, "word -in:lobby") == ["word in ops"]
    assert search(ANA, "word from:nobody").nobody == "nobody"
    assert search(ANA, "word in:nowhere").nobody == "nowhere"


def test_who_is_called_exactly_so_comes_before_who_is_called_so_too() -> None:
    both = [Identity(uuid.uuid4(), name) for name in ("Zoë", "Zoe Quick")]
    for who in both:
        say(who, "lobby", f"I am {who.name}")
    assert found(ANA, "from:zoe") == ["I am Zoë"]
    assert found(ANA, "from:quick") == ["I am Zoe Quick"]
    assert found(ANA, 'from:"zoe quick"') == ["I am Zoe Quick"]


def test_days_links_and_pins() -> None:
    said = say(ANA, "lobby", "old word", "word with https://example.org/", "pinned word")
    for days, stored in zip((40, 2, 1), said, strict=True):
        at = datetime(2026, 11, 24, 12, tzinfo=UTC) - timedelta(days=days)
        Message.objects.filter(pk=stored.message.id).update(at=at)
    Message.objects.filter(text="pinned word").update(pinned_at=timezone.now())
    assert found(BEN, "word before:2026-11-01") == ["old word"]
    assert found(BEN, "word after:2026-11-22") == ["pinned word"]
    assert found(BEN, "word on:2026-11-22") == ["word with https://example.org/"]
    assert found(BEN, "on:yesterday") == ["pinned word"]
    assert found(BEN, "has:link") == ["word with https://example.org/"]
    assert found(BEN, "word -has:link") == ["pinned word", "old word"]
    assert found(BEN, "is:pinned word") == ["pinned word"]
    assert found(BEN, "is:pinned old") == []
    assert found(BEN, "word -is:pinned after:2026-10") == ["word with https://example.org/"]


# ── who may see it ──


def test_only_what_one_may_read_is_found() -> None:
    say(BEN, "lobby", "open word")
    room = private_room("plans", ANA, BEN)
    whisper(room, BEN, "secret word")
    say(EVE, "lobby", "eve was here")
    assert found(ANA, "word") == ["secret word", "open word"]
    assert found(ANA, "in:plans") == ["secret word"]
    assert found(EVE, "word") == ["open word"]
    assert found(EVE, "secret") == []
    for name in ("plans", room.key):
        assert search(EVE, f"word in:{name}").nobody == name, "as a room that does not exist"
        assert search(EVE, f"word -in:{name}").found == search(EVE, "word").found


def test_access_that_ends_ends_here_too() -> None:
    say(ANA, "lobby", "open word")
    room = private_room("plans", ANA, EVE)
    whisper(room, ANA, "secret word")
    assert found(EVE, "word") == ["secret word", "open word"]
    Membership.objects.filter(room=room, person_id=EVE.id).update(standing="left")
    assert found(EVE, "word") == ["open word"]
    say(EVE, "lobby", "hello")
    lobby = Room.objects.get(key="lobby")
    Membership.objects.filter(room=lobby, person_id=EVE.id).update(standing="banned")
    Room.objects.filter(pk=lobby.pk).update(guarded=True)
    assert found(EVE, "word") == []
    assert search(EVE, "word in:lobby").nobody == "lobby"
    assert found(ANA, "open") == ["open word"]


def test_a_private_room_does_not_change_what_another_looks_at(monkeypatch: pytest.MonkeyPatch) -> None:
    say(BEN, "lobby", "open word")
    looked: list[list[int]] = []
    read = finding._read
    monkeypatch.setattr(finding, "_read", lambda who, ids: looked.append(list(ids)) or read(who, ids))
    search(EVE, "word")
    whisper(private_room("plans", BEN), BEN, *["secret word"] * 200)
    search(EVE, "word")
    assert looked[0] == looked[1]


def test_nor_does_a_public_room_that_one_is_banned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    say(BEN, "lobby", "open word")
    say(EVE, "den", "hello")
    den = Room.objects.get(key="den")
    Membership.objects.filter(room=den, person_id=EVE.id).update(standing="banned")
    Room.objects.filter(pk=den.pk).update(guarded=True)
    say(BEN, "den", *["closed word"] * 3)
    looked: list[int] = []
    read = finding._read
    monkeypatch.setattr(finding, "_read", lambda who, ids: looked.extend(ids) or read(who, ids))
    assert found(EVE, "word") == ["open word"]
    assert len(looked) == 1


def test_whom_one_does_not_want_to_read_is_not_found() -> None:
    say(BEN, "lobby", "word of ben")
    say(ANA, "lobby", "word of ana")
    Block.objects.create(person_id=ANA.id, blocked_id=BEN.id)
    assert found(ANA, "word") == ["word of ana"]
    assert found(ANA, "word from:ben") == []
    assert found(EVE, "word") == ["word of ana", "word of ben"]


def test_a_direct_room_is_called_after_the_others_in_it() -> None:
    say(ANA, "lobby", "hello")
    room = private_room("direct", ANA, BEN)
    Room.objects.filter(pk=room.pk).update(kind="direct")
    room.refresh_from_db()
    whisper(room, BEN, "between us")
    (one,) = search(ANA, "between").found
    assert (one.room, one.address, one.kind) == ("Ben", room.key, "direct")
    assert found(ANA, "in:ben") == ["between us"]


# ── pages ──


def test_pages_have_everything_once() -> None:
    journal.write([draft(ANA, "lobby", f"word {n}") for n in range(53)])
    seen: list[int] = []
    older: int | None = None
    while older is not None or not seen:
        page = search(BEN, "word", before=older)
        seen += [one.seq for one in page.found]
        older = page.older
        assert len(page.found) == (20 if older else 13)
    assert seen == list(range(53, 0, -1))


def test_a_search_that_is_too_much_goes_on_another_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "EXAMINED", 60)
    journal.write([draft(ANA, "lobby", "b a"), *[draft(ANA, "lobby", "a x b") for _ in range(150)]])
    pages, older = 0, None
    while True:
        page = search(BEN, '"b a"', before=older)
        pages, older = pages + 1, page.older
        if page.older is None:
            break
        assert page.found == []
        assert page.back_to is not None
    assert [one.seq for one in page.found] == [1]
    assert pages == 3


def test_pinned_messages_have_pages_too(monkeypatch: pytest.MonkeyPatch) -> None:
    journal.write([draft(ANA, "lobby", f"word {n}") for n in range(30)])
    whisper(private_room("plans", BEN), BEN, *["word"] * 3)
    Message.objects.update(pinned_at=timezone.now())
    first = search(EVE, "is:pinned")
    second = search(EVE, "is:pinned", before=first.older)
    assert [one.seq for one in first.found + second.found] == list(range(30, 0, -1))
    assert (second.older, second.back_to) == (None, None)
    monkeypatch.setattr(finding, "EXAMINED", 10)
    page = search(EVE, "is:pinned 3")
    assert ([one.seq for one in page.found], page.back_to is not None) == ([], True)
    assert [one.seq for one in search(EVE, "is:pinned 3", before=page.older, size=5).found] == []
    monkeypatch.setattr(finding, "EXAMINED", 2_000)
    assert [one.seq for one in search(EVE, "is:pinned 3", before=page.older).found] == [4]


def test_what_the_index_names_too_much_is_bounded_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "EXAMINED", 60)
    room = private_room("plans", BEN)
    whisper(room, BEN, *["secret word"] * 130)
    monkeypatch.setattr(
        "hubbub.search.scope._readable", lambda who, scope: [candidates.Clause((index.room_mark(room.pk),))]
    )
    looked: list[int] = []
    read = finding._read
    monkeypatch.setattr(finding, "_read", lambda who, ids: looked.append(len(ids)) or read(who, ids))
    page = search(EVE, "word")
    assert (page.found, sum(looked)) == ([], 60)
    assert page.older is not None


def test_the_windows_of_postgresql_leave_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "_WINDOWS", (3, 7))
    journal.write([draft(ANA, "lobby", f"word {n}") for n in range(30)])
    assert len(found(BEN, "word", size=100)) == 30
    assert found(BEN, "3") == ["word 3"]
    assert len(found(BEN, "word -3 -4", size=100)) == 28


# ── context ──


def test_the_context_is_around_what_was_found_and_marks_it() -> None:
    say(ANA, "lobby", f"{'before ' * 40}needle{' after' * 60}")
    (one,) = search(BEN, "needle").found
    shown = "".join(text for text, _ in one.context)
    assert [text for text, marked in one.context if marked] == ["needle"]
    assert shown.startswith("… before")
    assert shown.endswith("after …")
    assert len(shown) < 260


def test_a_spoiler_stays_one() -> None:
    say(ANA, "lobby", "the killer is ||the butler|| they say")
    (one,) = search(BEN, "killer butler").found
    assert "butler" not in "".join(text for text, _ in one.context)
    assert [text for text, marked in one.context if marked] == ["killer"]


# ── the whole of it ──


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
