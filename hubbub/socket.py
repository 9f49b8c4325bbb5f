"""One socket: who is it, frames in, refusals out. Bare ASGI callables, so no frame costs a hop between threads.

`full_socket` speaks docs/protocol.md; `room_socket` is the plain socket of one room. What they have in common is
`Socket`: admission, the wire, posts in flight, the way out.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings as django_settings
from django.db import DatabaseError
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host
from msgspec import UNSET, UnsetType

from hubbub import chat, errors, history, identity, node
from hubbub.conf import settings
from hubbub.errors import Goodbye, Refusal
from hubbub.hub import Arrival
from hubbub.identity import Identity
from hubbub.journal import Outcome, Stored
from hubbub.models.room_name import clean_room_name, room_key
from hubbub.node import Node
from hubbub.protocol import (
    VERSION,
    AnyCommand,
    BadFrame,
    Frame,
    History,
    HistoryPage,
    Join,
    Joined,
    Leave,
    Limits,
    Ok,
    Ping,
    Pong,
    Post,
    Read,
    Ref,
    Refused,
    Reset,
    Synced,
    Typing,
    Welcome,
    decode_command,
    decode_plain,
    encode,
)  # fmt: skip
from hubbub.rates import rates
from hubbub.wire import Wire, open_wire

logger = logging.getLogger("hubbub.socket")

Scope = dict[str, Any]
_numbers = itertools.count(1)


async def full_socket(scope: Scope, receive: Any, send: Any) -> None:
    """`/ws/`: many rooms on one connection, subprotocol hubbub.v1."""
    await FullSocket(scope, receive, send).run()


async def room_socket(scope: Scope, receive: Any, send: Any) -> None:
    """`/ws/chat/<room>/`: one room, for ten-line scripts. `?since=N` resumes."""
    await RoomSocket(scope, receive, send).run()


class Socket:
    """What both sockets have in common."""

    subprotocol: str | None = None

    __slots__ = (
        "_receive", "_resume", "_send", "address", "identity", "in_flight", "node", "number", "rooms", "scope", "wire",
    )  # fmt: skip

    identity: Identity

    def __init__(self, scope: Scope, receive: Any, send: Any) -> None:
        self.scope = scope
        self._receive = receive
        self._send = send
        self.node = node.current()
        self.number = next(_numbers)
        self.address = str((scope.get("client") or ("",))[0])
        self.wire: Wire = open_wire(scope, send, settings().backlog_bytes)
        self.rooms: dict[str, str] = {}
        self.in_flight = 0
        self._resume: asyncio.Future[None] | None = None

    # ── in and out ──

    async def run(self) -> None:
        """From the handshake to the last frame."""
        await self._receive()
        if not await self._admit():
            return
        counted = rates.open_socket(self.identity.id, self.address)
        try:
            await self._accept()
            if counted and not self.node.draining and await self._greet():
                await self._listen()
            else:
                self.wire.goodbye(self._turned_away(counted))
                await self._gone()
        finally:
            self._leave_all()
            if counted:
                rates.close_socket(self.identity.id, self.address)

    def _turned_away(self, counted: bool) -> Goodbye:
        if not counted:
            return Goodbye.FLOODING
        return Goodbye.RESTART if self.node.draining else Goodbye.TRY_LATER

    async def _admit(self) -> bool:
        """Find out who it is. A foreign Origin, or a guest where there are none, is refused before acceptance."""
        if not origin_allowed(self.scope):
            await self._send({"type": "websocket.close", "code": int(Goodbye.NOT_ALLOWED)})
            return False
        try:
            who, verified = await recognise(self.scope, self.node)
        except DatabaseError:
            await self._send({"type": "websocket.close", "code": int(Goodbye.TRY_LATER)})
            return False
        if who is None:
            await self._send({"type": "websocket.close", "code": int(Goodbye.SIGNED_OUT)})
            return False
        self.identity = who
        self.node.sessions.add(self, verified=verified)
        return True

    async def _accept(self) -> None:
        offered = self.scope.get("subprotocols", [])
        chosen = self.subprotocol if self.subprotocol in offered else None
        await self._send({"type": "websocket.accept", "subprotocol": chosen})

    async def _greet(self) -> bool:
        """Say the first words. False when the database can't be asked."""
        raise NotImplementedError  # pragma: no cover

    async def _take(self, text: str) -> None:
        """One frame."""
        raise NotImplementedError  # pragma: no cover

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
            elif not self.node.draining:
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
        for key in list(self.rooms):
            self._leave(key)

    def _leave(self, key: str) -> None:
        if self.rooms.pop(key, None) is not None:
            self.node.hub.leave(self.wire, key)
            self.node.presence.leave(key, self.identity.view)

    # ── what the node says to it ──

    def end_session(self) -> None:
        self.goodbye(Goodbye.SIGNED_OUT)

    def goodbye(self, why: Goodbye) -> None:
        """Close, and hear nothing more of any room from this moment on."""
        for key in list(self.rooms):
            self._leave(key)
        self.wire.goodbye(why)

    def tell(self, frame: Frame) -> None:
        self.wire.send_frames((frame,))

    # ── refusals ──

    def _refuse(self, refusal: Refusal, ref: str | UnsetType = UNSET, nonce: str | UnsetType = UNSET) -> None:
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

    def _post(self, room: str, text: str, nonce: str, ref: str | UnsetType) -> None:
        shown = nonce or UNSET
        try:
            chat.check_post_rate(self.identity, self.address)
            draft = chat.draft(self.identity, room, text, nonce)
        except Refusal as refusal:
            self._refuse(refusal, ref, shown)
            if refusal.code == "rate_limited" and not rates.check_refusals(self.number):
                self.goodbye(Goodbye.FLOODING)
            return
        self.in_flight += 1
        chat.post(self.node, draft, lambda outcome: self._posted(outcome, ref, shown))

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


class RoomSocket(Socket):
    """The plain socket of one room: `{"message": …}` in, message events out."""

    __slots__ = ("key", "name")

    async def _greet(self) -> bool:
        raw = self.scope.get("url_route", {}).get("kwargs", {}).get("room", "")
        try:
            self.name = clean_room_name(raw)
        except Refusal as refusal:
            self._refuse(refusal)
            self.wire.goodbye(Goodbye.NO_SUCH_ROOM)
            return True
        self.key = room_key(self.name)
        try:
            arrival = await self.node.hub.join(self.wire, self.key, self.name, _since(self.scope), plain=True)
        except DatabaseError:
            return False
        self.rooms[self.key] = self.name
        self.node.presence.enter(self.key, self.identity.view)
        messages = arrival.page.messages if arrival.page else []
        frames = [encode(message) for message in messages]
        self.wire.send_frames(frames + [frame for frame in arrival.frames if frame.ordinal])
        return True

    async def _take(self, text: str) -> None:
        try:
            message = decode_plain(text)
        except BadFrame as error:
            self._bad_frame(error)
            return
        self._post(self.name, message, "", UNSET)


class FullSocket(Socket):
    """The socket of docs/protocol.md."""

    subprotocol = VERSION

    __slots__ = ()

    async def _greet(self) -> bool:
        try:
            epoch = await self.node.know_epoch()
            rooms = await self.node.rooms_of(self.identity.id)
        except DatabaseError:
            return False
        s = settings()
        limits = Limits(message=s.message_length, frame=s.frame_bytes, rooms=s.rooms_per_socket)
        self.wire.send(Welcome(protocol=VERSION, epoch=epoch, you=self.identity.view, limits=limits, rooms=rooms))
        return True

    async def _take(self, text: str) -> None:
        try:
            command = decode_command(text)
        except BadFrame as error:
            self._bad_frame(error)
            return
        if isinstance(command, Post):
            self._post(command.room, command.message, command.nonce, command.ref)
            return
        if pause := rates.command_pause(self.number):
            await asyncio.sleep(pause)
        try:
            await self._do(command)
        except Refusal as refusal:
            self._refuse(refusal, command.ref)
        except DatabaseError as error:
            logger.warning("socket %d: the database can't be asked: %s", self.number, error)
            self._refuse(errors.try_again(), command.ref)

    async def _do(self, command: AnyCommand) -> None:
        match command:
            case Ping():
                self.wire.send(Pong(ref=command.ref))
            case Join():
                await self._join(command)
            case Leave():
                self._leave(room_key(clean_room_name(command.room)))
                self._ok(command.ref)
            case History():
                await self._history(command)
            case Read():
                await chat.mark_read(self.node, self.identity, command.room, command.seq)
                self._ok(command.ref)
            case Typing():
                self._type(command)

    def _ok(self, ref: Ref | UnsetType) -> None:
        if ref is not UNSET:
            self.wire.send(Ok(ref=ref))

    def _acknowledge(self, stored: Stored, ref: str | UnsetType, nonce: str | UnsetType) -> None:
        if stored.message is not None:
            self.wire.send(Ok(ref=ref, nonce=nonce, id=stored.message.id, seq=stored.message.seq))

    async def _join(self, command: Join) -> None:
        name = clean_room_name(command.room)
        key = room_key(name)
        if key not in self.rooms and len(self.rooms) >= settings().rooms_per_socket:
            raise Refusal("too_many_rooms", f"One socket follows at most {settings().rooms_per_socket} rooms.")
        epoch = await self.node.know_epoch()
        reset = command.since is not None and command.epoch is not None and command.epoch != epoch
        again = self.rooms.pop(key, None) is not None
        try:
            arrival = await self.node.hub.join(self.wire, key, name, command.since, reset=reset)
        except BaseException:
            if again:
                self.node.presence.leave(key, self.identity.view)
            raise
        self.rooms[key] = arrival.name
        self.wire.send_frames(self._arrival(arrival, command.ref, epoch))
        if not again:
            self.node.presence.enter(key, self.identity.view)
        self.wire.send(self.node.presence.here(key))

    def _arrival(self, arrival: Arrival, ref: Ref | UnsetType, epoch: str) -> list[Frame]:
        """joined, documents, synced; or joined, reset, and what came since."""
        key, seq, ordinal = arrival.key, arrival.seq, arrival.ordinal
        joined = encode(Joined(ref=ref, room=key, name=arrival.name, seq=seq, ordinal=ordinal))
        if arrival.page is None:
            return [joined, *arrival.frames, encode(Synced(room=key, seq=seq, ordinal=ordinal))]
        page = arrival.page
        reset = Reset(room=key, seq=seq, ordinal=ordinal, epoch=epoch, messages=page.messages, more=page.more)
        return [joined, encode(reset), *arrival.frames]

    async def _history(self, command: History) -> None:
        key = room_key(clean_room_name(command.room))
        head = await self.node.read(history.head, key)
        page = await self.node.read(history.page, head, command.limit, command.before)
        self.wire.send(HistoryPage(ref=command.ref, room=key, messages=page.messages, more=page.more))

    def _type(self, command: Typing) -> None:
        key = room_key(clean_room_name(command.room))
        if key not in self.rooms:
            raise Refusal("not_joined", "Join the room before typing in it.", field="room")
        chat.check_may_speak(self.identity)
        if rates.check_typing(self.identity.id, key):
            self.node.presence.typing(key, self.identity.view)


# ── admission ───────────────────────────────────────────────────────────────────────────────────────


def origin_allowed(scope: Scope) -> bool:
    """Whether the page that opened the socket is one of ours (RFC 6455, §10.2).

    No Origin means not a browser, which carries nobody's cookies by accident. Else the Origin's host must be the
    Host asked for, or one of ALLOWED_HOSTS.
    """
    origin = _header(scope, b"origin")
    if origin is None:
        return True
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    own, _ = split_domain_port((_header(scope, b"host") or "").lower())
    allowed = django_settings.ALLOWED_HOSTS or (["localhost", ".localhost", "127.0.0.1", "[::1]"])
    if not validate_host(own, allowed):
        return False
    return host == own.strip("[]") or ("*" not in allowed and validate_host(host, allowed))


async def recognise(scope: Scope, node: Node) -> tuple[Identity | None, bool]:
    """Who it is, and whether the database said so just now: by ticket, by the host's `scope["user"]`, by cookies.

    None when nobody may come in without an account. At most one trip to the database, none with a good ticket.
    """
    cookies = _cookies(scope)
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    who = identity.of_ticket(query["ticket"][0], cookies) if "ticket" in query else None
    verified = who is None
    if who is None:
        user = scope.get("user")
        if user is not None and getattr(user, "is_authenticated", False):
            who = await node.read(identity.of_user, user, cookies.get(django_settings.SESSION_COOKIE_NAME, ""))
        elif django_settings.SESSION_COOKIE_NAME in cookies:
            who = await node.read(identity.of_cookies, cookies)
        else:
            who = identity.of_guest_cookies(cookies)
    if who is None or who.guest:
        who = (who or identity.new_guest()) if settings().guests else None
    return who, verified


def _since(scope: Scope) -> int | None:
    value = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("since", [""])[0]
    return int(value) if value.isascii() and value.isdigit() and len(value) < 17 else None


def _cookies(scope: Scope) -> dict[str, str]:
    header = _header(scope, b"cookie")
    return parse_cookie(header) if header else {}


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope.get("headers", ()) if key == name), None)


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
