"""Where one was called, newest first, each leading to its place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from hubbub import history
from hubbub.identity import Identity
from hubbub.mentions import listing
from hubbub.models import Membership, Room
from hubbub.protocol import Message
from hubbub.views.addressed import addressed
from hubbub.views.fields import number
from hubbub.views.page import live, message_url, page, show, sidebar

PAGE = 30


@page
@require_safe
def mentions(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """The newest, or with `?before=` those before the message with that id."""
    before = number(request.GET.get("before", ""))
    found = listing.page(who, PAGE, before)
    context: dict[str, Any] = {
        "entries": _entries(who, found.ids),
        "older_url": f"?before={found.ids[-1]}" if found.more else "",
        "newest": before is None,
        "live": live(who),
        "rooms": sidebar(history.listed_rooms(who.id)),
    }
    return show(request, who, "hubbub/mentions.html", context)


def _entries(who: Identity, ids: list[int]) -> list[dict[str, Any]]:
    messages = sorted(history.messages(ids), key=lambda message: -message.id)
    keys = {message.room for message in messages}
    heads = {head.key: head for head in history.heads(keys)}
    read = dict(
        Membership.objects.filter(person_id=who.id, room__key__in=keys).values_list("room__key", "read_ordinal")
    )
    return [_entry(message, heads[message.room], read.get(message.room, 0), who) for message in messages]


def _entry(message: Message, head: history.Head, read: int, who: Identity) -> dict[str, Any]:
    return {
        "id": message.id,
        "author": message.author,
        "room": _name(head, who),
        "public": head.kind == Room.Kind.PUBLIC,
        "url": message_url(head.address, message.seq),
        "at": timezone.localtime(datetime.fromisoformat(message.at)),
        "html": addressed(message.html, who.id.hex),
        "unread": message.ordinal > read,
    }


def _name(head: history.Head, who: Identity) -> str:
    """A direct room is called by the names of the others in it."""
    if head.kind != Room.Kind.DIRECT:
        return head.name
    return history.others(history.parties([head.key]).get(head.key, []), who.id) or head.name
