"""The plain socket of one room, for ten-line scripts."""

from __future__ import annotations

from django.db import DatabaseError
from msgspec import UNSET

from hubbub import errors
from hubbub.errors import Goodbye, Refusal
from hubbub.models.room_name import PRIVATE, name_and_key
from hubbub.opening import Moved
from hubbub.protocol import BadFrame, decode_plain, encode
from hubbub.socket.admission import since_of
from hubbub.socket.connection import Socket


class RoomSocket(Socket):
    """The plain socket of one room: `{"message": …}` in, message events out."""

    kind = "room"

    __slots__ = ("_refused", "key", "name", "since")

    async def _look_ahead(self) -> None:
        """Where the room stands: whatever is said after the client was let in, it hears."""
        route = self.scope.get("url_route", {}).get("kwargs", {})
        raw = PRIVATE + route["address"] if "address" in route else route.get("room", "")
        self._refused: Refusal | None = None
        self.since = since_of(self.scope)
        try:
            self.name, self.key = name_and_key(raw)
            self.rooms[self.key] = self.name
            if self.since is None:
                self.since = await self._stand()
        except Refusal as refusal:
            self._refused = refusal
        except DatabaseError:
            return  # as it will be said in a moment, to a client that can hear why

    async def _stand(self) -> int:
        try:
            return await self.node.hub.stand(self.key, self.name)
        except Moved as moved:
            self._leave(self.key)
            self.key = moved.key
            self.rooms[self.key] = self.name
            return await self._stand()

    async def _greet(self) -> bool:
        if self._refused is not None:
            return self._no_such_room(self._refused)
        try:
            arrival = await self._follow(self.name, self.key, self.since, plain=True)
        except Refusal as refusal:
            return self._no_such_room(refusal)
        except DatabaseError:
            return False
        self.key = arrival.key
        self._enter(self.key)
        messages = arrival.page.messages if arrival.page else []
        frames = [encode(message) for message in messages if not message.deleted]
        self.wire.catch_up(frames + [frame for frame in arrival.frames if frame.said])
        return True

    def _no_such_room(self, why: Refusal) -> bool:
        self._refuse(why)
        self.wire.goodbye(Goodbye.NO_SUCH_ROOM)
        return True

    def put_out(self, key: str) -> None:
        """The room is all that this socket is for."""
        self.goodbye(Goodbye.NO_SUCH_ROOM)

    async def _take(self, text: str) -> None:
        try:
            message = decode_plain(text)
        except BadFrame as error:
            self._bad_frame(error)
            return
        try:
            if not await self._prove():
                return
        except DatabaseError:
            self._refuse(errors.try_again())
            return
        await self._post(self.key if self.key.startswith(PRIVATE) else self.name, message, "", UNSET)
