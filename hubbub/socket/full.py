"""The socket of docs/protocol.md: many rooms on one connection."""

from __future__ import annotations

import asyncio
import logging
from uuid import UUID

from django.db import DatabaseError
from msgspec import UNSET, UnsetType

from hubbub import access, chat, errors, history
from hubbub.conf import settings
from hubbub.errors import Refusal
from hubbub.hub import Arrival
from hubbub.journal import Stored
from hubbub.listing import ACTS, PEOPLE
from hubbub.models.room_name import PRIVATE, name_and_key
from hubbub.protocol import (
    VERSION,
    AnyCommand,
    Attend,
    BadFrame,
    Block,
    Brief,
    Delete,
    Edit,
    Frame,
    Gone,
    History,
    HistoryPage,
    Join,
    Joined,
    Leave,
    Limits,
    ListRooms,
    Ok,
    Pin,
    Ping,
    Pong,
    Post,
    React,
    Reacted,
    Read,
    ReadAll,
    Ref,
    Reset,
    Synced,
    Told,
    Typing,
    Unread,
    Welcome,
    decode_command,
    encode,
)  # fmt: skip
from hubbub.rates import rates
from hubbub.slash import Tell
from hubbub.socket import afar
from hubbub.socket.connection import Socket
from hubbub.trace import first_line

logger = logging.getLogger("hubbub.socket")

_CHANGING = (Post, Edit, Delete, React, Pin, Attend, Block)  # what others see, or what is kept


class FullSocket(Socket):
    """The socket of docs/protocol.md."""

    kind = "full"
    subprotocol = VERSION

    __slots__ = ()

    async def _greet(self) -> bool:
        try:
            epoch = await self.node.know_epoch()
            rooms, blocked = await self.node.greetings.ask(self.identity.id)
        except DatabaseError:
            return False
        s = settings()
        limits = Limits(message=s.message_length, frame=s.frame_bytes, rooms=s.rooms_per_socket)
        you = self.identity.view
        self.wire.send(Welcome(protocol=VERSION, epoch=epoch, you=you, limits=limits, rooms=rooms, blocked=blocked))
        return True

    async def _take(self, text: str) -> None:
        try:
            command = decode_command(text)
        except BadFrame as error:
            self._bad_frame(error)
            return
        if isinstance(command, _CHANGING) and not await self._is_proven(command):
            return
        if isinstance(command, Post):
            await self._say(command)
            return
        if pause := rates.command_pause(self.number):
            await asyncio.sleep(pause)
        try:
            await self._do(command)
        except Refusal as refusal:
            self._refuse(refusal, command.ref)
        except DatabaseError as error:
            logger.debug("The database can't be asked: %s", first_line(error))
            self._refuse(errors.try_again(), command.ref)

    async def _is_proven(self, command: AnyCommand) -> bool:
        try:
            return await self._prove()
        except DatabaseError:
            self._refuse(errors.try_again(), command.ref, command.nonce if isinstance(command, Post) else UNSET)
            return False

    def _put_off(self, text: str) -> None:
        try:
            command = decode_command(text)
        except BadFrame as error:
            self._bad_frame(error)
            return
        self._refuse(errors.try_again(), command.ref, command.nonce if isinstance(command, Post) else UNSET)

    async def _say(self, command: Post) -> None:
        """Say it, or do what it asks for: a slash command may have something to say, to the room or to who wrote it."""
        text = chat.said_plainly(command.message)
        if chat.is_command(command.message):
            try:
                chat.check_post_rate(self.identity, self.address)
                answer = await chat.obey(self.identity, command.room, command.message)
                if not isinstance(answer, str):
                    await self._tell(command, answer)
                    return
            except (Refusal, DatabaseError) as error:
                refusal = error if isinstance(error, Refusal) else errors.try_again()
                self._refuse_post(refusal, command.ref, command.nonce)
                return
            text = answer
        await self._post(command.room, text, command.nonce, command.ref, command.reply_to)

    async def _tell(self, command: Post, answer: Tell | None) -> None:
        if answer is not None:
            room, html = await self._key(command.room), chat.told_html(answer)
            self.wire.send(Told(room=room, message=answer.text, html=html, nonce=command.nonce))
        self.wire.send(Ok(ref=command.ref, nonce=command.nonce))

    async def _do(self, command: AnyCommand) -> None:
        match command:
            case Ping():
                self.wire.send(Pong(ref=command.ref))
            case Join() | Leave() | ListRooms() | Brief():
                await self._follow_what(command)
            case Edit() | Delete() | React() | Pin():
                await self._change(command)
            case Reacted():
                answer = await self.node.read(chat.reacted, self.identity, command.id)
                answer.ref = command.ref
                self.wire.send(answer)
            case History():
                await self._history(command)
            case Read() | Unread():
                mark = chat.mark_read if isinstance(command, Read) else chat.mark_unread
                await mark(self.node, self.identity, command.room, command.seq)
                self._ok(command.ref)
            case Attend():
                chat.check_post_rate(self.identity, self.address)
                await self._attend(command)
                self._ok(command.ref)
            case ReadAll():
                await chat.read_all(self.node, self.identity)
                self._ok(command.ref)
            case Block():
                chat.check_may_speak(self.identity)
                chat.check_post_rate(self.identity, self.address)
                await chat.block(self.node, self.identity, UUID(hex=command.person), command.on)
                self._ok(command.ref)
            case Typing():
                await self._type(command)

    async def _follow_what(self, command: Join | Leave | ListRooms | Brief) -> None:
        """What this socket hears of from now on, or no more."""
        match command:
            case Join():
                await self._join(command)
            case Leave():
                self._leave(await self._key(command.room))
                self._ok(command.ref)
            case ListRooms():
                await self._list(command)
            case Brief():
                await self._brief(command)

    async def _change(self, command: Edit | Delete | React | Pin) -> None:
        """Answered with the message's id when the change is committed; it counts as a post does."""
        chat.check_post_rate(self.identity, self.address)
        who, id = self.identity, command.id
        match command:
            case Edit():
                text, base = command.message, command.base
                await chat.edit(self.node, who, id, text, base, here=lambda: self.wire.closing is None)
            case Delete():
                await chat.delete(self.node, who, id)
            case React():
                await chat.react(self.node, who, id, command.emoji, command.on)
            case Pin():
                await chat.pin(self.node, who, id, command.on)
        self.wire.send(Ok(ref=command.ref, id=id))

    def _ok(self, ref: Ref | UnsetType) -> None:
        self.wire.send_frames(self._done(ref))

    def _done(self, ref: Ref | UnsetType) -> list[Frame]:
        return [] if ref is UNSET else [encode(Ok(ref=ref))]

    def _acknowledge(self, stored: Stored, ref: str | UnsetType, nonce: str | UnsetType) -> None:
        if stored.message is not None:
            self.wire.send(Ok(ref=ref, nonce=nonce, id=stored.message.id, seq=stored.message.seq))

    async def _list(self, command: ListRooms) -> None:
        await self.wire.room_for_more()
        room = await self._acts_of(command) if command.of == ACTS else ""
        self.node.listing.watch(self, command.of, command.on, room)
        self._ok(command.ref)
        if command.on and command.of == PEOPLE:
            self.wire.catch_up([encode(self.node.presence.here(key)) for key in self.rooms])

    async def _acts_of(self, command: ListRooms) -> str:
        """The key of the room whose acts this person may look at."""
        if command.room is None:
            raise Refusal("bad_frame", "Say of which room.", field="room")
        head: history.Head = await self.node.read(chat.moderated, self.identity, command.room)
        return head.key

    async def _attend(self, command: Attend) -> None:
        await chat.attend(
            self.node,
            self.identity,
            command.room,
            starred=command.starred,
            muted=command.muted,
            level=command.level,
        )

    async def _join(self, command: Join) -> None:
        name, key = name_and_key(command.room)
        if len(self.rooms) >= settings().rooms_per_socket and await self._key(command.room) not in self.rooms:
            raise Refusal("too_many_rooms", f"One socket follows at most {settings().rooms_per_socket} rooms.")
        await self.wire.room_for_more()
        epoch = await self.node.know_epoch()
        reset = command.since is not None and command.epoch is not None and command.epoch != epoch
        arrival = await self._follow(name, key, command.since, reset=reset)
        self.afar = self.afar - {arrival.key}
        frames = self._arrival(arrival, command.ref, epoch)
        if command.here:
            self._enter(arrival.key)
            frames.append(encode(self.node.presence.here(arrival.key)))
        self.wire.catch_up(frames)

    async def _brief(self, command: Brief) -> None:
        await self.wire.room_for_more()
        frames = await afar.follow(self, settings().rooms_listed if command.on else 0)
        self.wire.catch_up([*frames, *self._done(command.ref)])

    def _leave_rooms(self) -> None:
        super()._leave_rooms()
        for key in self.afar:
            afar.leave(self, key)

    def put_out(self, key: str) -> None:
        """Follow the room no more, and say so."""
        self._leave(key)
        afar.leave(self, key)
        self.wire.send(Gone(room=key))

    def _arrival(self, arrival: Arrival, ref: Ref | UnsetType, epoch: str) -> list[Frame]:
        """joined, documents, synced; or joined, reset, and what came since."""
        key, seq, ordinal = arrival.key, arrival.seq, arrival.ordinal
        joined = encode(Joined(ref=ref, room=key, name=arrival.name, seq=seq, ordinal=ordinal))
        if arrival.page is None:
            return [joined, *arrival.frames, encode(Synced(room=key, seq=seq, ordinal=ordinal))]
        page = arrival.page
        # The state of the room itself is no message: it comes as the document that it is. Also one that never changed:
        # the client may know another from before a restore.
        state = [encode(history.room_change(page.head))] if page.head.id is not None else []
        reset = Reset(room=key, seq=seq, ordinal=ordinal, epoch=epoch, messages=page.messages, more=page.more)
        return [joined, *state, encode(reset), *arrival.frames]

    async def _history(self, command: History) -> None:
        _, key = name_and_key(command.room)
        await self.wire.room_for_more()
        head = await self.node.read(access.head, self.identity, key)
        page = await self.node.read(history.asked, head, command)
        self.wire.send(
            HistoryPage(
                ref=command.ref,
                room=head.key,
                messages=page.messages,
                more=page.more,
                newer=page.newer,
                focus=page.focus,
            )
        )

    async def _key(self, room: str) -> str:
        """The key of the room that is or was called so. The database is asked only about names that are no key of a
        room that this socket follows: a room keeps the key of its first name."""
        name, key = name_and_key(room)
        if key in self.rooms or key.startswith(PRIVATE):
            return key
        head: history.Head = await self.node.read(history.head, key, name)
        return head.key

    async def _type(self, command: Typing) -> None:
        key = await self._key(command.room)
        if key not in self.rooms:
            raise Refusal("not_joined", "Join the room before typing in it.", field="room")
        await chat.type_in(self.node, self.identity, key)
