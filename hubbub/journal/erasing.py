"""Taking away all that somebody said in a room, as part of a ban."""

from __future__ import annotations

from hubbub import errors, history
from hubbub.access import MODERATOR
from hubbub.errors import Refusal
from hubbub.journal.asked import Asked
from hubbub.journal.changes import Erasure, Outcome, RoomAct, Stored
from hubbub.journal.edits import erase
from hubbub.journal.ledger import Ledger
from hubbub.journal.scene import Scene
from hubbub.journal.statements import MESSAGE
from hubbub.protocol import PersonView


def erase_said(ledger: Ledger, change: Erasure) -> Outcome:
    """Erase the latest of it. Whoever may ban that person may; an outcome without announcements says that nothing is
    left."""
    scene = Scene.of(ledger, RoomAct(change.by, change.key, "ban", change.whom))
    if isinstance(scene, Refusal):
        return scene
    if not scene.may_enter:
        return errors.no_such_room()
    if refusal := scene.find_whom() or scene.meet():
        return refusal
    assert scene.whom is not None
    if not scene.ranks(MODERATOR) or not scene.over(scene.whom):
        return Refusal("not_allowed", f"You can't do that to {scene.whom.name}: only somebody with a higher role can.")
    found = [
        Asked(ledger, event, scene.room, change.by, scene.by)
        for event in history.messages(_said(ledger, scene, scene.whom, change.most))
    ]
    said = [erase(one) for one in sorted(found, key=lambda one: one.event.seq)]
    return Stored([told for stored in said for told in stored.announcements], room=scene.room.key)


def _said(ledger: Ledger, scene: Scene, whom: PersonView, most: int) -> list[int]:
    select = f"SELECT id FROM {MESSAGE} WHERE room_id = %s AND author_id = %s AND deleted_at IS NULL"
    parameters = [scene.room.id, ledger.statements.uuid(whom.id), most]
    return [row[0] for row in ledger.statements.rows(f"{select} ORDER BY seq DESC LIMIT %s", parameters)]
