"""Room → wires of this node. Keeps each room's head, puts announcements in order, closes gaps from the database, and
keeps the last frames for quick resume. Delivery is a hint: whatever is lost on the way is found by the head check.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import DatabaseError

from hubbub import history
from hubbub.audience import Audience
from hubbub.conf import settings
from hubbub.errors import Goodbye, spread_of
from hubbub.figures import figures
from hubbub.opening import HEADS, Opened, Opening, Read
from hubbub.protocol import GUARDS, Frame, encode
from hubbub.trace import first_line, nobody
from hubbub.wire import Wire

logger = logging.getLogger("hubbub.hub")

REORDER_SECONDS = 0.05
CATCH_UP_BYTES = 8 * 1024 * 1024  # sent one by one; past it the client gets a reset

T = TypeVar("T")
Guard = Callable[[str], None]
Admit = Callable[[str], Awaitable[None]]


@dataclass(slots=True)
class Arrival:
    """What a wire gets that joins: frames after its cursor up to `seq`, or the newest page instead."""

    key: str
    name: str
    seq: int
    ordinal: int
    frames: Sequence[Frame]
    page: history.Page | None


class Hub:
    """The map of one node. Call from its event loop only. `read` runs a function in a reader thread, `guard` looks up
    who may still follow a room."""

    def __init__(self, read: Read, opened: Opened, guard: Guard = lambda key: None) -> None:
        self._read = read
        self._guard = guard
        self.rooms = Opening(read, opened, self._stood)
        self.audiences = self.rooms.audiences
        self._flushing: list[Audience] = []
        self._tasks: set[asyncio.Task[None]] = set()

    # ── delivering ──

    def deliver(self, announcements: Sequence[tuple[str, Frame]]) -> None:
        """Take announced (room key, frame)s: in order they go out, known ones are dropped, early ones wait."""
        for key, frame in announcements:
            audience = self.audiences.get(key)
            if audience is not None:
                self._take(audience, frame)

    def tell(self, key: str, frame: Frame) -> None:
        """Send a frame that has no number (who is here, who types) to the room's wires now."""
        if audience := self.audiences.get(key):
            audience.flush()
            audience.wires.deliver((frame,))

    def is_guarded(self, key: str) -> bool:
        """Whether somebody may be kept from something in this room: then it is to be looked up."""
        audience = self.audiences.get(key)
        return audience is None or audience.guarded

    def _take(self, audience: Audience, frame: Frame) -> None:
        if audience.opening is not None or frame.number > audience.head + 1:
            self._hold(audience, frame)
        elif frame.number == audience.head + 1:
            self._advance(audience, frame)
            while audience.held and (early := audience.held.pop(audience.head + 1, None)):
                self._advance(audience, early)

    def _advance(self, audience: Audience, frame: Frame) -> None:
        if not audience.outbox:
            if not self._flushing:
                asyncio.get_running_loop().call_soon(self._flush)
            self._flushing.append(audience)
        audience.advance(frame, settings().recent_frames)
        if frame.mark & GUARDS:
            audience.guarded = True
            self._guard(audience.key)

    def _flush(self) -> None:
        audiences, self._flushing = self._flushing, []
        for audience in audiences:
            audience.flush()

    def _hold(self, audience: Audience, frame: Frame) -> None:
        audience.held[frame.number] = frame
        if len(audience.held) > settings().recent_frames:
            audience.held.pop(min(audience.held))
        if audience.opening is None:
            self._mend(audience)

    # ── closing gaps ──

    def _mend(self, audience: Audience) -> None:
        if audience.held and not audience.mending:
            audience.mending = True
            self._spawn(self._repair_soon(audience))

    async def _repair_soon(self, audience: Audience) -> None:
        """Give reordered announcements a moment to settle by themselves, then ask the database until it answers."""
        pause = REORDER_SECONDS
        while audience.held and self.audiences.get(audience.key) is audience:
            stood = audience.head
            await asyncio.sleep(pause)
            # If the head moved, that gap closed by itself; what is held now waits for another, a moment of its own.
            if audience.held and audience.head == stood and not await self.repair(audience):
                pause = 1.0
        audience.mending = False

    async def repair(self, audience: Audience) -> bool:
        """Deliver from the database everything after the audience's head. False while the database is down."""
        async with audience.lock:
            try:
                await self._close_gap(audience)
            except DatabaseError as error:
                logger.debug("A gap in a room can't be closed yet: %s", first_line(error))
                return False
        return True

    async def _close_gap(self, audience: Audience) -> None:
        head = await self._read(history.head, audience.key)
        documents: Sequence[Any] | None = ()
        since = audience.head
        if head.seq > since:
            documents = await self._read(history.since, head, since, settings().catch_up_limit)
        if documents is None:
            await self._give_up(audience, head)
            return
        for document in documents:
            if document.changed > audience.head:
                figures.repaired += 1
                self._advance(audience, encode(document))
        # The last numbers may have been overtaken by later ones: then there is nothing to show for them.
        audience.head = max(audience.head, head.seq)
        audience.ordinal = max(audience.ordinal, head.ordinal)
        self._settle(audience)

    async def _give_up(self, audience: Audience, head: history.Head) -> None:
        """Too far behind to be told one by one: jump to the newest document. The gap before it sends each client to
        its own catch-up; plain sockets, which know no gap, are sent away to resume."""
        newest = await self._read(history.since, head, head.seq - 1, settings().catch_up_limit)
        if audience.head >= head.seq:
            return
        audience.tell_briefly()
        audience.forget()
        audience.head = audience.floor = head.seq - 1
        audience.skip()
        audience.guarded = True
        self._guard(audience.key)
        leaving = audience.plain.wires()
        for wire in leaving:
            wire.goodbye(Goodbye.TOO_SLOW, spread_of(len(leaving)))
        for document in newest or ():
            self._advance(audience, encode(document))
        audience.head = max(audience.head, head.seq)
        audience.ordinal = max(audience.ordinal, head.ordinal)
        self._settle(audience)

    def _rewind(self, audience: Audience, head: history.Head) -> None:
        """The database went back (a restore): nothing remembered here is true any more."""
        audience.forget()
        audience.outbox.clear()
        audience.held.clear()
        audience.head = audience.floor = head.seq
        audience.ordinal = head.ordinal
        audience.skip()
        audience.guarded = True
        self._guard(audience.key)

    def _settle(self, audience: Audience) -> None:
        """Drop held frames that are known by now and deliver those that fit."""
        for number in sorted(audience.held):
            frame = audience.held.pop(number)
            if number == audience.head + 1:
                self._advance(audience, frame)
            elif number > audience.head:
                audience.held[number] = frame

    async def check_heads(self) -> int:
        """Ask the database once where all rooms of this node stand; deliver what was missed. Returns repairs (G5)."""
        keys = [key for key, audience in self.audiences.items() if audience.opening is None]
        repaired = 0
        for start in range(0, len(keys), HEADS):
            for head in await self._read(history.heads, keys[start : start + HEADS]):
                audience = self.audiences.get(head.key)
                if audience is not None and head.seq > audience.head:
                    figures.heads_behind += 1
                    repaired += await self.repair(audience)
        return repaired

    # ── joining ──

    async def stand(self, key: str, name: str) -> int:
        """The room's number now. It stays open for whoever asked: they join, or leave, in a moment."""
        return (await self.rooms.open(key, name)).head

    async def join(
        self,
        wire: Wire,
        key: str,
        name: str,
        since: int | None,
        *,
        reset: bool = False,
        plain: bool = False,
        admit: Admit | None = None,
    ) -> Arrival:
        """Let `wire` follow a room from `since` (None: from now on). In a guarded room `admit` is asked first, and
        raises what it refuses. Raises DatabaseError when it can't be read, Moved when the room has another key.

        When this returns, the wire is in the audience and the arrival's frames end exactly where the live ones
        begin: the caller must write them before it awaits anything.
        """
        audience = await self.rooms.open(key, name)
        audience.pins += 1
        audience.wires.discard(wire)  # who joins again gets nothing live between `joined` and `synced`
        try:
            if audience.guarded and admit is not None:
                await admit(key)
            arrival = await self._arrive(audience, since, reset)
            audience.flush()
            audience.afar.discard(wire)
            (audience.plain if plain else audience.wires).add(wire)
            if since is not None and not (plain and arrival.page is None and not arrival.frames):
                _count(arrival)
            return arrival
        finally:
            audience.pins -= 1
            self.rooms.close_if_empty(audience)

    def leave(self, wire: Wire, key: str) -> None:
        """`wire` follows the room no more."""
        if audience := self.audiences.get(key):
            audience.wires.discard(wire)
            audience.plain.discard(wire)
            self.rooms.close_if_empty(audience)

    def leave_afar(self, wire: Wire, key: str) -> None:
        """`wire` is told of the room in brief no more."""
        if audience := self.audiences.get(key):
            audience.afar.discard(wire)
            self.rooms.close_if_empty(audience)

    async def _arrive(self, audience: Audience, since: int | None, reset: bool) -> Arrival:
        frames: list[Frame] = []
        cursor = audience.head if since is None else since
        if cursor > audience.head and not reset:
            await self.repair(audience)
        if reset or cursor > audience.head:
            return await self._arrive_fresh(audience)
        while cursor < audience.floor:
            head = await self._read(history.head, audience.key)
            if head.seq < audience.floor:
                self._rewind(audience, head)
                return await self._arrive_fresh(audience)
            documents = await self._read(history.since, head, cursor, settings().catch_up_limit)
            if documents is None or len(frames) + len(documents) > settings().catch_up_limit:
                return await self._arrive_fresh(audience)
            frames += [encode(document) for document in documents]
            if sum(len(frame.wire) for frame in frames) > CATCH_UP_BYTES:
                return await self._arrive_fresh(audience)
            cursor = max(cursor, head.seq)
            if cursor > audience.head:
                await self.repair(audience)
        frames += audience.resume(cursor)
        return Arrival(audience.key, audience.name, audience.head, audience.ordinal, frames, None)

    async def _arrive_fresh(self, audience: Audience) -> Arrival:
        """The newest page, for who is too far behind, or ahead of a restored database."""
        while True:
            head = await self._read(history.head, audience.key)
            page = await self._read(history.page, head, settings().page_messages)
            if head.seq < audience.floor:
                self._rewind(audience, head)
            if head.seq > audience.head:
                await self.repair(audience)
            if head.seq >= audience.floor:
                frames = audience.resume(head.seq)
                return Arrival(audience.key, audience.name, head.seq, head.ordinal, frames, page)

    def _stood(self, audience: Audience) -> None:
        """It is known where the room stands: what was announced meanwhile goes out, and what is missing is fetched."""
        self._settle(audience)
        self._mend(audience)

    def _spawn(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work, context=nobody())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _count(arrival: Arrival) -> None:
    if arrival.page is not None:
        figures.resets += 1
    else:
        figures.catch_ups += 1
        figures.catch_up_frames += len(arrival.frames)
