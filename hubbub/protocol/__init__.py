"""Bytes → Command, Event → Frame: the one schema of what travels (docs/protocol.md is generated from here).

No I/O, no Django, no asyncio. A Frame holds an event encoded once: as JSON for any ASGI server, and as a ready,
unmasked, unfragmented WebSocket text frame (RFC 6455, §5.2) for the fast wire.
"""

from hubbub.protocol.commands import (
    COMMANDS,
    AnyCommand,
    Attend,
    BadFrame,
    Block,
    Brief,
    Command,
    Delete,
    Edit,
    History,
    Id,
    Join,
    Leave,
    ListRooms,
    Nonce,
    Number,
    Pin,
    Ping,
    PlainPost,
    Post,
    React,
    Reacted,
    Read,
    ReadAll,
    Ref,
    RoomName,
    Typing,
    Unread,
    decode_command,
    decode_plain,
)
from hubbub.protocol.events import (
    EVENTS,
    Attention,
    Blocks,
    Called,
    Change,
    Document,
    Entered,
    Event,
    Gone,
    Headlines,
    Here,
    HistoryPage,
    IsTyping,
    Joined,
    Listed,
    Member,
    Message,
    Ok,
    Pong,
    Reactions,
    ReadUpTo,
    Refused,
    Reset,
    RoomChange,
    Synced,
    Told,
    Welcome,
)
from hubbub.protocol.frames import CALLS, ERASES, GUARDS, Frame, encode, encode_born, text_frame
from hubbub.protocol.values import Headline, Limits, PersonView, Quote, ReactionView, RoomView, person_view, timestamp

VERSION = "hubbub.v1"

__all__ = [
    "CALLS", "COMMANDS", "ERASES", "EVENTS", "GUARDS", "VERSION", "AnyCommand", "Attend", "Attention", "BadFrame",
    "Block", "Blocks", "Brief", "Called", "Change", "Command", "Delete", "Document", "Edit", "Entered", "Event",
    "Frame", "Gone", "Headline", "Headlines", "Here", "History", "HistoryPage", "Id", "IsTyping", "Join", "Joined",
    "Leave", "Limits", "ListRooms", "Listed", "Member", "Message", "Nonce", "Number", "Ok", "PersonView", "Pin", "Ping",
    "PlainPost", "Pong", "Post", "Quote", "React", "Reacted", "ReactionView", "Reactions", "Read", "ReadAll",
    "ReadUpTo", "Ref", "Refused", "Reset", "RoomChange", "RoomName", "RoomView", "Synced", "Told", "Typing", "Unread",
    "Welcome", "decode_command", "decode_plain", "encode", "encode_born", "person_view", "text_frame", "timestamp",
]  # fmt: skip
