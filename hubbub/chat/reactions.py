"""An emoji under a message, and messages pinned to their room."""

from __future__ import annotations

from hubbub import errors
from hubbub.chat.at_once import store_now
from hubbub.chat.posts import check_may_speak
from hubbub.identity import Identity
from hubbub.journal import Pinning, Reacting, Stored
from hubbub.models import Reaction
from hubbub.node import Node
from hubbub.render import aside
from hubbub.render.emoji import is_loaded, one_emoji


async def react(node: Node, who: Identity, id: int, emoji: str, on: bool = True) -> Stored:
    """Put an emoji (itself or its name in colons) under a message, or take one's own away. Refuses `bad_emoji`,
    `no_such_message`, `too_many`."""
    change = _reacting(who, id, emoji, on) if is_loaded() else await aside(lambda: _reacting(who, id, emoji, on))
    return await node.journal.write(change)


def react_now(who: Identity, id: int, emoji: str, on: bool = True) -> Stored:
    """The same from a thread."""
    return store_now(_reacting(who, id, emoji, on))


async def pin(node: Node, who: Identity, id: int, on: bool = True) -> Stored:
    """Pin a message to its room, or unpin it. Refuses `no_such_message`, `too_many`."""
    return await node.journal.write(_pinning(who, id, on))


def pin_now(who: Identity, id: int, on: bool = True) -> Stored:
    """The same from a thread."""
    return store_now(_pinning(who, id, on))


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
