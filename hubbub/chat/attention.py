"""How somebody follows a room: starred, muted, told of every message, of mentions, or of nothing. Nobody else sees it,
and all their windows show it at once."""

from __future__ import annotations

from hubbub import node
from hubbub.chat.at_once import store_now
from hubbub.chat.posts import check_may_speak
from hubbub.chat.reading import tell_reads
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.journal import Attend, Stored
from hubbub.models import Membership
from hubbub.models.room_name import name_and_key
from hubbub.node import Node

LEVELS = frozenset(Membership.Level.values)


async def attend(
    node: Node,
    who: Identity,
    room: str,
    *,
    starred: bool | None = None,
    muted: bool | None = None,
    level: str | None = None,
) -> None:
    """Follow a room otherwise; None leaves as it is. Refuses `no_such_room`."""
    _tell(node, who, await node.journal.write(_change(who, room, starred, muted, level)))


def attend_now(
    who: Identity, room: str, *, starred: bool | None = None, muted: bool | None = None, level: str | None = None
) -> None:
    """The same from a page."""
    stored = store_now(_change(who, room, starred, muted, level))
    if here := node.running():
        here.loop.call_soon_threadsafe(_tell, here, who, stored)


def _change(who: Identity, room: str, starred: bool | None, muted: bool | None, level: str | None) -> Attend:
    check_may_speak(who)
    if level is not None and level not in LEVELS:
        raise Refusal("bad_frame", "The level is “all”, “mentions” or “nothing”.", field="level")
    return Attend(who, name_and_key(room)[1], starred, muted, level)


def _tell(node: Node, who: Identity, stored: Stored) -> None:
    if stored.attention is not None:
        node.tell_person(who.id.hex, stored.attention)
    tell_reads(node, who, stored.reads)
