"""A socket that is told in brief of those rooms of its person's that it does not follow: which these are."""

from __future__ import annotations

from collections.abc import Mapping

from hubbub import history
from hubbub.protocol import Frame
from hubbub.socket.connection import Socket


async def follow(socket: Socket, most: int) -> list[Frame]:
    """From now on tell it of all of them, `most` at most; of no other any more. Where those stand that were not among
    them before: to be written before anything is awaited. Raises DatabaseError."""
    stands = await socket.node.read(history.stands_of, socket.identity.id, most)
    apart = frozenset(stands).difference(socket.rooms)
    for key in socket.afar - apart:
        leave(socket, key)
    fresh = apart - socket.afar
    if socket.wire.closing is not None:
        return []
    socket.afar |= fresh  # from here on who looks for those that may not be told finds this socket
    return await _open(socket, {key: stands[key] for key in fresh})


def leave(socket: Socket, key: str) -> None:
    """Tell it of this room no more."""
    socket.afar = socket.afar - {key}
    socket.node.hub.leave_afar(socket.wire, key)


async def _open(socket: Socket, stands: Mapping[str, int]) -> list[Frame]:
    """Follow these rooms, of which it was known at these numbers that the person is in them."""
    frames = []
    try:
        async with socket.node.hub.rooms.opened(list(stands)) as audiences:
            for audience in audiences:
                if audience.key in socket.rooms or audience.key not in socket.afar:
                    continue  # joined, put out or closed while it was opened
                frames.append(audience.follow_afar(socket.wire))
                if audience.head != stands[audience.key]:
                    socket.node.guard.look(audience.key)  # who is in it may have changed meanwhile
    except BaseException:
        socket.afar = socket.afar.difference(stands)
        raise
    return frames
