"""`manage.py hubbub_reindex`, and `hubbub reindex` on the standalone server."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.db import connections, transaction

from hubbub.journal.batch import database
from hubbub.journal.statements import Statements
from hubbub.search import anew, index

LEAST_PAUSE, MOST_PAUSE = 0.02, 1.0  # seconds between two slices


class Command(BaseCommand):
    """The door to `hubbub.search.anew.rewrite` and, on PostgreSQL, `hubbub.search.index.rebuild`."""

    help = (
        "Write the index for searching anew, from what is stored, while the server runs and people talk and search."
        " Exit code 0: done; 1: it failed, and the index is as it was, on PostgreSQL partly new."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say how far it is."""
        connection = connections[database()]
        rewrite = _on_sqlite if connection.vendor == "sqlite" else index.rebuild
        done = 0
        try:
            for done in rewrite(Statements(connection), lambda: transaction.atomic(using=connection.alias)):
                if done % 100_000 == 0:
                    self.stdout.write(f"{done:,} messages …")
        except DatabaseError as error:
            raise CommandError(f"The index can't be written: {str(error).strip().splitlines()[0]}.") from None
        except anew.Interrupted as reason:
            raise CommandError(str(reason)) from None
        self.stdout.write(f"{done:,} {'message is' if done == 1 else 'messages are'} in the index.")


def _on_sqlite(statements: Statements, each: Callable[[], AbstractContextManager[Any]]) -> Iterator[int]:
    """A slice at a time, and as long again nothing: SQLite has one writer, and who waits for it stands in no line."""
    began = time.monotonic()
    for done in anew.rewrite(statements, each):
        yield done
        time.sleep(min(MOST_PAUSE, max(LEAST_PAUSE, time.monotonic() - began)))
        began = time.monotonic()
