"""`manage.py hubbub_reindex`, and `hubbub reindex` on the standalone server."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error as DatabaseError
from django.db import connections, transaction

from hubbub.journal.batch import database
from hubbub.journal.statements import Statements
from hubbub.search import index


class Command(BaseCommand):
    """The door to `hubbub.search.index.rebuild`."""

    help = (
        "Write the index for searching anew, from what is stored, while the server runs. On SQLite posts wait until it"
        " is done. Exit code 0: done; 1: it failed, and the index is as it was, on PostgreSQL partly new."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it and say how far it is."""
        connection = connections[database()]
        alone = connection.vendor == "sqlite"  # in one transaction: readers have the old index until then
        done = 0
        try:
            with transaction.atomic(using=connection.alias) if alone else nullcontext():
                each = nullcontext if alone else lambda: transaction.atomic(using=connection.alias)
                for done in index.rebuild(Statements(connection), each):
                    if done % 100_000 == 0:
                        self.stdout.write(f"{done:,} messages …")
        except DatabaseError as error:
            raise CommandError(f"The index can't be written: {str(error).strip().splitlines()[0]}.") from None
        self.stdout.write(f"{done:,} {'message is' if done == 1 else 'messages are'} in the index.")
