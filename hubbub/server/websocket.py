"""uvicorn's sans-I/O WebSocket with one door more: ready frames straight to the transport.

Offers `scope["extensions"]["hubbub.wire"]` (see hubbub.wire.Extension). Everything else is uvicorn's.
"""

from __future__ import annotations

from asyncio import Transport

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from hubbub.wire import EXTENSION


class WebSocket(WebSocketsSansIOProtocol):
    """The server side of one connection."""

    def handle_connect(self, event: Request) -> None:
        """The handshake's request: offer the extension before the application starts."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope["extensions"][EXTENSION] = DirectWire(self)  # type: ignore[assignment]  # an object, not a dict

    def send_receive_event_to_app(self) -> None:
        """As uvicorn's, but bad UTF-8 closes 1007 without a traceback in the log: anybody can send it."""
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        if self.curr_msg_data_type == "text" and not _is_utf8(data):
            self.frames = []
            if not self.close_sent:
                self.conn.send_close(1007)
                self.handle_parser_exception()
            return
        super().send_receive_event_to_app()


class DirectWire:
    """Ready bytes to one connection."""

    __slots__ = ("_protocol", "_transport")

    def __init__(self, protocol: WebSocket) -> None:
        self._protocol = protocol
        self._transport: Transport = protocol.transport

    def write(self, wire: bytes) -> None:
        """Send ready frames; nothing before the handshake is complete or once a close was sent."""
        protocol = self._protocol
        if protocol.handshake_complete and not protocol.close_sent and not self._transport.is_closing():
            self._transport.write(wire)

    def backlog(self) -> int:
        """Bytes written but not yet taken by the kernel."""
        return self._transport.get_write_buffer_size()

    def abort(self) -> None:
        """Drop the connection without a closing handshake."""
        if not self._transport.is_closing():
            self._transport.abort()


def _is_utf8(data: bytes) -> bool:
    try:
        str(data, "utf-8")
    except UnicodeDecodeError:
        return False
    return True
