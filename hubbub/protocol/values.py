"""What stands inside frames: people, rooms, quotes, moments."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from msgspec import Struct


class PersonView(Struct, frozen=True):
    """A person as others see them. `id` is 32 hex digits."""

    id: str
    name: str
    guest: bool


class Limits(Struct):
    """What the server takes: characters of a message, bytes of a frame, rooms of a socket."""

    message: int
    frame: int
    rooms: int


class RoomView(Struct, omit_defaults=True):
    """A room of this person. `seq` is its last number, `ordinal` its messages, `read` the seq read up to.

    A direct room has the names of the others in it. `mentions` are the ordinals of the unread messages that call this
    person: the newest 100. `silenced_until` is as in `member`.
    """

    room: str
    name: str
    seq: int
    ordinal: int
    read: int
    unread: int
    kind: str = "public"
    mentions: list[int] = []
    starred: bool = False
    muted: bool = False
    level: str = "all"
    silenced_until: str | None = None


class Headline(Struct, omit_defaults=True):
    """A message that was born or changed, without what it says. `author` is a person's id; the rest as in `message`."""

    id: int
    seq: int
    ordinal: int
    changed: int
    author: str
    mentions: list[str] = []


class Quote(Struct, omit_defaults=True):
    """What a message answers, as it stands now: `message` is the first line of it without marks, hidden text hidden,
    at most 200 characters.

    A later `change` of the message with this id changes the quote too; `changed` says which of the two is newer.
    """

    id: int
    seq: int
    changed: int
    author: PersonView
    message: str
    deleted: bool = False


class ReactionView(Struct):
    """An emoji under a message: how many people chose it, and the first 10 of them.

    Who counts on being found among them asks `reacted` where `count` says that there are more.
    """

    emoji: str
    count: int
    people: list[PersonView]


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: 2026-11-22T18:52:00.123Z. Naive times are UTC."""
    if at.tzinfo is not None:
        at = at.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def person_view(id: UUID, name: str, guest: bool) -> PersonView:
    """A person as others see them."""
    return PersonView(id.hex, name, guest)
