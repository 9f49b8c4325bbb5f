"""A message that somebody deletes as a row, in the admin or by hand in a shell, leaves the index with it.

The journal never does that: who deletes a message in a conversation leaves its place.
"""

from __future__ import annotations

from typing import Any

from django.db import connections
from django.db.models.signals import pre_delete


def connect_signals() -> None:
    """Listen."""
    from hubbub.models import Message  # late: models must be loaded first

    pre_delete.connect(_leave, sender=Message, dispatch_uid="hubbub.search")


def _leave(instance: Any, using: str, **_: object) -> None:
    from hubbub.journal.statements import Statements  # late, as above
    from hubbub.search import index

    statements = Statements(connections[using])
    index.remove(statements, index.stored(statements, [instance.pk]))
