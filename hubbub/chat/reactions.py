"""An emoji under a message, and messages pinned to their room."""

from __future__ import annotations

from django.db import transaction

from hubbub import access, errors
from hubbub.chat.at_once import store_now
from hubbub.chat.posts import check_may_speak
from hubbub.chat.reading import tell_reads, tell_reads_now
from hubbub.identity import Identity
from hubbub.journal import Pinning, Reacting, Stored
from hubbub.journal.batch import database
from hubbub.models import Message, Reaction
from hubbub.node import Node
from hubbub.outside import tell_person
from hubbub.protocol import Reactions
from hubbub.render import aside
from hubbub.render.emoji import is_loaded, one_emoji
from hubbub.stored import everybody


async def react(node: Node, who: Identity, id: int, emoji: str, on: bool = True) -> Stored:
    """Put an emoji (itself or its name in colons) under a message, or take one's own away. Refuses `bad_emoji`,
    `no_such_message`, `too_many`."""
    change = _reacting(who, id, emoji, on) if is_loaded() else await aside(lambda: _reacting(who, id, emoji, on))
    stored = await node.journal.write(change)
    tell_reads(node, who, stored.reads)
    if _unnamed(stored):
        node.tell_person(who.id.hex, await node.read(_mine, who, stored))
    return stored


def react_now(who: Identity, id: int, emoji: str, on: bool = True) -> Stored:
    """The same from a thread."""
    stored = store_now(_reacting(who, id, emoji, on))
    tell_reads_now(who, stored.reads)
    if _unnamed(stored):
        transaction.on_commit(lambda: tell_person(who.id.hex, _mine(who, stored)), using=database())
    return stored


async def pin(node: Node, who: Identity, id: int, on: bool = True) -> Stored:
    """Pin a message to its room, or unpin it. Refuses `no_such_message`, `too_many`."""
    stored = await node.journal.write(_pinning(who, id, on))
    tell_reads(node, who, stored.reads)
    return stored


def pin_now(who: Identity, id: int, on: bool = True) -> Stored:
    """The same from a thread."""
    stored = store_now(_pinning(who, id, on))
    tell_reads_now(who, stored.reads)
    return stored


def reacted(who: Identity, id: int) -> Reactions:
    """Who reacted to the message, as far as one reads on, and which of the emoji are this person's. Refuses
    `no_such_message`."""
    found = Message.objects.filter(pk=id).values_list("room__key", "reactions").first()
    if found is None or not access.may_read(who, found[0]):
        raise errors.no_such_message()
    room, text = found
    return Reactions(room=room, id=id, mine=_of(who, id), reactions=everybody(id, text))


def _unnamed(stored: Stored) -> bool:
    """Whether more people reacted to the message than it names."""
    shown = stored.message.reactions if stored.message else ()
    return any(reaction.count > len(reaction.people) for reaction in shown)


def _mine(who: Identity, stored: Stored) -> Reactions:
    assert stored.message is not None, "only then does it name anybody"
    return Reactions(room=stored.message.room, id=stored.message.id, mine=_of(who, stored.message.id))


def _of(who: Identity, id: int) -> list[str]:
    mine = Reaction.objects.filter(message_id=id, person_id=who.id)
    return list(mine.order_by("id").values_list("emoji", flat=True))


def has_reacted(who: Identity, id: int, emoji: str) -> bool:
    """Whether this person has that emoji under the message."""
    return Reaction.objects.filter(message_id=id, person_id=who.id, emoji=one_emoji(emoji) or "").exists()


def _reacting(who: Identity, id: int, emoji: str, on: bool) -> Reacting:
    check_may_speak(who)
    if (one := one_emoji(emoji)) is None:
        raise errors.bad_emoji()
    return Reacting(who, id, one, on)


def _pinning(who: Identity, id: int, on: bool) -> Pinning:
    check_may_speak(who)
    return Pinning(who, id, on)
