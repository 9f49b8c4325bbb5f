"""Acts that change the room itself: its name, its topic, whether it is archived, how slow it is."""

from __future__ import annotations

from hubbub.errors import Refusal
from hubbub.journal.scene import Scene
from hubbub.journal.statements import ALIAS, ROOM
from hubbub.models.room_name import room_key

SLOWEST = 6 * 3600


def set_topic(scene: Scene) -> Refusal | None:
    """What the room is about now."""
    topic = scene.change.text
    if scene.room.archived:
        return Refusal("archived", "This room is archived: its topic stays as it is.")
    if refusal := scene.ledger.gate.closed(scene.room, scene.by):
        return refusal
    scene.idle = topic == scene.head.topic
    if not scene.idle:
        scene.detail = topic
        scene.tell_room(topic=topic)
    return None


def rename(scene: Scene) -> Refusal | None:
    """Another name. A public room keeps the names that it had: old links still lead there."""
    name = scene.change.text
    if name == scene.head.name:
        scene.idle = True
        return None
    if scene.head.kind == "public" and (refusal := _take_name(scene, room_key(name))):
        return refusal
    scene.detail = f"{scene.head.name} → {name}"
    scene.tell_room(name=name)
    return None


def _take_name(scene: Scene, key: str) -> Refusal | None:
    """Make the key of a new name lead to the room. Refuses one that leads to another."""
    if key == scene.room.key:
        return None
    rooms, statements = scene.ledger.rooms, scene.ledger.statements
    rooms.take_name_turns()
    owner = statements.rows(f"SELECT room_id FROM {ALIAS} WHERE key = %s", [key])
    if (owner and owner[0][0] != scene.room.id) or statements.rows(f"SELECT 1 FROM {ROOM} WHERE key = %s", [key]):
        return name_taken()
    if not owner:
        statements.run(f"INSERT INTO {ALIAS} (key, room_id) VALUES (%s, %s)", [key, scene.room.id])
    return None


def name_taken() -> Refusal:
    """The refusal for a name that another room has or had."""
    return Refusal("name_taken", "Another room has that name, or had it once. Choose another.", field="name")


def archive(scene: Scene) -> Refusal | None:
    """Nothing more is said in it; what was said can be read."""
    scene.idle = scene.head.archived
    if not scene.idle:
        scene.tell_room(archived=True)
    return None


def unarchive(scene: Scene) -> Refusal | None:
    """It can be spoken in again."""
    scene.idle = not scene.head.archived
    if not scene.idle:
        scene.tell_room(archived=False)
    return None


def slow_down(scene: Scene) -> Refusal | None:
    """So many seconds between two posts of a person; 0 for none. Moderators are not held up."""
    seconds = scene.change.seconds
    if not 0 <= seconds <= SLOWEST:
        return Refusal("bad_time", f"Between two messages can lie 0 to {SLOWEST:,} seconds.", field="slow")
    scene.idle = seconds == scene.head.slow
    if not scene.idle:
        scene.detail = str(seconds)
        scene.tell_room(slow=seconds)
    return None
