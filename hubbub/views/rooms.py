"""The list of rooms, and the field that opens one by name."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.http import require_safe

from hubbub import access, history, node
from hubbub.conf import settings
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.models.room_name import clean_room_name
from hubbub.views.page import page, room_url, show, sidebar

LISTED = 100


@page
@require_safe
def rooms(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """The rooms with the latest activity first; `?room=name` leads to that room's page or says why there is none."""
    typed = request.GET.get("room", "")
    refusal = None
    if "room" in request.GET:
        try:
            return HttpResponseRedirect(room_url(clean_room_name(typed)))
        except Refusal as refused:
            refusal = refused.message
    return rooms_page(request, who, status=400 if refusal else 200, refusal=refusal, typed=typed)


def rooms_page(request: HttpRequest, who: Identity, *, status: int = 200, **said: Any) -> HttpResponse:
    """The list, with what there is to say: `refusal` and `typed` of the field, `name_refusal` of the person's name."""
    context: dict[str, Any] = {
        "listing": _listing(who),
        "rooms": sidebar(history.rooms_of([who.id], settings().rooms_per_socket)[who.id]),
        "refusal": None,
        "typed": "",
        **said,
    }
    return show(request, who, "hubbub/rooms.html", context, status=status)


def _listing(who: Identity) -> list[dict[str, Any]]:
    running = node.running()
    rows = access.rooms_readable(who).filter(kind="public", archived_at=None)
    rows = rows.order_by(F("last_at").desc(nulls_last=True))
    found = rows.values_list("key", "name", "last_at", "ordinal")[:LISTED]
    return [
        {
            "key": key,
            "name": name,
            "url": room_url(name),
            "last_at": last_at,
            "messages": messages,
            "here": running.presence.count(key) if running else None,
        }
        for key, name, last_at, messages in found
    ]
