"""What clients ask, and frames → commands."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

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
    """Say it otherwise: the author's alone. Answered `ok` after the commit.

    With `base`, refused with `edited_since` if its text was changed after that number: look at the `change` that
    came (or at the message's address), then send it with that one's `changed`, or without `base` to go over any text.
    """

    id: Id
    message: str
    base: Number | None = None


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
    "people" the list of people: then also who is `here` in each room that this socket follows, at once. With `of`
    "acts" and a `room`: what its moderators do there that has no number, for these alone."""

    of: Literal["rooms", "people", "acts"] = "rooms"
    room: RoomName | None = None
    on: bool = True


class Brief(Command, kw_only=True):
    """From now on, or with `on` false no more, say in `headlines` what happens in those rooms of this person's that
    this socket does not follow, where each stands first. Said again, it looks again which these are: after `entered`,
    or when this socket has left a room."""

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
    Brief,
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
    | Brief
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
    except (msgspec.DecodeError, RecursionError, UnicodeError, KeyError, TypeError, IndexError):
        return None
    return ref if isinstance(ref, str) and len(ref) <= 64 else None
