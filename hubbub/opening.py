"""The rooms that are open on this node: read from the database by whoever comes first, closed when nobody is left in
them. Knows who is in a room only by whether anybody is.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from hubbub import history
from hubbub.audience import Audience

HEADS = 500  # rooms of which it is asked at once where they stand

Read = Callable[..., Awaitable[Any]]
Opened = Callable[[str, bool], None]


class Moved(Exception):
    """The room that was asked for by this key is known by another, `key`."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


class Opening:
    """Key → audience of one node. `read` runs a function in a reader thread; `opened` hears which rooms are open from
    now on, or no more; `stood` that it is known where a room stands."""

    def __init__(self, read: Read, opened: Opened, stood: Callable[[Audience], None]) -> None:
        self.audiences: dict[str, Audience] = {}
        self._read = read
        self._opened = opened
        self._stood = stood

    async def open(self, key: str, name: str) -> Audience:
        """The room's audience. Raises Moved, DatabaseError."""
        audience = self.audiences.get(key)
        if audience is None:
            audience = self._begin(key, name)
            await self._read_head(audience)
        elif audience.opening is not None:
            await asyncio.shield(audience.opening)
            return await self.open(key, name)  # whoever opened it may have left again
        return audience

    @asynccontextmanager
    async def opened(self, keys: Sequence[str]) -> AsyncIterator[list[Audience]]:
        """The audiences of rooms that exist, by their keys, open at least as long as this lasts. Those that nobody had
        opened are read together. Raises DatabaseError."""
        fresh = [self._begin(key, key) for key in keys if key not in self.audiences]
        pinned: list[Audience] = []
        try:
            await self._read_heads(fresh)
            for key in keys:
                pinned.append(audience := await self.open(key, key))
                audience.pins += 1
            yield pinned
        except BaseException as error:
            for audience in fresh:
                self._fail(audience, error)
            raise
        finally:
            for audience in pinned:
                audience.pins -= 1
            for audience in {*fresh, *pinned}:
                self.close_if_empty(audience)

    def close_if_empty(self, audience: Audience) -> None:
        """Somebody left it."""
        if not (audience.wires or audience.plain or audience.afar or audience.pins) and audience.opening is None:
            self._forget(audience)

    def _begin(self, key: str, name: str) -> Audience:
        """What is announced from here on is held until it is known where the room stands."""
        audience = self.audiences[key] = Audience(key, name)
        audience.opening = asyncio.get_running_loop().create_future()
        self._opened(key, True)
        return audience

    async def _read_head(self, audience: Audience) -> None:
        try:
            head = await self._read(history.head, audience.key, audience.name)
            if head.key != audience.key:
                raise Moved(head.key)
        except BaseException as error:
            self._fail(audience, error)
            raise
        self._stand(audience, head)

    async def _read_heads(self, fresh: Sequence[Audience]) -> None:
        for start in range(0, len(fresh), HEADS):
            some = fresh[start : start + HEADS]
            heads = {head.key: head for head in await self._read(history.heads, [audience.key for audience in some])}
            for audience in some:
                self._stand(audience, heads.get(audience.key) or history.Head(None, audience.name, audience.key))

    def _stand(self, audience: Audience, head: history.Head) -> None:
        opening, audience.opening = audience.opening, None
        assert opening is not None
        audience.stands(head)
        audience.head = audience.floor = head.seq
        audience.ordinal = head.ordinal
        self._stood(audience)
        opening.set_result(None)

    def _fail(self, audience: Audience, error: BaseException) -> None:
        """It can't be read where the room stands: whoever waits for that hears why."""
        if audience.opening is not None:
            self._forget(audience)
            audience.opening.set_exception(error if isinstance(error, Exception) else ConnectionError("cancelled"))
            audience.opening.exception()

    def _forget(self, audience: Audience) -> None:
        if self.audiences.get(audience.key) is audience:
            del self.audiences[audience.key]
            self._opened(audience.key, False)
