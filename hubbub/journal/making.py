"""Rooms that are made on purpose: public ones with a topic, private ones, and those between the same few people."""

from __future__ import annotations

from hubbub import errors, history
from hubbub.access import MEMBER, OWNER
from hubbub.errors import Refusal
from hubbub.journal.between import in_the_way
from hubbub.journal.changes import MakeRoom, Outcome, RoomAct, Stored
from hubbub.journal.ledger import Ledger
from hubbub.journal.room_state import name_taken
from hubbub.journal.scene import Scene, find_person
from hubbub.journal.statements import ROOM
from hubbub.protocol import PersonView


def make(ledger: Ledger, change: MakeRoom) -> Outcome:
    """Make the room; who makes it owns it, and the people named are in it. The direct room of the same people is the
    one that there is."""
    if change.by.guest:
        return Refusal("not_allowed", "Sign in to make a room.")
    people = [find_person(ledger, id) for id in change.people]
    ledger.rooms.take_name_turns()
    if change.parties and (found := _between(ledger, change.parties)):
        return Stored(room=found)
    if change.kind == "public" and history.head(change.key).id is not None:
        return name_taken()
    ledger.people.meet([change.by])
    if (by := ledger.people.get(change.by)) is None:
        return errors.signed_out()
    others = [person for person in people if person and person.id != by.id]
    if None in people:
        return errors.no_such_person()
    if refusal := in_the_way(ledger.statements, by, others):
        return refusal
    _insert(ledger, change)
    return _furnish(ledger, change, by, others)


def _between(ledger: Ledger, parties: str) -> str:
    """The key of the direct room between these people; empty when there is none."""
    found = ledger.statements.rows(f"SELECT key FROM {ROOM} WHERE parties = %s", [parties])
    return str(found[0][0]) if found else ""


def _insert(ledger: Ledger, change: MakeRoom) -> None:
    ledger.statements.run(
        f"INSERT INTO {ROOM} (name, key, kind, parties, guarded, seq, ordinal, created_at)"
        " VALUES (%s, %s, %s, %s, %s, 0, 0, %s)",
        [
            change.name, change.key, change.kind, change.parties or None, change.kind != "public",
            ledger.statements.time(ledger.now),
        ],
    )  # fmt: skip
    ledger.rooms.lock_key(change.key)


def _furnish(ledger: Ledger, change: MakeRoom, by: PersonView, people: list[PersonView]) -> Outcome:
    """The first numbers of the room's log: what it is, and who is in it."""
    scene = Scene.of(ledger, RoomAct(change.by, change.key, "make"))
    if isinstance(scene, Refusal):
        return scene
    scene.tell_room(topic=change.topic)
    scene.tell_member(by, role=MEMBER if change.kind == "direct" else OWNER, standing="in")
    for person in people:
        scene.tell_member(person, role=MEMBER, standing="in")
    scene.store()
    return Stored(scene.announcements, room=change.key, entered=scene.entered)
