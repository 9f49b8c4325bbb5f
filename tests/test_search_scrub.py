"""What is taken back is not in SQLite's files any more, a moment later."""

from __future__ import annotations

import sqlite3
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, transaction
from websockets.sync.client import connect

from hubbub import chat
from hubbub.journal import Journal, scrubbing
from hubbub.journal.statements import Statements
from hubbub.models import Message
from hubbub.search import index, scrub
from tests.cast import ANA, say
from tests.servers import Server

pytestmark = pytest.mark.stack("sqlite", "PostgreSQL's vacuum does it there")


def holding(folder: Path, word: str) -> list[str]:
    """The files in which a word still is."""
    return [file.name for file in sorted(folder.glob("hubbub.sqlite3*")) if word.encode() in file.read_bytes()]


SAY = """
from hubbub import chat, journal
from hubbub.identity import Identity
import uuid
who = Identity(uuid.UUID(int=0xB0B), "Bob")
texts = [f"line {{n}} of talk" for n in range(600)]
texts[300] = "{deleted} is a word that nobody else says"
texts[301] = "{edited} is another"
for start in range(0, 600, 20):
    journal.write([chat.draft(who, "lobby", text, create_room=True) for text in texts[start : start + 20]])
"""
TAKE_BACK = """
from hubbub import chat
from hubbub.identity import Identity
from hubbub.models import Message
import uuid
who = Identity(uuid.UUID(int=0xB0B), "Bob")
id = lambda word: Message.objects.get(text__startswith=word).id
chat.edit_now(who, id("{edited}"), "something else")
chat.delete_now(who, Message.objects.get(text="something else").id)
chat.delete_now(who, id("{deleted}"))
"""


def test_a_deleted_word_leaves_every_file_of_a_running_server(tmp_path: Path) -> None:
    words = {"deleted": f"zq{uuid.uuid4().hex}", "edited": f"zw{uuid.uuid4().hex}"}
    data = tmp_path / "data"
    server = Server(data, HUBBUB_RATE_LIMITS="off").start()
    try:
        with connect(f"{server.ws}/ws/chat/lobby/") as socket:  # a node begins with its first socket
            server.command("shell", "-v", "0", "-c", SAY.format(**words))
            assert all(holding(data, word) for word in words.values()), "else this proves nothing"
            server.command("shell", "-v", "0", "-c", TAKE_BACK.format(**words))
            deadline = time.monotonic() + 60
            while any(holding(data, word) for word in words.values()) and time.monotonic() < deadline:
                time.sleep(0.2)
            assert {word: holding(data, word) for word in words.values()} == {word: [] for word in words.values()}
            assert socket
    finally:
        server.kill()
    with closing(sqlite3.connect(data / "hubbub.sqlite3")) as database:
        found = database.execute(f"SELECT COUNT(*) FROM {index.TABLE} WHERE {index.TABLE} MATCH 'talk'").fetchone()
    assert found == (598,), "what was not taken back is found as before"


@pytest.mark.django_db(transaction=True)
class TestNotes:
    """The note in the database of what is to be scrubbed."""

    @pytest.fixture(autouse=True)
    def _none(self) -> None:
        statements = Statements(connection)
        assert list(index.rebuild(statements)) == []
        statements.run(f"DELETE FROM {scrub.TABLE}", [])

    def notes(self) -> list[tuple[Any, ...]]:
        return Statements(connection).rows(f"SELECT removals FROM {scrub.TABLE}", [])

    def test_a_post_leaves_none_and_a_removal_one_in_its_own_transaction(self) -> None:
        one, two = (stored.message for stored in say(ANA, "lobby", "one", "two"))
        assert self.notes() == []
        with transaction.atomic():
            chat.delete_now(ANA, one.id)
            transaction.set_rollback(True)
        assert self.notes() == []
        chat.delete_now(ANA, one.id)
        chat.edit_now(ANA, two.id, "zwei")
        assert self.notes() == [(2,)]

    def test_what_is_removed_meanwhile_is_followed_again(self) -> None:
        one, two = (stored.message for stored in say(ANA, "lobby", "one", "two"))
        statements = Statements(connection)
        assert scrub.claim(statements) == 0
        chat.delete_now(ANA, one.id)
        assert scrub.claim(statements) == 1
        assert scrub.claim(statements) == 0, "one node is enough"
        chat.delete_now(ANA, two.id)
        scrub.done(statements, 1)
        assert scrub.claim(statements) == 2
        scrub.done(statements, 2)
        assert self.notes() == []

    def test_who_began_and_died_is_not_waited_for(self) -> None:
        (one,) = (stored.message for stored in say(ANA, "lobby", "one"))
        chat.delete_now(ANA, one.id)
        assert scrub.claim(Statements(connection)) == 1
        Statements(connection).run(f"UPDATE {scrub.TABLE} SET claimed_at = claimed_at - 100", [])
        assert scrub.claim(Statements(connection)) == 1

    def test_posts_between_the_steps_are_found_and_the_steps_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(scrub, "PAGES", 1)
        said = say(ANA, "lobby", *[f"word{n} and on" for n in range(50)])
        for n in range(12):
            say(ANA, "lobby", f"later{n} and on")
        assert said[25].message is not None
        chat.delete_now(ANA, said[25].message.id)
        assert scrub.claim(Statements(connection)) == 1
        taken = 0
        for step in scrub.steps(index.TABLE):
            with transaction.atomic():
                step(Statements(connection))
            say(ANA, "lobby", f"meanwhile{taken} and on")
            taken += 1
            assert taken < 1_000
        rows = Statements(connection).rows(f"SELECT rowid FROM {index.TABLE} WHERE {index.TABLE} MATCH 'on'", [])
        assert len(rows) == Message.objects.filter(deleted_at=None).count() == 61 + taken
        blocks = Statements(connection).rows(f"SELECT block FROM {index.TABLE}_data", [])
        assert not any(b"word25" in bytes(block) for (block,) in blocks)

    def test_a_node_follows_between_its_batches(self) -> None:
        (one,) = (stored.message for stored in say(ANA, "lobby", "one"))
        chat.delete_now(ANA, one.id)

        async def both() -> list[bool]:
            journal = Journal(lambda announcements: None)
            try:
                return [await scrubbing.follow(journal), await scrubbing.follow(journal)]
            finally:
                journal.close()

        assert async_to_sync(both)() == [True, False]
        assert self.notes() == []
