"""The wires of one room on this node, and where they stand in its log. Knows no database and no other room."""

from __future__ import annotations

import asyncio
from collections import deque

from hubbub import headlines, history
from hubbub.crowd import Crowd
from hubbub.models.room_name import PRIVATE
from hubbub.protocol import ERASES, Frame
from hubbub.wire import Wire

RECENT_BYTES = 2 * 1024 * 1024  # kept for quick resume, a room
BRIEF_SECONDS = 0.3  # what happens within them is told at once to those who only count


class Audience:
    """The wires of one room on this node, and where they stand in its log. `guarded`: who comes is looked up first.

    Everything numbered `floor` < n ≤ `head` is in `recent`; everything ≤ `head` was delivered or is in `outbox`.
    """

    __slots__ = (
        "afar", "briefed", "floor", "guarded", "head", "held", "key", "lock", "mending", "name", "opening", "ordinal",
        "outbox", "pins", "plain", "recent", "unbriefed", "weight", "wires",
    )  # fmt: skip

    def __init__(self, key: str, name: str) -> None:
        self.key = key
        self.name = name
        self.head = 0
        self.ordinal = 0
        self.floor = 0
        self.guarded = True
        self.wires = Crowd()
        self.plain = Crowd()  # plain room sockets, which get messages and nothing else
        self.afar = Crowd()  # those who only count, and are told in brief
        self.briefed = 0  # … up to this number
        self.unbriefed: list[Frame] = []
        self.recent: deque[Frame] = deque()
        self.weight = 0  # bytes of `recent`
        self.outbox: list[Frame] = []
        self.held: dict[int, Frame] = {}
        self.pins = 0
        self.opening: asyncio.Future[None] | None = None
        self.mending = False
        self.lock = asyncio.Lock()

    def stands(self, head: history.Head) -> None:
        """Take over what the room is called, and whether it is guarded; an address that does not exist is."""
        self.name = head.name
        self.guarded = head.guarded or (head.id is None and head.key.startswith(PRIVATE))

    def advance(self, frame: Frame, keep: int) -> None:
        """The next frame in order: remember it and put it out with this turn's burst."""
        self.head = frame.number
        self.ordinal = max(self.ordinal, frame.ordinal)
        if frame.mark & ERASES:
            self.forget()
            self.floor = frame.number - 1
        self.recent.append(frame)
        self.weight += len(frame.wire)
        self.outbox.append(frame)
        while len(self.recent) > keep or self.weight > RECENT_BYTES:
            oldest = self.recent.popleft()
            self.weight -= len(oldest.wire)
            self.floor = oldest.number

    def forget(self) -> None:
        """Keep no frames for quick resume; the caller says where the log stands now."""
        self.recent.clear()
        self.weight = 0

    def resume(self, since: int) -> list[Frame]:
        """The recent frames after `since`; only for floor ≤ since."""
        return [frame for frame in self.recent if frame.number > since]

    def flush(self) -> None:
        """Write this turn's frames to every wire, joined."""
        if not self.outbox:
            return
        frames, self.outbox = self.outbox, []
        if self.wires:
            self.wires.deliver(frames)
        messages = [frame for frame in frames if frame.said] if self.plain else []
        if messages:
            self.plain.deliver(messages)
        if self.afar:
            if not self.unbriefed:
                asyncio.get_running_loop().call_later(BRIEF_SECONDS, self.tell_briefly)
            self.unbriefed += frames

    # ── in brief ──

    def follow_afar(self, wire: Wire) -> Frame:
        """Tell `wire` in brief what happens from now on: where that begins."""
        self.flush()
        if not self.afar:
            self.skip()
        self.afar.add(wire)
        return headlines.stand(self.key, self.head, self.ordinal)

    def tell_briefly(self) -> None:
        """What was not told yet to those who only count."""
        self.flush()
        frames, since = self.unbriefed, self.briefed
        self.skip()
        if frames and self.afar:
            self.afar.deliver(headlines.brief(self.key, since, self.head, self.ordinal, frames))

    def skip(self) -> None:
        """They are told nothing of what was up to here: whoever counted less finds a gap."""
        self.unbriefed = []
        self.briefed = self.head
