"""Saying it otherwise, and taking it back."""

from __future__ import annotations

from collections.abc import Callable

from hubbub import errors, journal
from hubbub.chat.at_once import store_now
from hubbub.chat.posts import check_may_speak, clean_text
from hubbub.chat.writing import beside, written
from hubbub.identity import Identity
from hubbub.journal import Deletion, Stored
from hubbub.mentions.names import may_call
from hubbub.models import Message
from hubbub.node import Node


async def edit(
    node: Node, who: Identity, id: int, text: str, base: int | None = None, *, here: Callable[[], bool] = lambda: True
) -> Stored:
    """Give one's own message another text; `base` is the `changed` of the message that it was made from. Refuses what
    can't be said, `no_such_message`, `not_yours`, `too_late`, with a `base` `edited_since` when the text is newer,
    and who is not `here` any more when it is rendered."""
    change = await beside(node, text, lambda: _edit(who, id, text, base))
    if not here():
        raise errors.signed_out()  # sent away meanwhile, perhaps for good (G8)
    return await node.journal.write(change)


def edit_now(who: Identity, id: int, text: str, base: int | None = None) -> Stored:
    """The same from a thread."""
    return store_now(_edit(who, id, text, base))


async def delete(node: Node, who: Identity, id: int) -> Stored:
    """Take one's own message back, or as a moderator anybody's. Refuses `no_such_message`, `not_yours`, `too_late`."""
    return await node.journal.write(_deletion(who, id))


def delete_now(who: Identity, id: int) -> Stored:
    """The same from a thread."""
    return store_now(_deletion(who, id))


def _edit(who: Identity, id: int, text: str, base: int | None) -> journal.Edit:
    check_may_speak(who)
    text = clean_text(text)
    said = written(who, _room_of(id) if may_call(text) else "", text)
    return journal.Edit(who, id, text, said.html, said.mentions, said.strangers, base)


def _room_of(id: int) -> str:
    if (key := Message.objects.filter(pk=id).values_list("room__key", flat=True).first()) is None:
        raise errors.no_such_message()
    return key


def _deletion(who: Identity, id: int) -> Deletion:
    check_may_speak(who)
    return Deletion(who, id)
