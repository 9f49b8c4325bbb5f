"""What people do to a room and to each other in it: who may do what, decided under the room's lock, and the room's log
of acts. `members.py`, `room_state.py` and `invitations.py` say what each act does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hubbub import errors
from hubbub.access import MEMBER, MODERATOR, OWNER
from hubbub.errors import Refusal
from hubbub.journal import invitations, members, room_state, succession
from hubbub.journal.changes import Outcome, RoomAct, Stored
from hubbub.journal.ledger import Ledger
from hubbub.journal.log import log
from hubbub.journal.scene import Scene

ANY, SHARED, PRIVATE, PUBLIC = ("public", "private", "direct"), ("public", "private"), ("private",), ("public",)
NOBODY = ""  # who has no part in the room may do it too


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do an act, in rooms of which kinds, and what does it. `logged`: moderators read of it afterwards."""

    role: str
    kinds: tuple[str, ...]
    do: Callable[[Scene], Refusal | None]
    logged: bool = True


RULES: Mapping[str, Rule] = {
    "topic": Rule(MEMBER, ANY, room_state.set_topic),
    "rename": Rule(OWNER, SHARED, room_state.rename),
    "archive": Rule(OWNER, SHARED, room_state.archive),
    "unarchive": Rule(OWNER, SHARED, room_state.unarchive),
    "slow": Rule(MODERATOR, SHARED, room_state.slow_down),
    "join": Rule(NOBODY, SHARED, members.join, logged=False),
    "leave": Rule(NOBODY, SHARED, members.leave, logged=False),
    "add": Rule(MEMBER, PRIVATE, members.add),
    "invite": Rule(MODERATOR, PRIVATE, invitations.invite),
    "take_back": Rule(MODERATOR, PRIVATE, invitations.take_back),
    "role": Rule(OWNER, SHARED, members.set_role),
    "remove": Rule(MODERATOR, SHARED, members.remove),
    "ban": Rule(MODERATOR, SHARED, members.ban),
    "unban": Rule(MODERATOR, SHARED, members.unban),
    "silence": Rule(MODERATOR, SHARED, members.silence),
    "unsilence": Rule(MODERATOR, SHARED, members.unsilence),
}


def act(ledger: Ledger, change: RoomAct) -> Outcome:
    """Do it, if this person may."""
    scene = Scene.of(ledger, change)
    if isinstance(scene, Refusal):
        return scene
    rule = RULES[change.verb]
    if refusal := _may_not(scene, rule) or rule.do(scene):
        return refusal
    if scene.idle:
        return Stored(room=scene.room.key)
    scene.store()
    if rule.logged:
        log(ledger, scene.room.id, scene.by.id, change.verb, scene.concerns, scene.detail)
    succession.keep_owned(scene)
    heirs = [(scene.room.key, heir) for heir in scene.heirs]
    return Stored(scene.announcements, room=scene.room.key, entered=scene.entered, heirs=heirs)


def _may_not(scene: Scene, rule: Rule) -> Refusal | None:
    """Why this person may not do it; None if they may, and then they are somebody."""
    if not scene.may_enter and not invitations.opens(scene):
        return errors.no_such_room()
    if scene.head.kind not in rule.kinds:
        return Refusal("not_allowed", f"That can't be done in a {scene.head.kind} room.")
    if rule.role == MEMBER and scene.by.guest:
        return Refusal("not_allowed", "Sign in to do that.")
    if rule.role in _WHO and not scene.ranks(rule.role):
        return Refusal("not_allowed", f"Only {_WHO[rule.role]} of the room can do that.")
    return scene.find_whom() or scene.meet()


_WHO = {MODERATOR: "a moderator", OWNER: "an owner"}
