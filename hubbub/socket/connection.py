"""What every socket does: admission, the wire, posts in flight, refusals, the way out."""

from __future__ import annotations

import asyncio
import itertools
import logging

from django.db import DatabaseError
from msgspec import UNSET, UnsetType

from hubbub import chat, errors, node
from hubbub.conf import settings
from hubbub.errors import Goodbye, Refusal
from hubbub.figures import figures
from hubbub.hub import Arrival
from hubbub.identity import Identity
from hubbub.journal import Outcome, Stored
from hubbub.opening import Moved
from hubbub.protocol import BadFrame, Frame, Refused
from hubbub.rates import rates
from hubbub.socket.admission import Scope, origin_allowed, recognise
from hubbub.trace import begin, trace
from hubbub.wire import Receive, Send, Wire, open_wire

logger = logging.getLogger("hubbub.socket")

_numbers = itertools.count(1)


class Socket:
    """What both sockets have in common."""

    kind = ""  # for figures
    subprotocol: str | None = None

    __slots__ = (
        "_receive", "_resume", "_send", "address", "afar", "here", "identity", "in_flight", "node", "number", "proven",
        "rooms", "scope", "wire",
    )  # fmt: skip

    identity: Identity
    proven: bool  # whether the database was asked who it is; a ticket is only a note of it

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self.node = node.current()
        self.number = next(_numbers)
        self.address = str((scope.get("client") or ("",))[0])
        self.wire: Wire = open_wire(scope, send, settings().backlog_bytes)
        self.rooms: dict[str, str] = {}
        self.afar: frozenset[str] = frozenset()  # rooms that it hears of in brief
        self.here: set[str] = set()
        self.in_flight = 0
        self._resume: asyncio.Future[None] | None = None

    # ── in and out ──

    async def run(self) -> None:
        """From the handshake to the last frame."""
        await self._receive()
        if not trace():
            begin()
        if not await self._admit():
            return
        counted = rates.open_socket(self.identity.id, self.address)
        try:
            if counted and not self.node.draining:
                await self._look_ahead()
            await self._accept()
            figures.sockets_opened += 1
            logger.debug("Open (%s)", self.kind)
            if counted and not self.node.draining and await self._greet():
                await self._listen()
            else:
                self.wire.goodbye(self._turned_away(counted), self.node.spread())
                await self._gone()
        finally:
            self._leave_all()
            if counted:
                rates.close_socket(self.identity.id, self.address)
            self._log_end()

    def _log_end(self) -> None:
        """One line for a socket's end: for all to see when it was sent away for something."""
        if self.wire.closing in (None, Goodbye.RESTART):
            logger.debug("Closed")
        else:
            logger.info("Goodbye %d: %s", self.wire.closing, self.wire.closing.reason)

    def _turned_away(self, counted: bool) -> Goodbye:
        if not counted:
            return rates.turned_away(self.identity.id, self.address)
        return Goodbye.RESTART if self.node.draining else Goodbye.TRY_LATER

    async def _admit(self) -> bool:
        """Find out who it is. A foreign Origin, or a guest where there are none, is refused before acceptance."""
        if not origin_allowed(self.scope):
            return await self._shut_out(Goodbye.NOT_ALLOWED)
        try:
            who, verified = await recognise(self.scope, self.node)
        except DatabaseError:
            return await self._shut_out(Goodbye.TRY_LATER)
        if who is None:
            return await self._shut_out(Goodbye.SIGNED_OUT)
        self.identity = who
        self.node.sessions.add(self, verified=verified)
        return True

    async def _shut_out(self, why: Goodbye) -> bool:
        figures.turned_away.add(int(why))
        await self._send({"type": "websocket.close", "code": int(why)})
        return False

    async def _accept(self) -> None:
        offered = self.scope.get("subprotocols", [])
        chosen = self.subprotocol if self.subprotocol in offered else None
        await self._send({"type": "websocket.accept", "subprotocol": chosen})

    async def _look_ahead(self) -> None:
        """What must be known before the client may think that it is here."""

    async def _greet(self) -> bool:
        """Say the first words. False when the database can't be asked."""
        raise NotImplementedError  # pragma: no cover

    async def _take(self, text: str) -> None:
        """One frame."""
        raise NotImplementedError  # pragma: no cover

    def _put_off(self, text: str) -> None:
        """One frame that comes while the node drains: refused, for the next node to take."""
        self._refuse(errors.try_again())

    async def _listen(self) -> None:
        while self.wire.closing is None:
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                return
            text = event.get("text")
            if text is None:
                self._bad_frame(BadFrame("Frames are text, not bytes."))
            elif _bytes(text) > settings().frame_bytes:
                self.wire.goodbye(Goodbye.TOO_BIG)
            elif self.node.draining:
                self._put_off(text)
            else:
                await self._take(text)
                if self.in_flight >= settings().posts_in_flight:
                    await self._until_fewer_in_flight()
        await self._gone()

    async def _gone(self) -> None:
        """After a Goodbye: wait for the other side to go, but not for long."""
        try:
            async with asyncio.timeout(10):
                while (await self._receive())["type"] != "websocket.disconnect":
                    pass
        except TimeoutError:
            return

    def _leave_all(self) -> None:
        self.node.sessions.remove(self)
        self.node.listing.forget(self)
        self._leave_rooms()

    def _leave_rooms(self) -> None:
        for key in list(self.rooms):
            self._leave(key)

    def _leave(self, key: str) -> None:
        if self.rooms.pop(key, None) is not None:
            self.node.hub.leave(self.wire, key)
            if key in self.here:
                self.here.discard(key)
                self.node.presence.leave(key, self.identity.view)

    def _enter(self, key: str) -> None:
        """Count this person as being in the room, once for this socket."""
        if key not in self.here:
            self.here.add(key)
            self.node.presence.enter(key, self.identity.view)

    # ── following a room ──

    async def _follow(
        self, name: str, key: str, since: int | None, *, reset: bool = False, plain: bool = False
    ) -> Arrival:
        """Let the wire follow the room, if this person may. Raises Refusal `no_such_room`, DatabaseError."""
        self.rooms[key] = name  # from here on who looks for those that may not be there finds this socket
        try:
            arrival = await self.node.hub.join(
                self.wire, key, name, since, reset=reset, plain=plain, admit=self._check_may_read
            )
        except Moved as moved:
            self._leave(key)
            return await self._follow(name, moved.key, since, reset=reset, plain=plain)
        except BaseException:
            self._leave(key)  # who joins again has left the hub by now
            raise
        if key not in self.rooms:  # put out while it was let in
            self.node.hub.leave(self.wire, key)
            raise errors.no_such_room()
        self.rooms[key] = arrival.name
        return arrival

    async def _check_may_read(self, key: str) -> None:
        """Refuses `no_such_room`. A crowd that comes back shares the look."""
        if not await self.node.admissions.ask((self.identity.id, key)):
            raise errors.no_such_room()

    # ── what the node says to it ──

    def put_out(self, key: str) -> None:
        raise NotImplementedError  # pragma: no cover

    def end_session(self) -> None:
        self.goodbye(Goodbye.SIGNED_OUT)

    def goodbye(self, why: Goodbye, spread: float = 0) -> None:
        """Close, and hear nothing more of any room from this moment on."""
        self._leave_rooms()
        self.wire.goodbye(why, spread)

    def tell(self, frame: Frame) -> None:
        self.wire.send_frames((frame,))

    # ── refusals ──

    def _refuse(self, refusal: Refusal, ref: str | UnsetType = UNSET, nonce: str | UnsetType = UNSET) -> None:
        figures.refusals.add(refusal.code)
        self.wire.send(
            Refused(
                ref=ref,
                code=refusal.code,
                message=refusal.message,
                nonce=nonce,
                field=refusal.field or UNSET,
                retry_after=refusal.retry_after or UNSET,
            )
        )

    def _bad_frame(self, error: BadFrame) -> None:
        if not rates.check_frame(self.number):
            self.goodbye(Goodbye.BAD_PROTOCOL)
            return
        self._refuse(Refusal("bad_frame", error.message, field=error.field), error.ref or UNSET)

    # ── posting ──

    async def _prove(self) -> bool:
        """Whether who it is may change anything: whoever came by a ticket is looked up before the first time. Raises
        DatabaseError."""
        if not self.proven:
            await self.node.guard.prove(self)
        return self.wire.closing is None

    async def _post(self, room: str, text: str, nonce: str, ref: str | UnsetType, reply_to: int | None = None) -> None:
        """Returns when the post has its place in the journal's line: the next frame is taken only then."""
        shown = nonce or UNSET
        try:
            chat.check_post_rate(self.identity, self.address)
            draft = await chat.draft_aside(self.node, self.identity, room, text, nonce, reply_to)
            if self.node.draining:
                raise errors.try_again()
        except (Refusal, DatabaseError) as error:
            self._refuse_post(error if isinstance(error, Refusal) else errors.try_again(), ref, shown)
            return
        if self.wire.closing is not None:
            return  # sent away while it was rendered, perhaps for good (G8)
        self.in_flight += 1
        chat.post(self.node, draft, lambda outcome: self._posted(outcome, ref, shown))

    def _refuse_post(self, refusal: Refusal, ref: str | UnsetType, nonce: str | UnsetType) -> None:
        self._refuse(refusal, ref, nonce)
        if refusal.code == "rate_limited" and not rates.check_refusals(self.number):
            self.goodbye(Goodbye.FLOODING)

    def _posted(self, outcome: Outcome, ref: str | UnsetType, nonce: str | UnsetType) -> None:
        self.in_flight -= 1
        if self._resume is not None and not self._resume.done():
            self._resume.set_result(None)
        if isinstance(outcome, Stored):
            self._acknowledge(outcome, ref, nonce)
        else:
            self._refuse(outcome, ref, nonce)

    def _acknowledge(self, stored: Stored, ref: str | UnsetType, nonce: str | UnsetType) -> None:
        """The plain socket sees its own message come by: that is its answer."""

    async def _until_fewer_in_flight(self) -> None:
        self._resume = asyncio.get_running_loop().create_future()
        await self._resume
        self._resume = None


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
