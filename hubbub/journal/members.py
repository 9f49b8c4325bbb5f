"""Acts on a person's part in a room: joining, leaving, adding, roles; removing, banning, silencing."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from hubbub.access import MEMBER, OWNER
from hubbub.errors import Refusal, no_such_room
from hubbub.journal.between import in_the_way
from hubbub.journal.invitations import use, void_links_of
from hubbub.journal.scene import Scene
from hubbub.journal.succession import heir_of, owners
from hubbub.protocol import PersonView

LONGEST_SILENCE = 30 * 24 * 3600


def join(scene: Scene) -> Refusal | None:
    """Be in it: a public room as one likes, a private one by invitation."""
    mine = scene.part(scene.by)
    scene.idle = mine.standing == "in"
    if scene.idle:
        return None
    if scene.head.kind == "private" and not use(scene):
        return no_such_room()
    scene.tell_member(scene.by, role=mine.role or MEMBER, standing="in")
    return None


def leave(scene: Scene) -> Refusal | None:
    """Be in it no more. A private room is not left without an owner while somebody is in it; a public one gets another,
    and who owned it owns it again when they come back."""
    mine = scene.part(scene.by)
    scene.idle = mine.standing != "in"
    if scene.idle:
        return None
    if _last_owner(scene) and scene.head.kind == "private" and scene.others_in():
        if heir_of(scene, scene.by) is None:
            return Refusal("last_owner", "Only guests would stay, and no guest can own a room. Remove them first.")
        return Refusal("last_owner", "Make somebody else an owner first: a private room needs one.")
    role = mine.role if scene.head.kind == "public" else MEMBER
    scene.tell_member(scene.by, role=role, standing="left")
    return None


def add(scene: Scene) -> Refusal | None:
    """Let somebody into a private room. Who was banned stays out until that is lifted."""
    whom = _whom(scene)
    theirs = scene.part(whom)
    if theirs.standing == "banned":
        return Refusal("banned", f"{whom.name} was banned from this room. A moderator can lift that first.")
    scene.idle = theirs.standing == "in"
    if not scene.idle:
        if refusal := in_the_way(scene.ledger.statements, scene.by, [whom]):
            return refusal
        scene.tell_member(whom, role=MEMBER, standing="in")
    return None


def set_role(scene: Scene) -> Refusal | None:
    """Make somebody in the room an owner, a moderator or a member of it."""
    whom, role = _whom(scene), scene.change.text
    if role not in ("owner", "moderator", "member"):
        return Refusal("bad_role", "A role is owner, moderator or member.", field="role")
    theirs = scene.part(whom)
    if theirs.standing != "in":
        return Refusal("not_in_room", f"{whom.name} is not in this room.", field="person")
    if whom.guest and role != MEMBER:
        return Refusal("not_allowed", "A guest can't have a role: it needs an account.", field="person")
    stepping_down = whom.id == scene.by.id
    if stepping_down and _last_owner(scene) and role != OWNER:
        return Refusal("last_owner", "Make somebody else an owner first: the room needs one.")
    if not stepping_down and not scene.over(whom):
        return _not_over(whom)
    scene.idle = theirs.role == role
    if not scene.idle:
        scene.detail = role
        scene.tell_member(whom, role=role, standing="in")
    return None


def remove(scene: Scene) -> Refusal | None:
    """Put somebody out, who may come back: into a public room as they like, into a private one if they are let in. The
    links that they made lead nowhere from now on, or they would hold the door open for themselves."""
    whom = _whom(scene)
    if not scene.over(whom):
        return _not_over(whom)
    if scene.part(whom).standing != "in":
        return Refusal("not_in_room", f"{whom.name} is not in this room.", field="person")
    scene.tell_member(whom, role=MEMBER, standing="left")
    void_links_of(scene, whom)
    return None


def ban(scene: Scene) -> Refusal | None:
    """Put somebody out for good: for them there is no such room, until that is lifted."""
    whom = _whom(scene)
    if not scene.over(whom):
        return _not_over(whom)
    scene.idle = scene.part(whom).standing == "banned"
    if not scene.idle:
        scene.detail = scene.change.text
        scene.tell_member(whom, role=MEMBER, standing="banned")
        void_links_of(scene, whom)
    return None


def unban(scene: Scene) -> Refusal | None:
    """Lift a ban: they are not in the room, but may be again."""
    whom = _whom(scene)
    scene.idle = scene.part(whom).standing != "banned"
    if not scene.idle:
        scene.tell_member(whom, role=MEMBER, standing="left")
    return None


def silence(scene: Scene) -> Refusal | None:
    """Take the word from somebody for so many seconds. They read on."""
    whom, seconds = _whom(scene), scene.change.seconds
    if not scene.over(whom):
        return _not_over(whom)
    if not 1 <= seconds <= LONGEST_SILENCE:
        return Refusal("bad_time", "Somebody can be silenced for at most 30 days.", field="seconds")
    if not scene.part(whom).standing:
        return Refusal("not_in_room", f"{whom.name} is not in this room.", field="person")
    scene.detail = str(seconds)
    scene.silence(whom, scene.ledger.now + timedelta(seconds=seconds))
    return None


def unsilence(scene: Scene) -> Refusal | None:
    """Give it back. Nobody does that for themselves."""
    whom = _whom(scene)
    if not scene.over(whom):
        return _not_over(whom)
    scene.idle = scene.part(whom).silenced_until is None
    if not scene.idle:
        scene.silence(whom, None)
    return None


def _whom(scene: Scene) -> PersonView:
    assert scene.whom is not None, "the verb names somebody"
    return scene.whom


def _last_owner(scene: Scene) -> bool:
    return scene.rank(scene.by) == 3 and not owners(scene).exclude(person_id=UUID(scene.by.id)).exists()


def _not_over(whom: PersonView) -> Refusal:
    return Refusal("not_allowed", f"You can't do that to {whom.name}: only somebody with a higher role can.")
