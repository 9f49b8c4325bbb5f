"""The two sockets of Hubbub as the load tools see them: paths, first frames and posts as templates.

In a template %r is the room, %s the text, %n a new nonce, %c the client's cursor.
"""

from dataclasses import dataclass, field

ROOM = "/ws/chat/%r/"
LOBBY = "/ws/chat/lobby/"
PROTOCOL = "Sec-WebSocket-Protocol: hubbub.v1"
JOIN = '{"type":"join","room":"%r"}'
POST = '{"type":"post","room":"%r","message":"%s","nonce":"%n"}'


@dataclass(frozen=True)
class Door:
    """How to come in: path, extra headers of the handshake, templates as the tools' environment."""

    name: str
    path: str
    headers: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)


PLAIN = Door("the plain room socket", ROOM)
FULL = Door("/ws/", "/ws/", (PROTOCOL,), {"HELLO": JOIN, "TMPL": POST, "ACK": "ok"})
