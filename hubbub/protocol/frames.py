"""Event → Frame: encoded once, as JSON for any ASGI server and as a ready WebSocket frame for the fast wire."""

from __future__ import annotations

import msgspec

from hubbub.protocol.events import Change, Event, Member, Message, RoomChange

_encoder = msgspec.json.Encoder()

ERASES, GUARDS, CALLS = 1, 2, 4


class Frame:
    """An event encoded once. `wire` is a ready WebSocket text frame, `payload` the JSON in it.

    `number` is its place in the room's log, `ordinal` that of a message that is born among the messages; 0 where there
    is none. `mark` tells hubs what they must do besides handing it out: ERASES, frames before it must not be shown to
    anybody again; GUARDS, the room's own state and who may follow it must be looked up; CALLS, it mentions somebody.
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
    if isinstance(event, Message):
        mark |= ERASES if event.deleted else CALLS if event.mentions else 0
    elif isinstance(event, RoomChange) or (
        isinstance(event, Member) and (event.standing != "in" or event.silenced_until)
    ):
        mark |= GUARDS
    return Frame(_encoder.encode(event), getattr(event, "changed", 0), born, mark)


def encode_born(message: Message) -> Frame:
    """The same for a message that is born now, which is nothing else: the one event that there are thousands of a
    second."""
    return Frame(_encoder.encode(message), message.changed, message.ordinal, CALLS if message.mentions else 0)


def text_frame(payload: bytes) -> bytes:
    """A final, unmasked text frame around `payload` (RFC 6455, §5.2). Uncompressed is legal with deflate too."""
    size = len(payload)
    if size < 126:
        return b"\x81" + bytes((size,)) + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload
