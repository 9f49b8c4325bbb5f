"""What a batch writes in: the rooms, people and messages of one transaction."""

from __future__ import annotations

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from hubbub.journal.gate import Gate
from hubbub.journal.messages import Messages
from hubbub.journal.people import People
from hubbub.journal.rooms import Rooms
from hubbub.journal.statements import Statements


class Ledger:
    """Lives as long as the batch's transaction. `now` is the moment of all its changes."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self.now = timezone.now()
        self.statements = Statements(connection)
        self.rooms = Rooms(self.statements, self.now)
        self.people = People(self.statements, self.now)
        self.gate = Gate(self.statements, self.now)
        self.messages = Messages(self.statements, self.rooms, self.people, self.gate, self.now)
