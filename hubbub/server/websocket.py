"""uvicorn's sans-I/O WebSocket with one door more: ready frames straight to the transport.

Offers `scope["extensions"]["hubbub.wire"]` (see hubbub.wire.Extension). Everything else is uvicorn's.
"""

from __future__ import annotations

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from hubbub.figures import figures
from hubbub.wire import EXTENSION


class WebSocket(WebSocketsSansIOProtocol):
    """The server side of one connection."""

    def handle_connect(self, event: Request) -> None:
        """The handshake's request: offer the extension before the application starts."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope["extensions"][EXTENSION] = self  # type: ignore[assignment]  # an object, not a dict

    async def send(self, message: ASGISendEvent) -> None:
        """As uvicorn's; once accepted, what only the handshake needed is let go: idle sockets are many."""
        await super().send(message)
        if message["type"] == "websocket.accept":
            del self.request, self.response
            self.scope["headers"].clear()  # type: ignore[attr-defined]  # uvicorn made it a list

    def handle_parser_exception(self) -> None:
        """As uvicorn's, and counted: the standard asks for this Goodbye."""
        if self.conn.close_sent is not None:
            figures.goodbyes.add(int(self.conn.close_sent.code))
        super().handle_parser_exception()

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


def _is_utf8(data: bytes) -> bool:
    try:
        str(data, "utf-8")
    except UnicodeDecodeError:
        return False
    return True
