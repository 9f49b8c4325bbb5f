"""What a search answers: where it looks, what each person may find, page by page, with what stands around it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hubbub import journal
from hubbub.identity import Identity
from hubbub.journal.statements import Statements
from hubbub.models import Block, Membership, Message, Room
from hubbub.search import candidates, index, scope
from hubbub.search import find as finding
from tests.cast import ANA, BEN, EVE, draft, say
from tests.findings import found, private_room, search, whisper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_is_left_over() -> None:
    """Tests empty the tables of models; the index is none."""
    assert list(index.rebuild(Statements(connection))) == []


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


def test_people_are_looked_through_once_however_many_are_named() -> None:
    say(ANA, "lobby", "word")
    say(BEN, "lobby", "word")

    def asked(typed: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            search(ANA, typed)
        return sum("FROM" in one["sql"].upper() and "hubbub_person" in one["sql"] for one in queries)

    many = " ".join(f"from:name{number}" for number in range(14))
    assert asked(f"{many} {many.replace('from:', '-from:')} from:ben") == asked("from:ben from:nobody")
    assert found(ANA, f"word {many.replace('from:', '-from:')} from:ben") == ["word"]


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Ida O'Neill", "neill"), ("Łukasz", "lukasz"), ("\N{KELVIN SIGN}arl 2", "KARL"), ("İpek I", "ipek i"),
        ("STRASSE", "straße"), ("100%_\\ Sam", "100"), ("中村 Yui", "yui 中"), ("Ω", "ω"), ("Ａｎｎ", "ann"),
    ],
)  # fmt: skip
def test_a_name_is_found_however_it_is_written(name: str, asked: str) -> None:
    say(ANA, "lobby", "from ana")
    say(Identity(uuid.uuid4(), name), "lobby", "from them")
    assert found(BEN, f'from:"{asked}"') == ["from them"]


def test_only_those_are_looked_at_whose_names_may_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    for who in ("Zoë Quick", "Zoe Slow", *(f"Person {n}" for n in range(20))):
        say(Identity(uuid.uuid4(), who), "lobby", "word")
    looked: list[str] = []
    folded = scope._folded
    monkeypatch.setattr(scope, "_folded", lambda name: looked.append(name) or folded(name))
    assert len(found(ANA, "from:zoe")) == 2
    assert sorted(looked) == ["Zoe Slow", "Zoë Quick", "zoe"]


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


def test_what_is_looked_for_in_portions_leaves_nothing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, few in (("_REACH", 1), ("_FIRST", 2), ("_MOST", 3)):
        monkeypatch.setattr(candidates, name, few)
    journal.write([draft(ANA, "lobby", f"word {n}") for n in range(30)])
    assert len(found(BEN, "word", size=100)) == 30
    assert found(BEN, "3") == ["word 3"]
    assert len(found(BEN, "word -3 -4", size=100)) == 28


def test_a_page_that_is_full_asks_for_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    journal.write([draft(ANA, "lobby", f"word {n}") for n in range(40)])
    asked: list[object] = []
    ids = candidates._ids
    monkeypatch.setattr(candidates, "_ids", lambda *given: asked.append(given) or ids(*given))
    monkeypatch.setattr(candidates, "_REACH", 5)
    assert (len(found(BEN, "word", size=20)), len(asked)) == (20, 1)


def test_the_context_is_around_what_was_found_and_marks_it() -> None:
    say(ANA, "lobby", f"{'before ' * 40}needle{' after' * 60}")
    (one,) = search(BEN, "needle").found
    shown = "".join(text for text, _ in one.context)
    assert [text for text, marked in one.context if marked] == ["needle"]
    assert shown.startswith("… before")
    assert shown.endswith("after …")
    assert len(shown) < 260


TABLE = "the stalls:\n\n| Stall | Benches |\n|:------|--------:|\n| **Honey** | 12 |\n| Seeds | 3 |"


@pytest.mark.parametrize(
    ("text", "typed", "shown"),
    [
        (TABLE, "honey 12", "the stalls: Stall · Benches / [Honey] · [12] / Seeds · 3"),
        (TABLE, "has:link OR", None),
        ("see [the *old* map](https://example.org/orchard), **now**", "old", "see the [old] map, now"),
        ("see [the map](https://example.org/orchard)", "orchard", "see [the map](https://example.org/[orchard])"),
        ("see [the map](https://example.org/orchard)", "map orchard", "see the [map]"),
        ("- [ ] *cups*\n- tea", "tea", "• cups • [tea]"),
        ("`a ** b` and **café** ||**hidden**||", "cafe", "a ** b and [café] ▒▒▒"),
        ("hello ||the butler||", "butler", "hello ▒▒▒"),
        (":tada: at last", "tada", ":[tada]: at last"),
    ],
)
def test_a_message_that_was_found_is_shown_as_one_reads_it(text: str, typed: str, shown: str | None) -> None:
    say(ANA, "lobby", text)
    found = search(BEN, typed).found
    assert [_read(one.context) for one in found] == ([] if shown is None else [shown])


def _read(context: list[tuple[str, bool]]) -> str:
    return "".join(f"[{text}]" if marked else text for text, marked in context)


def test_a_spoiler_stays_one() -> None:
    say(ANA, "lobby", "the killer is ||the butler|| they say")
    (one,) = search(BEN, "killer butler").found
    assert "butler" not in "".join(text for text, _ in one.context)
    assert [text for text, marked in one.context if marked] == ["killer"]


def test_signs_of_markdown_are_left_out_where_they_mean_something_and_signs_of_a_name_are_not() -> None:
    say(ANA, "lobby", "# Heading\n> I like C# and **C++**, not `C`")
    (one,) = search(BEN, "c").found
    assert "".join(text for text, _ in one.context) == "# Heading I like C# and C++, not C"
    assert [text for text, marked in search(BEN, "c#").found[0].context if marked] == ["C#"]
    assert found(BEN, "like -c++") == found(BEN, "c++ -c#") == []
    say(ANA, "lobby", "I like C")
    assert found(BEN, "like -c++") == ["I like C"]
