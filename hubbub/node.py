"""One server process: its hub, journal, announcer, presence, sessions and guard, put together on first use.

The app needs no lifespan: the first socket starts the node. Call from its event loop only; code in other threads and
processes (views, signals, commands) tells through outside.py.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

from hubbub import access, announce, blocks, headlines, history, identity
from hubbub.announce import Announcements, Announcer
from hubbub.chores import Chores
from hubbub.conf import settings
from hubbub.elsewhere import TELL_SECONDS, Elsewhere
from hubbub.errors import Goodbye, spread_of
from hubbub.figures import figures
from hubbub.gather import Gather
from hubbub.guard import Guard
from hubbub.hub import Hub
from hubbub.identity import Identity
from hubbub.journal import Journal
from hubbub.journal.scrubbing import follow_removals, scrubs
from hubbub.listing import ROOMS, Listing
from hubbub.models import Epoch
from hubbub.presence import Presence
from hubbub.protocol import Called, Entered, Event, Frame, RoomView, encode
from hubbub.rates import rates
from hubbub.readers import Readers
from hubbub.sessions import Sessions

logger = logging.getLogger("hubbub.node")

LAYER_FIRST_SECONDS = 0.2  # what others wrote comes through the layer, if there is one; the check is for what does not

T = TypeVar("T")


class Node:
    """The parts of one process, on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.epoch = ""
        self.draining = False
        self._readers = Readers(loop)
        self._chores = Chores(loop)
        self.sessions = Sessions()
        self.guard = Guard(
            self._chores, self.read, self.sessions, lambda: self.hub.audiences, lambda: self.announcer.healthy
        )
        self.hub = Hub(self.read, self._follow, self.guard.look)
        self._heads_due = asyncio.Event()
        self.announcer = Announcer(self._heard, self._unsure)
        self.journal = Journal(self.committed, self.entered)
        self.presence = Presence(self.hub.tell, self.announcer.say)
        self.listing = Listing(self._chores, self.announcer.say, self.read)
        self.elsewhere = Elsewhere(rates, self.announcer.node, self.announcer.say)
        self.identities: Gather[Mapping[str, str], Identity | None] = Gather(self.read, identity.of_many_cookies)
        self.greetings: Gather[UUID, tuple[list[RoomView], list[str]]] = Gather(self.read, _greetings_of)
        self.admissions: Gather[tuple[UUID, str], bool] = Gather(self.read, access.each_may_read)
        self._due_soon = False

    def start(self) -> None:
        """Begin to listen to other nodes and to check heads, presence and sessions."""
        self.announcer.start()
        self.journal.watch(lambda: bool(self.hub.audiences), self._others_wrote)
        self.guard.start()
        self._chores.begin(self._check_heads())
        self._chores.begin(self._tick())
        if scrubs():
            self._chores.begin(follow_removals(self.journal))
        if self.announcer.layer is not None and settings().rate_limits:
            self.elsewhere.start()
            self._chores.begin(self._tell_rates())

    async def read(self, function: Callable[..., T], *args: Any) -> T:
        """Run a database read in one of the node's reader threads."""
        return await self._readers.read(function, *args)

    async def know_epoch(self) -> str:
        """The database's epoch, read once per process."""
        if not self.epoch:
            self.epoch = await self.read(Epoch.current)
        return self.epoch

    # ── what was committed, here and elsewhere ──

    def committed(self, announcements: Announcements) -> None:
        """Announce what the journal of this node committed, or another thread of this process."""
        self.hub.deliver(announcements)
        self.announcer.announce(announcements)
        self.listing.committed(announcements)
        if called := headlines.called(announcements):
            self._tell_called(called)
            self.announcer.say(announce.NODES, called_words(called))

    def entered(self, room: str, people: Sequence[str]) -> None:
        """Tell those who are in a room that they were not in: all their windows list it."""
        self._chores.begin(self._chores.survive(self._tell_entered(room, people)))

    async def _tell_entered(self, room: str, people: Sequence[str]) -> None:
        for person, view in await self.read(history.views, room, people):
            self.tell_person(person, Entered(room=room, view=view))

    def _follow(self, key: str, on: bool) -> None:
        self.announcer.follow(key, on)

    def _heard(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "hubbub.events":
                self.hub.deliver(announce.frames_of(message))
            case "hubbub.here" | "hubbub.typing":
                self.presence.heard(message)
            case "hubbub.tell":
                self._tell_person(message["person"], Frame(bytes(message["payload"])))
            case "hubbub.called":
                self._tell_called(message["people"])
            case "hubbub.rates" | "hubbub.rates.ask":
                self.elsewhere.heard(message)
            case "hubbub.listed":
                self.listing.changed(message.get("of", ROOMS), message.get("room", ""))
            case "hubbub.end":
                self.sessions.end(**message["who"])

    def _unsure(self) -> None:
        """The layer failed, works again, or lost something: look at the heads now, and say again who is here."""
        self._heads_due.set()
        self.presence.say_again()

    def end(self, who: Mapping[str, str]) -> None:
        """Close the sockets of an ended session here and on other nodes."""
        self.sessions.end(**who)
        self.announcer.say(announce.NODES, end_words(who))

    def tell_person(self, person: str, event: Event) -> None:
        """Tell a person's full sockets, here and on other nodes."""
        frame = encode(event)
        self._tell_person(person, frame)
        self.announcer.say(announce.NODES, tell_words(person, frame))

    def _tell_called(self, people: Iterable[str]) -> None:
        frame = encode(Called())
        for person in people:
            self._tell_person(person, frame)

    def _tell_person(self, person: str, frame: Frame) -> None:
        for bearer in self.sessions.of_person(person):
            if bearer.kind == "full":
                bearer.tell(frame)

    # ── regular work ──

    async def _check_heads(self) -> None:
        while True:
            s = settings()
            with suppress(TimeoutError):
                async with asyncio.timeout(s.head_check_seconds if self._carried else s.head_check_alone_seconds):
                    await self._heads_due.wait()
            self._heads_due.clear()
            await self._chores.survive(self.hub.check_heads())

    def _others_wrote(self) -> None:
        """Another process committed: look at the heads, but let a layer that carries announcements go first."""
        if not self._due_soon:
            self._due_soon = True
            self.loop.call_later(LAYER_FIRST_SECONDS if self._carried else 0, self._heads_are_due)

    def _heads_are_due(self) -> None:
        self._due_soon = False
        self._heads_due.set()

    @property
    def _carried(self) -> bool:
        """Whether a layer carries announcements between the processes now."""
        return self.announcer.layer is not None and self.announcer.healthy

    async def _tick(self) -> None:
        while True:
            due = time.monotonic() + 1.0
            await asyncio.sleep(1.0)
            figures.loop_lag_seconds.add(max(0.0, time.monotonic() - due))
            self.presence.tick()

    async def _tell_rates(self) -> None:
        while True:
            await asyncio.sleep(TELL_SECONDS)
            self.elsewhere.tick(connected=self.announcer.healthy)

    # ── the end ──

    async def drain(self) -> None:
        """Take no more commands, finish what is in flight, say Goodbye with 1012 (G7)."""
        self.draining = True
        await self.journal.drain()
        spread = self.spread()
        for bearer in list(self.sessions.bearers):
            bearer.goodbye(Goodbye.RESTART, spread)
        self.elsewhere.leave()
        self.presence.tick()  # the other nodes hear now that nobody is here any more, not after 45 s of silence
        if self._carried:
            await self.announcer.said(1.0)

    def spread(self) -> float:
        """Over how many seconds the clients of this node should come back, if all have to."""
        return spread_of(len(self.sessions.bearers))

    def stop(self) -> None:
        """End the node's tasks and threads."""
        _nodes.pop(self.loop, None)
        self.announcer.stop()
        self.elsewhere.stop()
        self._chores.stop()
        self.journal.close()
        self._readers.close()


_nodes: dict[asyncio.AbstractEventLoop, Node] = {}


def current() -> Node:
    """The node of the running event loop, started now if need be."""
    loop = asyncio.get_running_loop()
    node = _nodes.get(loop)
    if node is None:
        for dead in [known for known in _nodes if known.is_closed()]:
            del _nodes[dead]
        node = _nodes[loop] = Node(loop)
        node.start()
    return node


def running() -> Node | None:
    """The node of this process, whatever the thread; None in a process without sockets."""
    return next((node for loop, node in list(_nodes.items()) if not loop.is_closed()), None)


def tell_words(person: str, frame: Frame) -> dict[str, Any]:
    """What tells other nodes to tell a person."""
    return {"type": "hubbub.tell", "person": person, "payload": frame.payload}


def called_words(people: Iterable[str]) -> dict[str, Any]:
    """What tells other nodes that these people were called by name."""
    return {"type": "hubbub.called", "people": sorted(people)}


def end_words(who: Mapping[str, str]) -> dict[str, Any]:
    """What tells other nodes who ended."""
    return {"type": "hubbub.end", "who": who}


def _greetings_of(people: Sequence[UUID]) -> list[tuple[list[RoomView], list[str]]]:
    """For the welcome of each of these people: their rooms, and whom they block."""
    rooms = history.rooms_of(set(people), settings().rooms_listed)
    blocked = blocks.of_many(set(people))
    return [(rooms[person], blocked[person]) for person in people]
