"""The plain socket of one room, for ten-line scripts."""

from __future__ import annotations

from django.db import DatabaseError
from msgspec import UNSET

from hubbub.errors import Goodbye, Refusal
from hubbub.models.room_name import name_and_key
from hubbub.protocol import BadFrame, decode_plain, encode
from hubbub.socket.admission import since_of
from hubbub.socket.connection import Socket


class RoomSocket(Socket):
    """The plain socket of one room: `{"message": …}` in, message events out."""

    kind = "room"

    __slots__ = ("_refused", "key", "name", "since")

    async def _look_ahead(self) -> None:
        """Where the room stands: whatever is said after the client was let in, it hears."""
        raw = self.scope.get("url_route", {}).get("kwargs", {}).get("room", "")
        self._refused: Refusal | None = None
        self.since = since_of(self.scope)
        try:
            self.name, self.key = name_and_key(raw)
            self.rooms[self.key] = self.name
            if self.since is None:
                self.since = await self.node.hub.stand(self.key, self.name)
        except Refusal as refusal:
            self._refused = refusal
        except DatabaseError:
            return  # as it will be said in a moment, to a client that can hear why

    async def _greet(self) -> bool:
        if self._refused is not None:
            self._refuse(self._refused)
            self.wire.goodbye(Goodbye.NO_SUCH_ROOM)
            return True
        try:
            arrival = await self.node.hub.join(self.wire, self.key, self.name, self.since, plain=True)
        except DatabaseError:
            return False
        self._enter(self.key)
        messages = arrival.page.messages if arrival.page else []
        frames = [encode(message) for message in messages]
        self.wire.catch_up(frames + [frame for frame in arrival.frames if frame.ordinal])
        return True

    async def _take(self, text: str) -> None:
        try:
            message = decode_plain(text)
        except BadFrame as error:
            self._bad_frame(error)
            return
        await self._post(self.name, message, "", UNSET)
