"""How somebody follows a room: starred, muted, told of every message, of mentions, or of nothing. Nobody else sees it,
and all their windows show it at once."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from hubbub.chat.at_once import store_now
from hubbub.chat.posts import check_may_speak
from hubbub.chat.reading import tell_reads, tell_reads_now
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.journal import Attend
from hubbub.journal.batch import database
from hubbub.models import Membership
from hubbub.models.room_name import name_and_key
from hubbub.node import Node
from hubbub.outside import tell_person

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
    stored = await node.journal.write(_change(who, room, starred, muted, level))
    if stored.attention is not None:
        node.tell_person(who.id.hex, stored.attention)
    tell_reads(node, who, stored.reads)


def attend_now(
    who: Identity, room: str, *, starred: bool | None = None, muted: bool | None = None, level: str | None = None
) -> None:
    """The same from a page."""
    stored = store_now(_change(who, room, starred, muted, level))
    if stored.attention is not None:
        transaction.on_commit(partial(tell_person, who.id.hex, stored.attention), using=database())
    tell_reads_now(who, stored.reads)


def _change(who: Identity, room: str, starred: bool | None, muted: bool | None, level: str | None) -> Attend:
    check_may_speak(who)
    if level is not None and level not in LEVELS:
        raise Refusal("bad_frame", "The level is “all”, “mentions” or “nothing”.", field="level")
    return Attend(who, name_and_key(room)[1], starred, muted, level)
