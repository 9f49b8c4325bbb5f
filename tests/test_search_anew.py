"""Writing the index anew on SQLite, while people talk, edit, take back and search."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from io import StringIO
from itertools import chain
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hubbub import chat, journal
from hubbub.journal.statements import Statements
from hubbub.models import Message
from hubbub.search import anew, index
from hubbub.search.candidates import Clause, candidates
from hubbub.search.words import terms
from tests.cast import ANA, BEN, draft, say
from tests.servers import Server
from tests.test_search import found

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.stack("sqlite", "PostgreSQL's index is written anew row by row, in place"),
]

WORDS = ["ash", "birch", "cedar", "däle", "elm"]


@pytest.fixture(autouse=True)
def _nothing_is_left_over() -> Iterator[None]:
    """Tests empty the tables of models; the index is none."""
    assert list(index.rebuild(Statements(connection))) == []
    yield
    assert tables() == {index.TABLE}, "all that was needed meanwhile is gone"


def tables() -> set[str]:
    """The tables and triggers of the index, but for FTS5's own and the note of removals."""
    found = Statements(connection).rows("SELECT name FROM sqlite_master WHERE name LIKE 'hubbub_search%%'", [])
    return {name for (name,) in found} - {f"{index.TABLE}_{part}" for part in ("data", "idx", "config", "removed")}


def rewriting() -> Iterator[int]:
    return anew.rewrite(Statements(connection), transaction.atomic)


def indexed() -> dict[str, list[int]]:
    """Which messages the index names for each word, whether they are so or not."""
    return {word: list(chain(*candidates([Clause(tuple(terms(word)))], 0, 10**12))) for word in WORDS}


def said() -> dict[str, list[int]]:
    """Which messages have each word, as they are stored."""
    stored = list(Message.objects.filter(deleted_at=None).order_by("-pk").values_list("pk", "text"))
    return {word: [id for id, text in stored if word in text.split()] for word in WORDS}


TEXT = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
DEEDS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.just(0), TEXT),
        st.tuples(st.just("edit"), st.integers(0, 30), TEXT),
        st.tuples(st.just("delete"), st.integers(0, 30), st.just("")),
        st.tuples(st.just("erase"), st.integers(0, 30), st.just("")),
    ),
    max_size=4,
)


def do(deed: str, place: int, text: str) -> None:
    ids = list(Message.objects.filter(deleted_at=None).order_by("pk").values_list("pk", flat=True))
    if deed == "say":
        say(ANA, "wood", text)
    elif ids and deed == "edit":
        chat.edit_now(ANA, ids[place % len(ids)], text)
    elif ids and deed == "delete":
        chat.delete_now(ANA, ids[place % len(ids)])
    elif ids:
        Message.objects.filter(pk=ids[place % len(ids)]).first().delete()  # type: ignore[union-attr]  there is one


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=st.lists(TEXT, max_size=9), meanwhile=st.lists(DEEDS, max_size=6), size=st.integers(1, 4))
def test_whatever_is_done_meanwhile_a_search_is_right_then_and_after(
    before: list[str], meanwhile: list[list[tuple[str, int, str]]], size: int
) -> None:
    Message.objects.all().delete()
    if before:
        say(ANA, "wood", *before)
    usual, anew.SLICE = anew.SLICE, size
    try:
        turns = iter(meanwhile)
        for _ in rewriting():
            for deed in next(turns, []):
                do(*deed)
            assert indexed() == said(), "while it is written"
    finally:
        anew.SLICE = usual
    assert indexed() == said()


def test_an_index_that_is_wrong_is_right_after() -> None:
    say(ANA, "wood", "ash", "birch")
    with connection.cursor() as cursor:
        cursor.execute(index._EMPTIED)
        cursor.execute(f"INSERT INTO {index.TABLE} (rowid, words) VALUES (999, 'cedar')")
    assert (found(BEN, "ash"), indexed()["cedar"]) == ([], [999])
    assert list(rewriting()) == [2]
    assert (found(BEN, "ash"), indexed()["cedar"]) == (["ash"], [])


def test_two_at_once_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anew, "SLICE", 1)
    say(ANA, "wood", "ash", "birch")
    first = rewriting()
    next(first)
    with pytest.raises(CommandError, match="already"):
        call_command("hubbub_reindex", stdout=StringIO())
    assert [*first][-1] == 2
    assert found(BEN, "ash") == ["ash"]


def test_who_was_away_too_long_gives_up_and_nothing_is_kept_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(anew, "SLICE", 1)
    say(ANA, "wood", "ash", "birch")
    writing = rewriting()
    next(writing)
    Statements(connection).run(f"UPDATE {anew._PROGRESS} SET at = at - 100", [])
    chat.edit_now(ANA, Message.objects.earliest("pk").pk, "cedar")
    assert Statements(connection).rows(f"SELECT * FROM {anew._CHANGED}", []) == []
    with pytest.raises(anew.Interrupted, match="Try again"):
        next(writing)
    assert indexed() == said()


def test_what_somebody_left_behind_is_taken_away() -> None:
    say(ANA, "wood", "ash")
    anew._begin(Statements(connection))
    anew.forget_stale(Statements(connection))
    assert anew._GROWING in tables(), "who is at it is left alone"
    Statements(connection).run(f"UPDATE {anew._PROGRESS} SET at = at - 100", [])
    anew.forget_stale(Statements(connection))


def test_posts_go_on_while_a_server_s_index_is_written_anew(tmp_path: Any) -> None:
    """With another process at it, slices of the usual size, and a search for each post at once."""
    server = Server(tmp_path / "data", HUBBUB_RATE_LIMITS="off")
    server.command("migrate", "--verbosity", "0")
    server.command("shell", "-v", "0", "-c", "from bench.corpus import fill; fill(12_000)")
    database = connections[connection.alias].settings_dict
    usual, database["NAME"] = database["NAME"], str(tmp_path / "data" / "hubbub.sqlite3")
    connection.close()
    try:
        rewritten = threading.Thread(target=server.command, args=("hubbub_reindex",))
        rewritten.start()
        waits = 0
        while rewritten.is_alive() or waits < 3:
            word = f"w{uuid.uuid4().hex}"
            journal.write([draft(ANA, "wood", word)])
            assert found(BEN, word) == [word]
            waits += 1
        rewritten.join()
        assert len(found(BEN, "in:wood", size=1000)) == waits
    finally:
        connection.close()
        database["NAME"] = usual
