"""The room's log of acts, which its moderators read."""

from __future__ import annotations

from hubbub.journal.ledger import Ledger
from hubbub.journal.statements import ACT


def log(ledger: Ledger, room: int, by: str, verb: str, whom: str | None, detail: str = "") -> None:
    """Write what somebody did into the room's log. People are given by their ids in hex."""
    uuid = ledger.statements.uuid
    ledger.statements.run(
        f"INSERT INTO {ACT} (room_id, by_id, verb, whom_id, detail, at) VALUES (%s, %s, %s, %s, %s, %s)",
        [room, uuid(by), verb, uuid(whom) if whom else None, detail[:250], ledger.statements.time(ledger.now)],
    )
