"""The index written anew on SQLite while people talk: a second one grows in slices, and takes the first one's place.

Until then the first answers, and the journal writes to it as ever. What changes among the messages that the second one
has already is noted by triggers, as it was, and made good in the transaction in which they change places. Whatever is
said meanwhile has a higher id and comes with a later slice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from hubbub.models import Message, Room
from hubbub.search import index
from hubbub.search.index import Entry

if TYPE_CHECKING:  # the journal imports this module
    from hubbub.journal.statements import Statements

SLICE = 1_000  # messages; some ten milliseconds, for which posts wait
LEFT_SECONDS = 60  # after which who wrote anew is taken to be gone, and nothing more is noted for them

_GROWING, _CHANGED, _PROGRESS = (f"{index.TABLE}_{name}" for name in ("growing", "changed", "progress"))
_MESSAGE, _ROOM = Message._meta.db_table, Room._meta.db_table
_TRIGGERS = {f"{index.TABLE}_edited": "UPDATE OF text, html, deleted_at", f"{index.TABLE}_erased": "DELETE"}

# Only while somebody is at it, and only what the new index has: as it is there, so the first time only.
_NOTED = f"""
CREATE TRIGGER {{name}} AFTER {{event}} ON {_MESSAGE} WHEN OLD.deleted_at IS NULL AND EXISTS
  (SELECT 1 FROM {_PROGRESS} WHERE last >= OLD.id AND at > CAST(strftime('%s', 'now') AS integer) - {LEFT_SECONDS})
BEGIN
  INSERT OR IGNORE INTO {_CHANGED} SELECT OLD.id, OLD.room_id, r.key, OLD.author_id, OLD.text, OLD.html
  FROM {_ROOM} r WHERE r.id = OLD.room_id;
END"""


class Interrupted(Exception):
    """It can't go on; the index is as it was."""


def rewrite(statements: Statements, each: Callable[[], AbstractContextManager[Any]]) -> Iterator[int]:
    """Write the index anew; how many messages are in it by now, again and again. `each` is a transaction, around every
    slice. Raises Interrupted when another does the same, or when more than LEFT_SECONDS went by between two slices."""
    with each():
        _begin(statements)
    last, done = 0, 0
    try:
        while True:
            with each():
                _go_on(statements, last)
                entries = index.after(statements, last, SLICE)
                index.put(statements, entries, _GROWING)
                last, done = entries[-1].id if entries else last, done + len(entries)
                if len(entries) < SLICE:
                    _change_places(statements)
                    break
                statements.run(f"UPDATE {_PROGRESS} SET last = %s", [last])
            yield done
    except BaseException:
        with each():
            _forget(statements)
        raise
    if done:
        yield done


def under_way(statements: Statements) -> bool:
    """Whether somebody began and has not ended."""
    return _names(statements, _PROGRESS)


def forget_stale(statements: Statements) -> None:
    """Take away what somebody left behind who began long ago: the notes hold texts."""
    if under_way(statements) and not _fresh(statements):
        _forget(statements)


def _begin(statements: Statements) -> None:
    if under_way(statements) and _fresh(statements):
        raise Interrupted("The index is being written anew already. Try again in a minute.")
    _forget(statements)
    statements.cursor.execute(index.FTS5.format(table=_GROWING))
    statements.cursor.execute(
        f"CREATE TABLE {_CHANGED} (id integer PRIMARY KEY, room integer, key text, author text, text text, html text)"
    )
    statements.cursor.execute(f"CREATE TABLE {_PROGRESS} (last integer NOT NULL, at integer NOT NULL)")
    statements.run(f"INSERT INTO {_PROGRESS} (last, at) VALUES (0, %s)", [int(time.time())])
    for name, event in _TRIGGERS.items():
        statements.cursor.execute(_NOTED.format(name=name, event=event))


def _go_on(statements: Statements, last: int) -> None:
    """Say that we are still at it. If we were taken to be gone, changes may have gone by unnoted."""
    if not _names(statements, _PROGRESS) or not _fresh(statements):
        raise Interrupted(f"More than {LEFT_SECONDS} s went by between two steps. Try again when less is going on.")
    statements.run(f"UPDATE {_PROGRESS} SET at = %s", [int(time.time())])


def _change_places(statements: Statements) -> None:
    changed = [Entry(*row) for row in statements.rows(f"SELECT id, room, key, author, text, html FROM {_CHANGED}", [])]
    index.remove(statements, changed, _GROWING)
    for start in range(0, len(changed), SLICE):
        ids = [entry.id for entry in changed[start : start + SLICE]]
        index.put(statements, index.stored(statements, ids), _GROWING)
    statements.cursor.execute(f"DROP TABLE {index.TABLE}")
    statements.cursor.execute(f"ALTER TABLE {_GROWING} RENAME TO {index.TABLE}")
    _forget(statements)


def _forget(statements: Statements) -> None:
    for name in _TRIGGERS:
        statements.cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
    for table in (_GROWING, _CHANGED, _PROGRESS):
        statements.cursor.execute(f"DROP TABLE IF EXISTS {table}")


def _names(statements: Statements, table: str) -> bool:
    return bool(statements.rows("SELECT 1 FROM sqlite_master WHERE name = %s", [table]))


def _fresh(statements: Statements) -> bool:
    ((at,),) = statements.rows(f"SELECT at FROM {_PROGRESS}", [])
    return abs(time.time() - int(at)) < LEFT_SECONDS - 5
