"""Bytes → Command, Event → Frame: the one schema of what travels (docs/protocol.md is generated from here).

No I/O, no Django, no asyncio. A Frame holds an event encoded once: as JSON for any ASGI server, and as a ready,
unmasked, unfragmented WebSocket text frame (RFC 6455, §5.2) for the fast wire.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

VERSION = "hubbub.v1"

# ── what clients ask ────────────────────────────────────────────────────────────────────────────────

Ref = Annotated[str, Meta(max_length=64, description="Repeated in the answer.")]
RoomName = Annotated[
    str, Meta(min_length=1, max_length=256, description="A room's name in any spelling, or a private room's address.")
]
Number = Annotated[int, Meta(ge=0, le=2**53, description="A number of the room's log.")]
Id = Annotated[int, Meta(ge=1, le=2**53, description="A message's id.")]
Nonce = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"^[ -~]+$", description="The client's own id for a post: ASCII.")
]


class Command(Struct, forbid_unknown_fields=True, tag_field="type", tag=str.lower):
    """What a client asks. Every command may carry `ref`; its answer repeats it."""

    ref: Ref | UnsetType = msgspec.field(default=UNSET)


class Join(Command, kw_only=True):
    """Follow a room; with `since`, catch up from that number first. Another `epoch` than the server's: a reset.

    Who only follows (for a count of what is unread, say) joins with `here` false and is not shown as being there.
    """

    room: RoomName
    since: Number | None = None
    epoch: Annotated[str, Meta(max_length=64)] | None = None
    here: Annotated[bool, Meta(description="Whether this person counts as being here, or only follows.")] = True


class Leave(Command, kw_only=True):
    """Stop following a room."""

    room: RoomName


class Post(Command, kw_only=True):
    """Say something, perhaps in answer to the message with the id `reply_to` in the same room.

    Answered `ok` after the commit; the same nonce again is answered with the original.
    """

    room: RoomName
    message: str
    nonce: Nonce
    reply_to: Id | None = None


class Edit(Command, kw_only=True):
    """Say it otherwise: the author's alone. Answered `ok` after the commit."""

    id: Id
    message: str


class Delete(Command, kw_only=True):
    """Take a message back: the author's, or a moderator's. Its place stays; its text is gone everywhere."""

    id: Id


class React(Command, kw_only=True):
    """Put this person's emoji under a message, or with `on` false take it away."""

    id: Id
    emoji: Annotated[str, Meta(min_length=1, max_length=64)]
    on: bool = True


class Reacted(Command, kw_only=True):
    """Who reacted to a message, past those whom it names, and which of the emoji are this person's. Answered
    `reactions`."""

    id: Id


class Pin(Command, kw_only=True):
    """Pin a message to its room, or with `on` false unpin it."""

    id: Id
    on: bool = True


class History(Command, kw_only=True):
    """A page of messages, at most 100: older than seq `before`, newer than `after`, around the message born at
    `around`, or around the first one said `at` a moment or later. The newest page without any of these."""

    room: RoomName
    before: Number | None = None
    after: Number | None = None
    around: Number | None = None
    at: Annotated[datetime, Meta(tz=True, description="A moment: RFC 3339, with its offset from UTC.")] | None = None
    limit: Annotated[int, Meta(ge=1, le=100)] = 50


class Read(Command, kw_only=True):
    """This person has read the room up to seq."""

    room: RoomName
    seq: Number


class Unread(Command, kw_only=True):
    """This person wants to read the room from the message born at seq on, once more."""

    room: RoomName
    seq: Number


class ReadAll(Command, kw_only=True, tag="read_all"):
    """This person has read all there is in all their rooms."""


class Attend(Command, kw_only=True):
    """How this person wants to follow a room; what is not given stays. Nobody else sees it."""

    room: RoomName
    starred: bool | None = None
    muted: bool | None = None
    level: Annotated[str, Meta(pattern="^(all|mentions|nothing)$")] | None = None


class Block(Command, kw_only=True):
    """This person does not want to read what another says, or with `on` false does again. Only they are told."""

    person: Annotated[
        str, Meta(pattern="^[0-9a-f]{32}$", max_length=32, description="A person's id: 32 hex digits.")
    ]  # bounded, since a line's end may stand before "$"
    on: bool = True


class ListRooms(Command, kw_only=True, tag="list"):
    """From now on, or with `on` false no more, say `listed` when the list of public rooms is another, or with `of`
    "people" the list of people: then also who is `here` in each room that this socket follows, at once."""

    of: Annotated[str, Meta(pattern="^(rooms|people)$", max_length=8)] = "rooms"  # bounded, as a person's id is
    on: bool = True


class Typing(Command, kw_only=True):
    """This person is typing now. Never stored."""

    room: RoomName


class Ping(Command, kw_only=True):
    """Are you there? Answered `pong`."""


COMMANDS: tuple[type[Command], ...] = (
    Join,
    Leave,
    Post,
    Edit,
    Delete,
    React,
    Reacted,
    Pin,
    History,
    Read,
    Unread,
    ReadAll,
    Attend,
    Block,
    ListRooms,
    Typing,
    Ping,
)
AnyCommand = (
    Join
    | Leave
    | Post
    | Edit
    | Delete
    | React
    | Reacted
    | Pin
    | History
    | Read
    | Unread
    | ReadAll
    | Attend
    | Block
    | ListRooms
    | Typing
    | Ping
)


class PlainPost(Struct, forbid_unknown_fields=True):
    """All that the plain room socket takes."""

    message: str


_commands = msgspec.json.Decoder(AnyCommand)
_plain_posts = msgspec.json.Decoder(PlainPost)


class BadFrame(Exception):
    """A frame that is not our protocol. `field` names what is wrong where that is known; `ref` is repeated."""

    def __init__(self, message: str, field: str | None = None, ref: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.ref = ref


def decode_command(text: str | bytes) -> AnyCommand:
    """A frame of the full socket as a Command. Raises BadFrame."""
    try:
        command: AnyCommand = _commands.decode(text)
        return command
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise _bad_frame(text, error) from None


def decode_plain(text: str | bytes) -> str:
    """The message in a frame of the plain room socket. Raises BadFrame."""
    try:
        return _plain_posts.decode(text).message
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise _bad_frame(text, error) from None


def _bad_frame(text: str | bytes, error: Exception) -> BadFrame:
    if isinstance(error, RecursionError):
        return BadFrame("That frame is nested too deep.")
    if not isinstance(error, msgspec.ValidationError):
        return BadFrame("That frame is not JSON.")
    sentence, _, path = str(error).partition(" - at `")
    field = path.rstrip("`").removeprefix("$").lstrip(".") or _quoted(sentence)
    return BadFrame(f"{sentence}.", field or None, _ref_of(text))


def _quoted(sentence: str) -> str | None:
    """The field that msgspec's sentence names: "… missing required field `room`"."""
    _, mark, rest = sentence.partition("field `")
    return rest.partition("`")[0] if mark else None


def _ref_of(text: str | bytes) -> str | None:
    try:
        ref = msgspec.json.decode(text)["ref"]
    except (msgspec.DecodeError, RecursionError, KeyError, TypeError, IndexError):
        return None
    return ref if isinstance(ref, str) and len(ref) <= 64 else None


# ── what the server says ────────────────────────────────────────────────────────────────────────────


class Event(Struct, omit_defaults=True, tag_field="type", tag=str.lower):
    """What the server says. `room` is always the room's key."""


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
    met, or is called otherwise or says something else of themselves. Comes to who asked by `list`, soon after and not
    for each change; a hint, like all that has no number."""

    of: str = "rooms"


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


class Entered(Event, kw_only=True):
    """This person is in a room that they were not in: somebody let them in, or they came in through another door."""

    room: str
    view: RoomView


class Gone(Event, kw_only=True):
    """This socket follows the room no more: for this person there is no such room any longer."""

    room: str


class Pong(Event, kw_only=True):
    """I am."""

    ref: str | UnsetType = UNSET


EVENTS: tuple[type[Event], ...] = (
    Welcome, Joined, Message, Change, RoomChange, Member, Synced, Reset, HistoryPage, Ok, Refused, Told, Here, IsTyping,
    ReadUpTo, Attention, Reactions, Entered, Gone, Blocks, Listed, Pong,
)  # fmt: skip

# ── frames ──────────────────────────────────────────────────────────────────────────────────────────

_encoder = msgspec.json.Encoder()

ERASES, GUARDS = 1, 2


class Frame:
    """An event encoded once. `wire` is a ready WebSocket text frame, `payload` the JSON in it.

    `number` is its place in the room's log, `ordinal` that of a message that is born among the messages; 0 where there
    is none. `mark` tells hubs what they must do besides handing it out: ERASES, frames before it must not be shown to
    anybody again; GUARDS, the room's own state and who may follow it must be looked up.
    """

    __slots__ = ("_head", "mark", "number", "ordinal", "wire")

    def __init__(self, payload: bytes, number: int = 0, ordinal: int = 0, mark: int = 0) -> None:
        self.number = number
        self.ordinal = ordinal
        self.mark = mark
        self.wire = text_frame(payload)
        self._head = len(self.wire) - len(payload)

    @property
    def said(self) -> bool:
        """Whether a message is born here that still says something: all that plain sockets hear of."""
        return self.ordinal > 0 and not self.mark & ERASES

    @property
    def payload(self) -> bytes:
        """The JSON, for servers that frame it themselves."""
        return self.wire[self._head :]


def encode(event: Event, mark: int = 0) -> Frame:
    """The event as a Frame; its number is the document's `changed`."""
    born = event.ordinal if isinstance(event, Message) and not isinstance(event, Change) else 0
    if isinstance(event, Message) and event.deleted:
        mark |= ERASES
    elif isinstance(event, RoomChange) or (
        isinstance(event, Member) and (event.standing != "in" or event.silenced_until)
    ):
        mark |= GUARDS
    return Frame(_encoder.encode(event), getattr(event, "changed", 0), born, mark)


def encode_born(message: Message) -> Frame:
    """The same for a message that is born now, which is nothing else: the one event that there are thousands of a
    second."""
    return Frame(_encoder.encode(message), message.changed, message.ordinal)


def text_frame(payload: bytes) -> bytes:
    """A final, unmasked text frame around `payload` (RFC 6455, §5.2). Uncompressed is legal with deflate too."""
    size = len(payload)
    if size < 126:
        return b"\x81" + bytes((size,)) + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: 2026-11-22T18:52:00.123Z. Naive times are UTC."""
    if at.tzinfo is not None:
        at = at.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def person_view(id: UUID, name: str, guest: bool) -> PersonView:
    """A person as others see them."""
    return PersonView(id.hex, name, guest)
