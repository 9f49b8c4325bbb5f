"""One socket: who is it, frames in, refusals out. Bare ASGI callables, so no frame costs a hop between threads.

`admission.py` finds out who it is, `connection.py` is what every socket does, `full.py` speaks docs/protocol.md, and
`room.py` is the plain socket of one room.
"""

from hubbub.socket.admission import Scope
from hubbub.socket.full import FullSocket
from hubbub.socket.room import RoomSocket
from hubbub.wire import Receive, Send

__all__ = ["FullSocket", "RoomSocket", "full_socket", "room_socket"]


async def full_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """`/ws/`: many rooms on one connection, subprotocol hubbub.v1."""
    await FullSocket(scope, receive, send).run()


async def room_socket(scope: Scope, receive: Receive, send: Send) -> None:
    """`/ws/chat/<room>/`: one room, for ten-line scripts. `?since=N` resumes."""
    await RoomSocket(scope, receive, send).run()
