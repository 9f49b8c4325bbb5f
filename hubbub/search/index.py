"""The index: which message has which words, written by the journal in the transaction that stores the message.

One table on both databases, `hubbub_search`. On SQLite it is FTS5 without content, positions or sizes; on PostgreSQL
a tsvector of lexemes without positions, under a GIN index. Beside its words a message has marks, which no text can
have: whether its room is open to all, its room, its author, whether it has a link.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from hubbub.models import Message, Room
from hubbub.models.room import PRIVATE
from hubbub.search import scrub, words

if TYPE_CHECKING:  # the journal imports this module
    from hubbub.journal.statements import Statements

TABLE = "hubbub_search"
_MESSAGE, _ROOMS = Message._meta.db_table, Room._meta.db_table
OPEN, _ROOM, _AUTHOR, LINK = "\ue000", "\ue001", "\ue002", "\ue003"  # private use (Unicode, 23.5): no word has one
_BATCH = 200  # read at a time: cutting them is over before PostgreSQL takes the transaction for one left behind

FTS5 = "CREATE VIRTUAL TABLE {table} USING fts5(words, content='', columnsize=0, detail=none, tokenize='ascii')"
_TSVECTOR = (
    f"CREATE TABLE {TABLE} (message_id bigint PRIMARY KEY, words tsvector NOT NULL)",
    f"CREATE INDEX {TABLE}_words ON {TABLE} USING gin (words) WITH (gin_pending_list_limit = 1024)",
)


class Entry(NamedTuple):
    """A message as the index knows it: `room` is its room's id and `key` its key, `author` a person's id in hex."""

    id: int
    room: int
    key: str
    author: str
    text: str
    html: str


def put(statements: Statements, entries: Sequence[Entry], table: str = TABLE) -> None:
    """Add these messages, a statement for all. None of them may be there."""
    if not entries:
        return
    if statements.sqlite:
        rows = [(entry.id, _content(entry)) for entry in entries]
        statements.cursor.executemany(f"INSERT INTO {table} (rowid, words) VALUES (%s, %s)", rows)
    else:
        _put_vectors(statements, entries)


def replace(statements: Statements, before: Sequence[Entry], after: Sequence[Entry]) -> None:
    """Messages that were edited: as they were, and as they are now."""
    remove(statements, before)
    put(statements, after)


def remove(statements: Statements, entries: Sequence[Entry], table: str = TABLE) -> None:
    """Messages that are deleted, as they were. One that never came in, a row that somebody wrote by hand, is no fault:
    but FTS5, which counts its rows, would call it one."""
    if not entries:
        return
    if statements.sqlite:
        rows = [(entry.id, _content(entry)) for entry in entries if _has(statements, entry, table)]
        statements.cursor.executemany(f"INSERT INTO {table} ({table}, rowid, words) VALUES ('delete', %s, %s)", rows)
        scrub.note(statements)
    else:
        statements.run(f"DELETE FROM {TABLE} WHERE message_id = ANY(%s)", [[entry.id for entry in entries]])


def room_mark(id: int) -> str:
    """The mark of the messages of a room."""
    return f"{_ROOM}{id}"


def author_mark(person: str) -> str:
    """The mark of the messages of a person, given by the hex of their id."""
    return f"{_AUTHOR}{person}"


def has_link(html: str) -> bool:
    """Whether a message leads somewhere outside."""
    return ' href="http' in html or ' href="mailto:' in html


def _has(statements: Statements, entry: Entry, table: str) -> bool:
    select = f"SELECT rowid FROM {table} WHERE {table} MATCH %s AND rowid = %s"
    return bool(statements.rows(select, [f'"{author_mark(entry.author)}"', entry.id]))


def _content(entry: Entry) -> str:
    """What FTS5 is given. Its tokenizer cuts plain ASCII as `words` would."""
    return f"{words.plain(entry.text) or ' '.join(words.terms(entry.text))} {_marks(entry)}"


def _marks(entry: Entry) -> str:
    open = "" if entry.key.startswith(PRIVATE) else f" {OPEN}"
    link = f" {LINK}" if "<a " in entry.html and has_link(entry.html) else ""
    return f"{_ROOM}{entry.room} {_AUTHOR}{entry.author}{link}{open}"


def _put_vectors(statements: Statements, entries: Sequence[Entry]) -> None:
    rows = [(entry.id, " ".join((*words.terms(entry.text), _marks(entry)))) for entry in entries]
    source, parameters = statements.given(("bigint", "text"), rows)
    statements.run(
        f"INSERT INTO {TABLE} (message_id, words) SELECT column1, array_to_tsvector(string_to_array(column2, ' '))"
        f" FROM {source} ON CONFLICT (message_id) DO UPDATE SET words = EXCLUDED.words",
        parameters,
    )


# ── from what is stored ─────────────────────────────────────────────────────────────────────────────


def stored(statements: Statements, ids: Iterable[int]) -> list[Entry]:
    """These messages as they are stored now, but for deleted ones: what `replace` and `remove` want to know before a
    change."""
    wanted = list(ids)
    marks = ", ".join(["%s"] * len(wanted))
    return _entries(statements, f"m.id IN ({marks})", wanted) if wanted else []


def after(statements: Statements, id: int, most: int) -> list[Entry]:
    """The first messages with a higher id, as they are stored now, but for deleted ones."""
    return _entries(statements, "m.id > %s", [id], f"LIMIT {most}", locked=True)


def rebuild(statements: Statements, each: Callable[[], AbstractContextManager[Any]] = nullcontext) -> Iterator[int]:
    """Write the whole index anew; how many messages are in it by now, again and again. `each` is around every batch: on
    PostgreSQL a transaction, in which its messages are locked, so that an edit comes before or after it."""
    with each():
        statements.run(_EMPTIED if statements.sqlite else _FORGOTTEN, [])
    last, done = 0, 0
    while True:
        with each():
            batch = after(statements, last, _BATCH)
            put(statements, batch)
        if not batch:
            return
        last, done = batch[-1].id, done + len(batch)
        yield done


_EMPTIED = f"INSERT INTO {TABLE} ({TABLE}) VALUES ('delete-all')"
_FORGOTTEN = (
    f"DELETE FROM {TABLE} s WHERE NOT EXISTS"
    f" (SELECT 1 FROM {_MESSAGE} m WHERE m.id = s.message_id AND m.deleted_at IS NULL)"
)


def _entries(
    statements: Statements, condition: str, parameters: Sequence[Any], limit: str = "", *, locked: bool = False
) -> list[Entry]:
    lock = " FOR SHARE OF m" if locked and not statements.sqlite else ""
    found = statements.rows(
        f"SELECT m.id, m.room_id, r.key, m.author_id, m.text, m.html FROM {_MESSAGE} m"
        f" JOIN {_ROOMS} r ON r.id = m.room_id WHERE m.deleted_at IS NULL AND {condition} ORDER BY m.id {limit}{lock}",
        parameters,
    )
    return [
        Entry(id, room, key, author.hex if isinstance(author, UUID) else author, text, html)
        for id, room, key, author, text, html in found
    ]


def create(statements: Statements) -> None:
    """Make the empty index. One that a restore left behind goes."""
    drop(statements)
    for statement in (FTS5.format(table=TABLE),) if statements.sqlite else _TSVECTOR:
        statements.cursor.execute(statement)


def drop(statements: Statements) -> None:
    """Make it gone."""
    statements.cursor.execute(f"DROP TABLE IF EXISTS {TABLE}")
