"""Being seen to type: by whoever could say here what they type."""

from __future__ import annotations

from django.utils import timezone

from hubbub import access, errors
from hubbub.chat.posts import check_may_speak
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.journal.between import between
from hubbub.node import Node
from hubbub.rates import rates


async def type_in(node: Node, who: Identity, key: str) -> None:
    """Tell the room with this key, which `who` follows, that they type; at most once a second. Only in a guarded room
    the database is asked. Refuses whoever can say nothing there now."""
    check_may_speak(who)
    if not rates.check_typing(who.id, key):
        return
    if node.hub.is_guarded(key) and (refusal := await node.read(closed, who, key)):
        raise refusal
    node.presence.typing(key, who.view)


def closed(who: Identity, key: str) -> Refusal | None:
    """Why this person can say nothing in the room with this key now: what the journal's gate would say, but for how
    fast one may speak."""
    standing = access.standing(who, key)
    if not standing.may_read:
        return errors.no_such_room()
    if standing.head.archived:
        return errors.archived()
    if (until := standing.silenced_until) and until > timezone.now():
        return errors.silenced(until)
    return between(who.id, standing.head.id) if standing.head.id and standing.head.kind == "direct" else None
