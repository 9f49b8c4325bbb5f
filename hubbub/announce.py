"""To the other nodes, through the project's Channels layer: one channel per node, one group per room.

A layer may be absent, down, slow or forgetful: announcing never delays a commit and never fails one. What it loses,
the head check of each node finds (G5); so nothing is kept for a layer that does not take it.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import random
import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from hubbub.figures import figures
from hubbub.layer import Line, hang_up, joining_layer, own_layer
from hubbub.protocol import Frame

__all__ = ["NODES", "Announcements", "Announcer", "event_messages", "frames_of", "joining_layer", "room_group"]

logger = logging.getLogger("hubbub.announce")

NODES = "hubbub.nodes"
STALE_SECONDS = 4.0  # the head checks have carried by then what is still waiting
WAITING_BYTES = 4 * 1024 * 1024
WAITING_WORDS = 10_000
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 2.0

Announcements = Sequence[tuple[str, Frame]]
Heard = Callable[[dict[str, Any]], None]


def room_group(key: str) -> str:
    """The group of a room: ASCII and short whatever the name, as Channels asks."""
    return "hubbub.room." + hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


def event_messages(node: str, announcements: Announcements) -> list[tuple[str, dict[str, Any]]]:
    """The (group, message)s that carry these announcements: one for each room, whatever the number of frames."""
    rooms: dict[str, list[list[Any]]] = {}
    for key, frame in announcements:
        rooms.setdefault(key, []).append([frame.number, frame.ordinal, frame.payload, frame.mark])
    return [
        (room_group(key), {"type": "hubbub.events", "node": node, "room": key, "frames": frames})
        for key, frames in rooms.items()
    ]


def frames_of(message: dict[str, Any]) -> list[tuple[str, Frame]]:
    """The announcements in a `hubbub.events` message."""
    return [
        (message["room"], Frame(bytes(payload), number, ordinal, *mark))
        for number, ordinal, payload, *mark in message["frames"]
    ]


class Announcer:
    """One node's voice and ear on the layer. Call from its event loop only.

    `heard` gets other nodes' messages; `unsure` is called when some may have been lost, here or there. `healthy` says
    whether the layer carries what it is given, `latency` how many seconds the last beat took.
    """

    def __init__(self, heard: Heard, unsure: Callable[[], None] = lambda: None) -> None:
        self.node = secrets.token_hex(8)
        self.layer = own_layer()
        self.healthy = True
        self.latency = 0.0
        self._heard = heard
        self._unsure = unsure
        self._groups: set[str] = {NODES}
        self._waiting = _Waiting()
        self._open = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to listen and to send."""
        if self.layer is not None:
            self._task = asyncio.get_running_loop().create_task(self._live())

    @property
    def waiting(self) -> int:
        """What the layer has not taken yet."""
        return len(self._waiting)

    def stop(self) -> None:
        """End both."""
        if self._task is not None:
            self._task.cancel()

    def announce(self, announcements: Announcements) -> None:
        """Tell the other nodes what was committed."""
        if self.layer is not None:
            self._overflown(self._waiting.add_frames(announcements))

    def say(self, group: str, message: dict[str, Any]) -> None:
        """Send `message` to every other node in `group`; dropped when the layer can't keep up."""
        if self.layer is not None:
            self._overflown(self._waiting.add_word(group, {**message, "node": self.node}))

    def follow(self, key: str, on: bool) -> None:
        """Hear a room's announcements from now on, or no more."""
        if self.layer is not None:
            group = room_group(key)
            (self._groups.add if on else self._groups.discard)(group)
            self._waiting.add_group(group)

    async def said(self, seconds: float) -> None:
        """Wait until everything was given to the layer, but not longer than so many seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._waiting.idle.wait()

    # ── one connection after another ──

    async def _live(self) -> None:
        pause = FIRST_PAUSE
        while True:
            line = Line(self.layer, self.node, self._hear, self._beaten)
            try:
                await self._talk(line)
            except Exception as error:  # a layer may fail in any way of its own; announcing must outlive it
                pause = FIRST_PAUSE if self.healthy else min(2 * pause, LONGEST_PAUSE)
                self._fault(str(error) or type(error).__name__)
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  jitter

    async def _talk(self, line: Line) -> None:
        """Use the layer until its first fault, which is raised; then its connections are dropped."""
        work: list[asyncio.Task[None]] = []
        loop = asyncio.get_running_loop()
        try:
            await line.open(self._groups)
            self._open = True
            work = [loop.create_task(do) for do in (line.listen(), line.beat(), self._speak(line), line.renew())]
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            for task in work:
                if task.done():
                    task.result()
        finally:
            self._open = False
            await self._hang_up(work)

    async def _hang_up(self, work: list[asyncio.Task[None]]) -> None:
        for task in work[1:]:
            task.cancel()
        if not await hang_up(self.layer):  # before the listener ends: it would unsubscribe, and wait for the answer
            self.layer = own_layer()
        for task in work:
            task.cancel()
        await asyncio.gather(*work, return_exceptions=True)

    async def _speak(self, line: Line) -> None:
        """Give the layer what waits, joined per room; while it takes that, the next gathers."""
        loop = asyncio.get_running_loop()
        while True:
            groups, words, frames = await self._waiting.take()
            taken = loop.time()
            for group in groups:
                await line.follow(group, group in self._groups)
            for group, message in [*words, *event_messages(self.node, frames)]:
                if loop.time() - taken > STALE_SECONDS:
                    self._overflown(True)
                    break
                await line.send(group, message)
                figures.announcements_sent += 1
            self._waiting.given()

    def _hear(self, message: dict[str, Any]) -> None:
        if message.get("node") == self.node:
            return
        figures.announcements_heard += 1
        try:
            self._heard(message)
        except Exception:  # whatever stands in the layer, this node goes on
            logger.exception("A message of the layer was not understood")

    # ── how it is ──

    def _beaten(self, seconds: float, lost: bool) -> None:
        self.latency = seconds
        figures.announcement_seconds.add(seconds)
        if not self.healthy and not self._waiting.overflown_lately():
            self.healthy = True
            logger.warning("The channel layer works again")
            self._unsure()
        elif lost:
            self._unsure()

    def _overflown(self, dropped: bool) -> None:
        if dropped and self._open:
            self._waiting.overflown_at = asyncio.get_running_loop().time()
            self._fault("it is too slow, and announcements are dropped")

    def _fault(self, why: str) -> None:
        if self.healthy:
            logger.warning("The channel layer fails (%s); messages arrive by the head check", why)
            self.healthy = False
            self._unsure()


class _Waiting:
    """What the layer has not taken yet: bounded in bytes, number and age, and dropped as a whole past that."""

    def __init__(self) -> None:
        self.idle = asyncio.Event()
        self.idle.set()
        self.overflown_at = float("-inf")
        self._some = asyncio.Event()
        self._groups: dict[str, None] = {}
        self._frames: list[tuple[str, Frame]] = []
        self._words: list[tuple[str, dict[str, Any]]] = []
        self._bytes = 0
        self._since = 0.0

    def __len__(self) -> int:
        return len(self._words) + len(self._frames)

    def add_frames(self, announcements: Announcements) -> bool:
        """True when what waited had to be dropped."""
        dropped = self._make_room(bool(announcements))
        self._frames += announcements
        self._bytes += sum(len(frame.payload) for _, frame in announcements)
        return dropped

    def add_word(self, group: str, message: dict[str, Any]) -> bool:
        """True when what waited had to be dropped."""
        dropped = self._make_room(True)
        self._words.append((group, message))
        return dropped

    def add_group(self, group: str) -> None:
        """A group was joined or left."""
        self._groups[group] = None
        self._some.set()

    async def take(self) -> tuple[list[str], list[tuple[str, dict[str, Any]]], list[tuple[str, Frame]]]:
        """The groups that changed, and the words and frames that wait and are not too old."""
        await self._some.wait()
        self._some.clear()
        if asyncio.get_running_loop().time() - self._since > STALE_SECONDS:
            self.drop()
        taken = (list(self._groups), self._words, self._frames)
        self._groups, self._words, self._frames, self._bytes = {}, [], [], 0
        return taken

    def drop(self) -> None:
        """Forget what waits to be said; changed groups are kept."""
        figures.announcements_dropped += len(self)
        self._words, self._frames, self._bytes = [], [], 0

    def given(self) -> None:
        """What was taken last is with the layer."""
        if not self._words and not self._frames:
            self.idle.set()

    def overflown_lately(self) -> bool:
        """Whether anything was dropped a moment ago."""
        return asyncio.get_running_loop().time() - self.overflown_at < STALE_SECONDS

    def _make_room(self, something: bool) -> bool:
        """Before something is added: drop what is too old or too much."""
        now = asyncio.get_running_loop().time()
        dropped = False
        if self._words or self._frames:
            old = now - self._since > STALE_SECONDS
            dropped = old or self._bytes > WAITING_BYTES or len(self._words) > WAITING_WORDS
            if dropped:
                self.drop()
        if something and not self._words and not self._frames:
            self._since = now
        if something:
            self.idle.clear()
            self._some.set()
        return dropped
