"""uvicorn's sans-I/O WebSocket with two doors more: a handshake in one look, ready frames straight to the transport.

Offers `scope["extensions"]["hubbub.wire"]` (see hubbub.wire.Extension). Everything else is uvicorn's: an unusual
handshake, a refusal, and every frame that comes in.
"""

from __future__ import annotations

from urllib.parse import unquote

from uvicorn._types import ASGISendEvent, WebSocketAcceptEvent
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request
from websockets.protocol import OPEN, Protocol

from hubbub.server import handshake
from hubbub.server.handshake import Head
from hubbub.wire import EXTENSION


class WebSocket(WebSocketsSansIOProtocol):
    """The server side of one connection."""

    key: bytes | None = None  # of a handshake that is ours and not answered yet

    # ── the handshake in one look ──

    def data_received(self, data: bytes) -> None:
        """As uvicorn's, but for the first bytes of a usual handshake."""
        if not self.handshake_initiated and (head := handshake.read(data)) is not None:
            self._begin(head)
        else:
            super().data_received(data)

    def _begin(self, head: Head) -> None:
        self.handshake_initiated = True
        self.key = head.key
        self.transport.pause_reading()  # nothing may come before our answer
        self.scope = {
            "type": "websocket",
            "asgi": {"version": self.asgi_version, "spec_version": "2.4"},
            "http_version": "1.1",
            "scheme": self.scheme,
            "server": self.server,
            "client": self.client,
            "root_path": self.root_path,
            "path": self.root_path + unquote(head.path),
            "raw_path": (self.root_path + head.path).encode(),
            "query_string": head.query.encode(),
            "headers": head.headers,
            "subprotocols": head.subprotocols,
            "state": self.app_state.copy(),
            "extensions": {"websocket.http.response": {}, EXTENSION: self},  # type: ignore[dict-item]  # an object
        }
        self.queue.put_nowait({"type": "websocket.connect"})
        task = self.loop.create_task(self.run_asgi())
        task.add_done_callback(self.on_task_complete)
        self.tasks.add(task)

    def _accept(self, message: WebSocketAcceptEvent, key: bytes) -> None:
        """Answer, and go on with frames: the library's own reading of the handshake is left out."""
        self.key = None
        if self.disconnected:
            raise ClientDisconnected
        if self.transport.is_closing():
            return
        headers = [*self.default_headers, *message.get("headers", [])]
        self.transport.write(handshake.answer(key, headers, message.get("subprotocol")))
        self.conn.state = OPEN
        self.conn.parser = Protocol.parse(self.conn)
        next(self.conn.parser)
        self.handshake_complete = True
        self.transport.resume_reading()
        self.start_keepalive()

    # ── everybody's handshake ──

    def handle_connect(self, event: Request) -> None:
        """The handshake's request: offer the extension before the application starts."""
        super().handle_connect(event)
        if self.response.status_code == 101:
            self.scope["extensions"][EXTENSION] = self  # type: ignore[assignment]  # an object, not a dict

    async def send(self, message: ASGISendEvent) -> None:
        """As uvicorn's; once accepted, what only the handshake needed is let go: idle sockets are many."""
        if message["type"] != "websocket.accept":
            await super().send(message)
            return
        if self.key is not None:
            self._accept(message, self.key)
        else:
            await super().send(message)
            del self.request, self.response
        self.scope["headers"].clear()  # type: ignore[attr-defined]  # it is a list

    # ── frames ──

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
