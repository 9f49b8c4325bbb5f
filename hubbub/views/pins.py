"""What is pinned to a room, the last one pinned first: a page, and the same as JSON for the panel."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from hubbub import access, blocks, history
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.models.room_name import PRIVATE, name_and_key
from hubbub.views.log import one
from hubbub.views.page import page, room_url, show, sidebar
from hubbub.views.place import wants_json
from hubbub.views.veiled import veiled


@page
@require_safe
def pins(request: HttpRequest, who: Identity, room: str) -> HttpResponseBase:
    """The page; as JSON {messages}."""
    try:
        name, key = name_and_key(room)
        head = access.head(who, key, name)
    except Refusal as refusal:
        raise Http404(refusal.message) from None
    messages = history.pins(head)
    if wants_json(request):
        return HttpResponse(msgspec.json.encode({"messages": messages}), content_type="application/json")
    views = history.listed_rooms(who.id)
    name = next((view.name for view in views if view.room == head.key), head.name)
    url = room_url(head.address)
    blocked = blocks.of(who.id)
    context: dict[str, Any] = {
        "room": {"name": name, "url": url},
        "rooms": sidebar(views),
        "messages": [veiled(one(message, url, who.id.hex), blocked) for message in messages],
    }
    return show(request, who, "hubbub/pins.html", context)


def pins_at_address(request: HttpRequest, id: str) -> HttpResponseBase:
    """The same for a private or direct room, by its address."""
    return pins(request, PRIVATE + id)
