"""A room that loses its last owner gets another, since some acts are an owner's alone: who moderates it and came first,
else who came first. Only who can speak for themselves owns a room: a person whose account is there and switched on.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Case, QuerySet, Value, When

from hubbub.access import MEMBER, MODERATOR, OWNER
from hubbub.identity import Identity
from hubbub.journal.changes import Departure, Outcome, Rename, RoomAct, Stored
from hubbub.journal.ledger import Ledger
from hubbub.journal.log import log
from hubbub.journal.names import rename
from hubbub.journal.scene import Scene
from hubbub.journal.statements import INVITATION, PERSON
from hubbub.models import Membership
from hubbub.models.person import with_account
from hubbub.protocol import Frame, PersonView, person_view


def keep_owned(scene: Scene) -> None:
    """Give a room that nobody owns any more an owner, who is told with the act. One that never had an owner, or has
    nobody who could be it, stays as it is."""
    if scene.head.kind == "direct" or owners(scene).exists():
        return
    former = scene.former_owner or _former_owner(scene)
    if former is None or (heir := heir_of(scene, former)) is None:
        return
    scene.ledger.gate.look_up([(scene.room, heir)], always=True)
    scene.tell_member(heir, role=OWNER, standing="in")
    scene.heirs.append(heir.id)
    log(scene.ledger, scene.room.id, former.id, "succeed", heir.id)


def owners(scene: Scene) -> QuerySet[Membership]:
    """Those in the room who own it."""
    return _present(scene).filter(role=OWNER)


def heir_of(scene: Scene, former: PersonView) -> PersonView | None:
    """Who owns the room after this person; None where nobody can. Whom a moderator silenced comes last."""
    rank = Case(When(role__in=(OWNER, MODERATOR), then=Value(0)), default=Value(1))
    silenced = Case(When(silenced_until__gt=scene.ledger.now, then=Value(1)), default=Value(0))
    found = _present(scene).exclude(person_id=UUID(former.id)).order_by(silenced, rank, "id")
    return _view(found)


def depart(ledger: Ledger, change: Departure) -> Outcome:
    """An account is deleted or switched off: what its person owned alone is another's, and the links that they made
    lead nowhere. Where it is deleted, the person is a guest from now on, and all who show them are told.

    The rooms are locked before the person is: whoever makes them an owner meanwhile has the room and waits for them."""
    ledger.people.find([change.person], change=True)
    if (person := ledger.people.get(change.person)) is None:
        return Stored()
    statements, id = ledger.statements, ledger.statements.uuid(person.id)
    statements.run(f"DELETE FROM {INVITATION} WHERE by_id = %s", [id])
    told: list[tuple[str, Frame]] = []
    who = change.person
    if change.deleted:
        statements.run(f"UPDATE {PERSON} SET user_id = NULL WHERE id = %s", [id])
        who = Identity(UUID(person.id), person.name)
        told += _told_again(ledger, who)
    scenes = [_handed_over(ledger, who, person, key) for key in _owned_by(ledger, person)]
    if change.deleted:
        scenes += [_without_role(ledger, who, key) for key in _with_role(ledger, person)]
    told += [announcement for scene in scenes for announcement in scene.announcements]
    return Stored(told, heirs=[(scene.room.key, heir) for scene in scenes for heir in scene.heirs])


def _told_again(ledger: Ledger, who: Identity) -> Sequence[tuple[str, Frame]]:
    outcome = rename(ledger, Rename(who, who.name))
    assert isinstance(outcome, Stored), "a name that somebody has is one that they may have"
    return outcome.announcements


def _handed_over(ledger: Ledger, who: Identity, person: PersonView, key: str) -> Scene:
    scene = Scene.of(ledger, RoomAct(who, key, "depart"))
    assert isinstance(scene, Scene), "the room is locked"
    scene.former_owner = person
    keep_owned(scene)
    return scene


def _without_role(ledger: Ledger, who: Identity, key: str) -> Scene:
    """A guest has no role. Where nobody else owns the room they keep theirs: it says that there was an owner."""
    scene = Scene.of(ledger, RoomAct(who, key, "depart"))
    assert isinstance(scene, Scene), "the room is locked"
    if scene.part(scene.by).role != OWNER or owners(scene).exists():
        scene.tell_member(scene.by, role=MEMBER, standing="in")
    return scene


def _owned_by(ledger: Ledger, person: PersonView) -> list[str]:
    """The keys of the locked rooms that this person owns and is in."""
    return _with_role(ledger, person, (OWNER,))


def _with_role(ledger: Ledger, person: PersonView, roles: Sequence[str] = (OWNER, MODERATOR)) -> list[str]:
    """The keys of the locked rooms that they are in as one of these."""
    parts = ledger.people.rooms_of(person)
    there = {room: role for room, (role, standing, _) in parts.items() if standing == "in"}
    return [room.key for room in ledger.rooms.locked.values() if there.get(room.id) in roles]


def _present(scene: Scene) -> QuerySet[Membership]:
    """Those in the room who can speak for themselves, as they stand now."""
    members = Membership.objects.using(scene.ledger.statements.connection.alias)
    return members.filter(with_account("person__"), room_id=scene.room.id, standing="in")


def _former_owner(scene: Scene) -> PersonView | None:
    """Somebody who owned the room and left it, or whose account is gone."""
    members = Membership.objects.using(scene.ledger.statements.connection.alias)
    return _view(members.filter(room_id=scene.room.id, role=OWNER).order_by("-id"))


def _view(members: QuerySet[Membership]) -> PersonView | None:
    found = members.values_list("person_id", "person__name", "person__user_id").first()
    return person_view(found[0], found[1], found[2] is None) if found else None
