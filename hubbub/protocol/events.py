"""What the server says: documents with their numbers, answers, hints."""

from __future__ import annotations

from msgspec import UNSET, Struct, UnsetType

from hubbub.protocol.commands import Ref
from hubbub.protocol.values import Headline, Limits, PersonView, Quote, ReactionView, RoomView


class Event(Struct, omit_defaults=True, tag_field="type", tag=str.lower):
    """What the server says. `room` is always the room's key."""


class Welcome(Event, kw_only=True):
    """The first frame."""

    protocol: str
    epoch: str
    you: PersonView
    limits: Limits
    rooms: list[RoomView]
    blocked: list[str] = []


class Blocks(Event, kw_only=True):
    """Whom this person blocks now, perhaps by another socket of theirs: ids of people. Nobody else is told."""

    blocked: list[str]


class Listed(Event, kw_only=True):
    """A public room was made, renamed, archived or opened again, or has another topic; with `of` "people": somebody was
    met, or is called otherwise or says something else of themselves; with `of` "acts": there is another link into
    `room`, or one less. Comes to who asked by `list`, soon after and not for each change; a hint, like all that has no
    number."""

    of: str = "rooms"
    room: str = ""


class Message(Event, kw_only=True):
    """A message was born. `changed` is its number in the log; `seq` the number it was born with.

    A deleted one has neither text nor reactions. `mentions` are ids of people, "@room" and "@here" among them.
    """

    room: str
    seq: int
    changed: int
    ordinal: int
    id: int
    author: PersonView
    message: str
    html: str
    at: str
    nonce: str
    reply_to: Quote | None = None
    edited_at: str | None = None
    deleted: bool = False
    pinned: bool = False
    reactions: list[ReactionView] = []
    mentions: list[str] = []


class Change(Message, kw_only=True):
    """A message that existed changed: its whole present state, as in `message`."""


class Reactions(Event, kw_only=True):
    """Which of the emoji under a message are this person's; nobody else is told. As an answer, also who chose each: the
    first 100. Comes unasked when this person reacts, perhaps on another socket, and the message does not name them."""

    ref: Ref | UnsetType = UNSET
    room: str
    id: int
    mine: list[str]
    reactions: list[ReactionView] | UnsetType = UNSET


class RoomChange(Event, kw_only=True, tag="room"):
    """The room's own state, whole. `slow` is the seconds between two posts of a person."""

    room: str
    changed: int
    name: str
    kind: str
    topic: str = ""
    archived: bool = False
    slow: int = 0


class Member(Event, kw_only=True):
    """What others see of a member changed: the name, the role, whether they are "in", have "left", are "banned", or
    until when a moderator has silenced them; a moment that is over silences nobody. Who had left and says something is
    in the room again, without this event: the message tells it."""

    room: str
    changed: int
    person: PersonView
    role: str = "member"
    standing: str = "in"
    silenced_until: str | None = None


Document = Message | Change | RoomChange | Member


class Joined(Event, kw_only=True):
    """The room is followed from here on; documents come next if `since` was given, then `synced`, or `reset`."""

    ref: str | UnsetType = UNSET
    room: str
    name: str
    seq: int
    ordinal: int


class Synced(Event, kw_only=True):
    """Catch-up is over; the cursor is `seq`."""

    room: str
    seq: int
    ordinal: int


class Reset(Event, kw_only=True):
    """Too far behind, or of another life of the database: throw away what you hold, here is the newest page."""

    room: str
    seq: int
    ordinal: int
    epoch: str
    messages: list[Message]
    more: bool


class HistoryPage(Event, kw_only=True, tag="history"):
    """Messages, oldest first; `more` says whether there are older ones, `newer` whether there are newer ones."""

    ref: str | UnsetType = UNSET
    room: str
    messages: list[Message]
    more: bool
    newer: bool = False
    focus: int = 0


class Ok(Event, kw_only=True):
    """Done. For a post: its nonce, id and seq."""

    ref: str | UnsetType = UNSET
    nonce: str | UnsetType = UNSET
    id: int | UnsetType = UNSET
    seq: int | UnsetType = UNSET


class Refused(Event, kw_only=True):
    """No. `code` is for machines, `message` for people, `retry_after` in seconds."""

    ref: str | UnsetType = UNSET
    code: str
    message: str
    field: str | UnsetType = UNSET
    nonce: str | UnsetType = UNSET
    retry_after: float | UnsetType = UNSET


class Told(Event, kw_only=True):
    """Words for one person alone; nothing was said in the room. The answer of a slash command, on the socket that
    asked; or on all of theirs, what a moderator did to them there."""

    room: str
    message: str
    html: str
    nonce: str


class Here(Event, kw_only=True):
    """Who is in the room now. `people` holds at most 50, and is absent in large rooms."""

    room: str
    count: int
    people: list[PersonView] | UnsetType = UNSET


class IsTyping(Event, kw_only=True, tag="typing"):
    """Somebody types. Show it for six seconds."""

    room: str
    person: PersonView


class ReadUpTo(Event, kw_only=True, tag="read"):
    """This person has read up to `seq`, perhaps on another socket. With `back` they want to read what follows it once
    more: only then does the position move back; otherwise the furthest one holds.

    `mentions` are the ordinals of the messages after it that call them, the newest 100, as the room stood at `head`.
    """

    room: str
    seq: int
    ordinal: int = 0
    unread: int
    back: bool = False
    head: int = 0
    mentions: list[int] = []


class Attention(Event, kw_only=True):
    """How this person follows a room now, perhaps changed on another socket. Nobody else sees it."""

    room: str
    starred: bool = False
    muted: bool = False
    level: str = "all"


class Called(Event, kw_only=True):
    """Somebody has just called this person by name, in a room of theirs or in one that they may only read: what calls
    them is to be listed anew. A hint, like all that has no number."""


class Entered(Event, kw_only=True):
    """This person is in a room that they were not in: somebody let them in, or they did something there for the first
    time, if only reading it."""

    room: str
    view: RoomView


class Gone(Event, kw_only=True):
    """This socket follows the room no more: for this person there is no such room any longer. Of a room that it only
    hears the headlines of: this person is not in it any more."""

    room: str


class Headlines(Event, kw_only=True):
    """What happened in a room of this person's that this socket does not follow, told in brief and at most a few times
    a second: all changes with `since` < number ≤ `seq`, of which `said` has the messages, in order.

    Who has counted the room up to a number below `since` missed something: `read` with seq 0 has it counted anew.
    """

    room: str
    since: int
    seq: int
    ordinal: int
    said: list[Headline] = []


class Pong(Event, kw_only=True):
    """I am."""

    ref: str | UnsetType = UNSET


EVENTS: tuple[type[Event], ...] = (
    Welcome, Joined, Message, Change, RoomChange, Member, Synced, Reset, HistoryPage, Ok, Refused, Told, Here, IsTyping,
    ReadUpTo, Attention, Reactions, Called, Entered, Gone, Headlines, Blocks, Listed, Pong,
)  # fmt: skip
