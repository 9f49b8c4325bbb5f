"""One server process: its hub, journal, announcer, presence and sessions, put together on first use.

The app needs no lifespan: the first socket starts the node. Code in other threads (views, signals) reaches the
node of its process, if there is one, through `tell_nodes`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeVar
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db import DatabaseError

from hubbub import access, announce, blocks, headlines, history, identity, policy, sessions
from hubbub.announce import Announcements, Announcer
from hubbub.conf import settings
from hubbub.elsewhere import TELL_SECONDS, Elsewhere
from hubbub.errors import Goodbye, spread_of
from hubbub.figures import figures
from hubbub.gather import Gather
from hubbub.history import Head
from hubbub.hub import Hub
from hubbub.identity import Identity
from hubbub.journal import Journal
from hubbub.journal.scrubbing import follow_removals, scrubs
from hubbub.listing import ACTS, PEOPLE, ROOMS, Listing, concerns_rooms, listed_words
from hubbub.models import Epoch
from hubbub.presence import Presence
from hubbub.protocol import Called, Event, Frame, RoomView, encode
from hubbub.rates import rates
from hubbub.readers import Readers
from hubbub.sessions import Bearer, Sessions
from hubbub.trace import first_line

logger = logging.getLogger("hubbub.node")

UNHEARD_SECONDS = 2.0  # between checks of the sessions while the layer does not tell who was signed out elsewhere
LAYER_FIRST_SECONDS = 0.2  # what others wrote comes through the layer, if there is one; the check is for what does not

ALONE_SECONDS = 1.0  # that a view without a node waits for the layer
ALONE_PAUSE = 10.0  # before it tries again

T = TypeVar("T")


class Node:
    """The parts of one process, on one event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.epoch = ""
        self.draining = False
        self._readers = Readers(loop)
        self.hub = Hub(self.read, self._follow, self.guard)
        self._heads_due = asyncio.Event()
        self.announcer = Announcer(self._heard, self._unsure)
        self.journal = Journal(self._committed)
        self.presence = Presence(self.hub.tell, self.announcer.say)
        self.listing = Listing(loop, self.announcer.say, self.read)
        self.elsewhere = Elsewhere(rates, self.announcer.node, self.announcer.say)
        self.sessions = Sessions()
        self.identities: Gather[Mapping[str, str], Identity | None] = Gather(self.read, identity.of_many_cookies)
        self.greetings: Gather[UUID, tuple[list[RoomView], list[str]]] = Gather(self.read, _greetings_of)
        self.admissions: Gather[tuple[UUID, str], bool] = Gather(self.read, access.each_may_read)
        self.proofs: Gather[Identity, Goodbye | None] = Gather(self.read, _ends_of)
        self._tasks: list[asyncio.Task[None]] = []
        self._due_soon = False
        self._guarding: set[str] = set()

    def start(self) -> None:
        """Begin to listen to other nodes and to check heads, presence and sessions."""
        self.announcer.start()
        self.journal.watch(lambda: bool(self.hub.audiences), self._others_wrote)
        for work in (self._check_heads, self._check_sessions, self._check_guarded, self._tick):
            self._tasks.append(self.loop.create_task(work()))
        if scrubs():
            self._tasks.append(self.loop.create_task(follow_removals(self.journal)))
        if settings().policy:
            self._tasks.append(self.loop.create_task(self._ask_policy()))
        if self.announcer.layer is not None and settings().rate_limits:
            self.elsewhere.start()
            self._tasks.append(self.loop.create_task(self._tell_rates()))

    async def read(self, function: Callable[..., T], *args: Any) -> T:
        """Run a database read in one of the node's reader threads."""
        return await self._readers.read(function, *args)

    async def know_epoch(self) -> str:
        """The database's epoch, read once per process."""
        if not self.epoch:
            self.epoch = await self.read(Epoch.current)
        return self.epoch

    # ── what was committed, here and elsewhere ──

    def _committed(self, announcements: Announcements) -> None:
        self.hub.deliver(announcements)
        self.announcer.announce(announcements)
        self.listing.committed(announcements)
        if called := headlines.called(announcements):
            self._tell_called(called)
            self.announcer.say(announce.NODES, _called_words(called))

    def publish(self, announcements: Announcements) -> None:
        """Announce what another thread of this process committed. Safe from any thread."""
        self.loop.call_soon_threadsafe(self._committed, announcements)

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

    def end(self, **who: str) -> None:
        """Close the sockets of an ended session here and on other nodes. Safe from any thread."""
        self.loop.call_soon_threadsafe(self._end, who)

    def _end(self, who: dict[str, str]) -> None:
        self.sessions.end(**who)
        self.announcer.say(announce.NODES, {"type": "hubbub.end", "who": who})

    def tell_person(self, person: str, event: Event) -> None:
        """Tell a person's full sockets, here and on other nodes."""
        frame = encode(event)
        self._tell_person(person, frame)
        words = {"type": "hubbub.tell", "person": person, "payload": frame.payload}
        self.announcer.say(announce.NODES, words)

    def _tell_called(self, people: Iterable[str]) -> None:
        frame = encode(Called())
        for person in people:
            self._tell_person(person, frame)

    def _tell_person(self, person: str, frame: Frame) -> None:
        for bearer in self.sessions.of_person(person):
            if bearer.kind == "full":
                bearer.tell(frame)

    # ── who may still follow a room ──

    def guard(self, key: str) -> None:
        """A room's own state or who may follow it changed: look it up, and put out who may not."""
        self._guarding.add(key)
        if len(self._guarding) == 1:
            self.loop.call_soon(lambda: self._spawn(self._survive(self._look_guarded())))

    async def _look_guarded(self) -> None:
        """Look up the rooms in which something changed; what can't be read now, the regular check reads."""
        keys, self._guarding = self._guarding, set()
        await self._put_out(keys)

    async def _check_guarded(self) -> None:
        while True:
            await asyncio.sleep(settings().session_check_seconds)
            await self._survive(self._put_out([key for key, room in self.hub.audiences.items() if room.guarded]))

    async def _put_out(self, keys: Iterable[str]) -> None:
        """Take the sockets of who may not read these rooms any more out of them (G8)."""
        following: dict[str, set[Bearer]] = {key: set() for key in keys}
        afar: dict[str, set[Bearer]] = {}
        for bearer in self.sessions.bearers if following else ():
            for key in following.keys() & bearer.rooms.keys():
                following[key].add(bearer)
            for key in following.keys() & bearer.afar if bearer.afar else ():
                afar.setdefault(key, set()).add(bearer)
        heads, gone = await self.read(_guarded, _ids(following), _ids(afar)) if following else ([], set())
        for head in heads:
            if audience := self.hub.audiences.get(head.key):
                audience.stands(head)
        for key, person in gone:
            for bearer in [*following[key], *afar.get(key, ())]:
                if bearer.identity.id == person and (key in bearer.rooms or key in bearer.afar):
                    bearer.put_out(key)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self._tasks.append(task)
        task.add_done_callback(self._tasks.remove)

    # ── regular work ──

    async def _check_heads(self) -> None:
        while True:
            s = settings()
            with suppress(TimeoutError):
                async with asyncio.timeout(s.head_check_seconds if self._carried else s.head_check_alone_seconds):
                    await self._heads_due.wait()
            self._heads_due.clear()
            await self._survive(self.hub.check_heads())

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

    async def _check_sessions(self) -> None:
        last = self.loop.time()
        while True:
            await asyncio.sleep(0.5)
            often = settings().session_check_seconds
            due = self.loop.time() - last > (often if self.announcer.healthy else min(often, UNHEARD_SECONDS))
            bearers = list(self.sessions.bearers) if due else self.sessions.take_fresh()
            last = self.loop.time() if due else last
            if bearers:
                await self._survive(self._end_ended(bearers))

    async def _ask_policy(self) -> None:
        """Where guests are let in no more, those who are here go."""
        while True:
            await self._survive(self.read(policy.refresh))
            if not policy.guests():
                for bearer in [bearer for bearer in self.sessions.bearers if bearer.identity.guest]:
                    bearer.goodbye(Goodbye.NO_GUESTS)
            await asyncio.sleep(policy.EVERY_SECONDS)

    async def _end_ended(self, bearers: list[Bearer]) -> None:
        gone, moved = await self.read(_looked_up, [bearer.identity for bearer in bearers])
        for bearer in bearers:
            bearer.proven = True
            if bearer.identity in gone:
                bearer.end_session()
            elif bearer.identity in moved:
                bearer.goodbye(Goodbye.NEW_IDENTITY)

    async def prove(self, bearer: Bearer) -> None:
        """Close this socket now if whoever came by a ticket alone is signed out or somebody else by now. A crowd shares
        the look. Raises DatabaseError."""
        if ends := await self.proofs.ask(bearer.identity):
            bearer.end_session() if ends == Goodbye.SIGNED_OUT else bearer.goodbye(ends)
        bearer.proven = True

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

    async def _survive(self, work: Awaitable[Any]) -> None:
        """A regular check that fails is tried again at its next turn."""
        try:
            await work
        except DatabaseError as error:
            logger.debug("The database can't be asked: %s", first_line(error))  # said once, by whom it met
        except Exception:  # regular work outlives its faults
            logger.exception("A regular check failed")

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
        for task in list(self._tasks):
            task.cancel()
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


def publish(announcements: Announcements) -> None:
    """Announce what was committed outside of a node's journal: by a view, a command or a shell."""
    if not announcements:
        return
    if node := running():
        node.publish(announcements)
    else:
        listed = [(announce.NODES, listed_words(ROOMS))] if concerns_rooms(announcements) else []
        called = headlines.called(announcements)
        calls = [(announce.NODES, _called_words(called))] if called else []
        _say_alone([*announce.event_messages("", announcements), *listed, *calls])


def _called_words(people: Iterable[str]) -> dict[str, Any]:
    return {"type": "hubbub.called", "people": sorted(people)}


def tell_person(person: str, event: Event) -> None:
    """Tell a person's full sockets, wherever they are, from any thread or process."""
    if node := running():
        node.loop.call_soon_threadsafe(node.tell_person, person, event)
    else:
        words = {"type": "hubbub.tell", "person": person, "payload": encode(event).payload}
        _say_alone([(announce.NODES, words)])


def people_changed() -> None:
    """Who looks at the list of people hears that it is another. From any thread or process."""
    _list_changed(PEOPLE)


def acts_changed(room: str) -> None:
    """The moderators of the room with this key who look at what is done there hear that it is more. Likewise."""
    _list_changed(ACTS, room)


def _list_changed(of: str, room: str = "") -> None:
    if node := running():
        node.loop.call_soon_threadsafe(node.listing.tell, of, room)
    else:
        _say_alone([(announce.NODES, listed_words(of, room))])


def _end_everywhere(**who: str) -> None:
    if node := running():
        node.end(**who)
    else:
        _say_alone([(announce.NODES, {"type": "hubbub.end", "who": who})])


_tell_again_at = 0.0


def _say_alone(messages: list[tuple[str, dict[str, Any]]]) -> None:
    """Send to the layer from a process without a node. What the layer loses, the head check finds."""
    layer = announce.joining_layer()
    if layer is None:
        return

    async def send() -> None:
        async with asyncio.timeout(ALONE_SECONDS):
            for group, message in messages:
                await layer.group_send(group, {**message, "node": ""})

    global _tell_again_at
    if time.monotonic() < _tell_again_at:
        return
    try:
        async_to_sync(send)()
    except Exception as error:  # a layer may fail in any way of its own; the commit stands
        _tell_again_at = time.monotonic() + ALONE_PAUSE
        logger.warning("The channel layer can't be told (%s); others see it by the head check", first_line(error))


def _ids(bearers: Mapping[str, Iterable[Bearer]]) -> dict[str, set[UUID]]:
    return {key: {bearer.identity.id for bearer in some} for key, some in bearers.items()}


def _guarded(
    following: Mapping[str, set[UUID]], afar: Mapping[str, set[UUID]]
) -> tuple[list[Head], set[tuple[str, UUID]]]:
    """Where these rooms stand now, and who of those that follow them may not, or hears of them in brief and is not in
    them."""
    return history.heads(following), access.outsiders(following) | access.absent(afar)


def _looked_up(identities: Sequence[Identity]) -> tuple[set[Identity], set[Identity]]:
    """Who of these is signed out, and who is somebody else by now."""
    return sessions.ended(identities), sessions.moved(identities)


def _ends_of(identities: Sequence[Identity]) -> list[Goodbye | None]:
    """How the sockets of these are to end; None where they are to stay."""
    gone, moved = _looked_up(identities)
    return [Goodbye.SIGNED_OUT if one in gone else Goodbye.NEW_IDENTITY if one in moved else None for one in identities]


def _greetings_of(people: Sequence[UUID]) -> list[tuple[list[RoomView], list[str]]]:
    """For the welcome of each of these people: their rooms, and whom they block."""
    rooms = history.rooms_of(set(people), settings().rooms_listed)
    blocked = blocks.of_many(set(people))
    return [(rooms[person], blocked[person]) for person in people]


sessions.on_end(_end_everywhere)
