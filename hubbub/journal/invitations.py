"""Links into a private room: made, taken back, and used by who comes in. All of it under the room's lock, so that the
last use of a link is one person's.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hubbub.errors import Refusal
from hubbub.journal.log import log
from hubbub.journal.scene import Scene
from hubbub.journal.statements import INVITATION
from hubbub.models import Invitation
from hubbub.protocol import PersonView

LONGEST, MOST_USES, MOST_HOLDING = 366 * 24 * 3600, 1000, 50
_HOLDS = "(expires_at IS NULL OR expires_at > %s) AND (most_uses IS NULL OR uses < most_uses)"


def invite(scene: Scene) -> Refusal | None:
    """Make a link that holds for `seconds` and lets `uses` people in; 0 of either is without bound."""
    seconds, uses = scene.change.seconds, scene.change.uses
    if not 0 <= seconds <= LONGEST:
        return Refusal("bad_time", "A link holds for at most a year, or for ever.", field="seconds")
    if not 0 <= uses <= MOST_USES:
        return Refusal("too_many", f"A link lets at most {MOST_USES:,} people in, or any number.", field="uses")
    if _holding(scene) >= MOST_HOLDING:
        return Refusal("too_many", f"A room has at most {MOST_HOLDING} links that hold. Take one of them back first.")
    statements, now = scene.ledger.statements, scene.ledger.now
    until = statements.time(now + timedelta(seconds=seconds)) if seconds else None
    statements.run(
        f"INSERT INTO {INVITATION} (token, room_id, by_id, at, expires_at, most_uses, uses)"
        " VALUES (%s, %s, %s, %s, %s, %s, 0)",
        [
            scene.change.text, scene.room.id, statements.uuid(scene.by.id), statements.time(now), until, uses or None,
        ],
    )  # fmt: skip
    scene.detail = f"{seconds} {uses}"
    return None


def take_back(scene: Scene) -> Refusal | None:
    """Let a link lead nowhere from now on."""
    statements = scene.ledger.statements
    delete = f"DELETE FROM {INVITATION} WHERE token = %s AND room_id = %s RETURNING by_id"
    found = statements.rows(delete, [scene.change.text, scene.room.id])
    scene.idle = not found
    for (id,) in found:
        maker = statements.hex(id)
        scene.concerns = maker if maker != scene.by.id else None
    return None


def opens(scene: Scene) -> bool:
    """Whether who acts comes by a link into this room that holds, and was not banned from it."""
    if scene.change.verb != "join" or not scene.change.text or scene.part(scene.by).standing == "banned":
        return False
    there = Invitation.objects.using(scene.ledger.statements.connection.alias)
    holding = Invitation.holding(scene.ledger.now)
    return there.filter(holding, token=scene.change.text, room_id=scene.room.id).exists()


def use(scene: Scene) -> bool:
    """Count who acts as one whom the link lets in, and say so in the room's log of acts. False when the link is gone
    since it was looked at: an account that goes takes its links along without asking for the room."""
    count = f"UPDATE {INVITATION} SET uses = uses + 1 WHERE token = %s AND room_id = %s AND {_HOLDS} RETURNING by_id"
    found = _rows(scene, count)
    for (maker,) in found:
        log(scene.ledger, scene.room.id, scene.by.id, "come_in", scene.ledger.statements.hex(maker))
    return bool(found)


def void_links_of(scene: Scene, person: PersonView) -> None:
    """Let the links into the room that this person made lead nowhere."""
    statements = scene.ledger.statements
    delete = f"DELETE FROM {INVITATION} WHERE room_id = %s AND by_id = %s"
    statements.run(delete, [scene.room.id, statements.uuid(person.id)])


def _holding(scene: Scene) -> int:
    statements = scene.ledger.statements
    select = f"SELECT COUNT(*) FROM {INVITATION} WHERE room_id = %s AND {_HOLDS}"
    return int(statements.rows(select, [scene.room.id, statements.time(scene.ledger.now)])[0][0])


def _rows(scene: Scene, statement: str) -> list[tuple[Any, ...]]:
    statements = scene.ledger.statements
    return statements.rows(statement, [scene.change.text, scene.room.id, statements.time(scene.ledger.now)])
