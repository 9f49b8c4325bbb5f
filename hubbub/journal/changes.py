"""What the journal can write, and what comes of it. Plain values; no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.protocol import Attention, Frame, Message, ReadUpTo


@dataclass(frozen=True, slots=True)
class Touched:
    """The rooms that a change takes numbers of: those with these keys, those of the messages with these ids, and all
    rooms that these people are in. Rooms that do not exist are no fault."""

    keys: Sequence[str] = ()
    messages: Sequence[int] = ()
    people: Sequence[Identity] = ()


NOTHING = Touched()


class Change:
    """Something to write. `batch.py` has a table of what writes each kind; a Draft may make its room besides."""

    __slots__ = ()

    def touched(self) -> Touched:
        """The rooms to lock before it is written."""
        return NOTHING


@dataclass(slots=True)
class Draft(Change):
    """A validated post that is not stored yet. `room` is the name to make the room under, `key` its key.

    `retried` is False when the nonce was made just now, so that nobody can have stored it before. `mentions` is whom it
    calls, as in the event; `strangers` those of them who may not be stored yet. `reply_to` is the id of the message it
    answers.
    """

    author: Identity
    room: str
    key: str
    nonce: str
    text: str
    html: str
    create_room: bool
    retried: bool = True
    mentions: Sequence[str] = ()
    strangers: Sequence[Identity] = ()
    reply_to: int | None = None


@dataclass(slots=True)
class _OfMessage(Change):
    """A change of the message with this id, by whoever asks for it."""

    person: Identity
    id: int

    def touched(self) -> Touched:
        """The message's room."""
        return Touched(messages=(self.id,))


@dataclass(slots=True)
class Edit(_OfMessage):
    """Another text for a message, with whom it calls, as in a Draft. `base` is the `changed` of the message that it was
    made from; without one it goes over whatever the message says."""

    text: str
    html: str
    mentions: Sequence[str] = ()
    strangers: Sequence[Identity] = ()
    base: int | None = None


@dataclass(slots=True)
class Deletion(_OfMessage):
    """A message is taken back: its place stays, its text goes."""


@dataclass(slots=True)
class Reacting(_OfMessage):
    """A person's emoji under a message, put there or taken away."""

    emoji: str
    on: bool


@dataclass(slots=True)
class Pinning(_OfMessage):
    """A message is pinned to its room or unpinned."""

    on: bool


@dataclass(slots=True)
class Rename(Change):
    """A person's new display name. Takes a number in each of their rooms."""

    person: Identity
    name: str

    def touched(self) -> Touched:
        """All their rooms."""
        return Touched(people=(self.person,))


@dataclass(slots=True)
class Profile(Change):
    """What a person says of themselves: the name, a few words, the time zone. Takes a number in each of their rooms."""

    person: Identity
    name: str
    about: str
    time_zone: str

    def touched(self) -> Touched:
        """All their rooms."""
        return Touched(people=(self.person,))


@dataclass(slots=True)
class Block(Change):
    """A person does not want to read what another says, or with `on` false does again. Takes no number: nobody else
    sees it."""

    person: Identity
    whom: UUID
    on: bool = True


@dataclass(slots=True)
class ReadMark(Change):
    """A person has read a room up to `seq`. Takes no number: nobody else sees it."""

    person: Identity
    key: str
    seq: int


@dataclass(slots=True)
class UnreadMark(Change):
    """A person wants to read a room from the message born at `seq` on, once more. Takes no number."""

    person: Identity
    key: str
    seq: int


@dataclass(slots=True)
class ReadAll(Change):
    """A person has read all there is in all their rooms. Takes no number."""

    person: Identity


@dataclass(slots=True)
class MakeRoom(Change):
    """A room that is made on purpose by an account, which owns it. `people` are in it from the start; `parties` is the
    digest of a direct room's people."""

    by: Identity
    name: str
    key: str
    kind: str = "public"
    topic: str = ""
    people: Sequence[UUID] = ()
    parties: str = ""

    def touched(self) -> Touched:
        """None that exists; but it takes numbers."""
        return Touched(keys=(self.key,))


@dataclass(slots=True)
class RoomAct(Change):
    """Something that a person does to a room or to a person in it: `verb` is one of journal/acts.py's rules. `text` is
    a name, a topic, a role or an invitation's token, `seconds` how long or how slow, `uses` for how many."""

    by: Identity
    key: str
    verb: str
    whom: UUID | None = None
    text: str = ""
    seconds: int = 0
    uses: int = 0

    def touched(self) -> Touched:
        """The room."""
        return Touched(keys=(self.key,))


@dataclass(slots=True)
class Departure(Change):
    """The account of a person is switched off, or deleted."""

    person: Identity
    deleted: bool

    def touched(self) -> Touched:
        """All their rooms."""
        return Touched(people=(self.person,))


@dataclass(slots=True)
class Attend(Change):
    """How a person wants to follow a room; None leaves as it is. Takes no number: nobody else sees it."""

    person: Identity
    key: str
    starred: bool | None = None
    muted: bool | None = None
    level: str | None = None


@dataclass(slots=True)
class Erasure(Change):
    """A moderator takes away what somebody said in a room: `most` messages of it at a time, the latest first."""

    by: Identity
    key: str
    whom: UUID
    most: int = 100

    def touched(self) -> Touched:
        """The room."""
        return Touched(keys=(self.key,))


@dataclass(slots=True)
class Stored:
    """What was committed.

    `announcements` are (room key, frame) in the order of the room's numbers. For a Draft, `message` is the
    message (the original, and nothing to announce, when the nonce was known); for a change of a message, the message
    as it stands now (and nothing to announce, when it stood so before). For what is read, `reads` says where the
    reader stands in each room that it is about. `entered` are the ids in hex of those who are in the room with the key
    `room` now and were not before, by being let in or by what they did there; a MakeRoom or RoomAct always says which
    room. `heirs` are (room key, person's id in hex) of those who
    own a room now because its last owner is none any more. For an Attend, `attention` is how they follow the room.
    """

    announcements: Sequence[tuple[str, Frame]] = field(default=())
    message: Message | None = None
    reads: Sequence[ReadUpTo] = field(default=())
    room: str = ""
    entered: Sequence[str] = ()
    heirs: Sequence[tuple[str, str]] = ()
    attention: Attention | None = None


Outcome = Stored | Refusal
