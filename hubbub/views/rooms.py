"""The directory: the public rooms, found by name or topic; and the field that opens one by name."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.http import require_safe

from hubbub import access, history, node
from hubbub.called import called
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.models.room_name import clean_room_name
from hubbub.views.page import administration_url, live, page, room_url, show, sidebar, words_of

LISTED = 50


@page
@require_safe
def rooms(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """The rooms with the latest activity first, with `?q=` those whose name or topic has these words, with `archived=1`
    the archived ones; `?room=name` leads to that room's page or says why there is none."""
    typed = request.GET.get("room", "")
    refusal = None
    if "room" in request.GET:
        try:
            return HttpResponseRedirect(room_url(clean_room_name(typed)))
        except Refusal as refused:
            refusal = refused.message
    return rooms_page(request, who, status=400 if refusal else 200, refusal=refusal, typed=typed)


def rooms_page(
    request: HttpRequest, who: Identity, *, status: int = 200, refusal: str | None = None, typed: str = ""
) -> HttpResponse:
    """The list; with what was `typed` in the field, and the `refusal` under it."""
    words, archived = words_of(request), request.GET.get("archived") == "1"
    shown = _shown(who, words, archived, request.GET.get("page"))
    context: dict[str, Any] = {
        "listing": _listing(shown),
        "shown": shown,
        "live": live(who),
        "words": words,
        "archived": archived,
        "rooms": sidebar(history.listed_rooms(who.id)),
        "administration_url": None if who.guest else administration_url(request.user),
        "refusal": refusal,
        "typed": typed,
    }
    return show(request, who, "hubbub/rooms.html", context, status=status)


def _shown(who: Identity, words: str, archived: bool, number: str | None) -> Page[Any]:
    """A page of the public rooms that this person may read."""
    rooms = access.rooms_readable(who).filter(kind="public", archived_at__isnull=not archived)
    ordered = called(rooms, words, "name", "topic").order_by(F("last_at").desc(nulls_last=True), "id")
    return Paginator(ordered.values_list("key", "name", "topic", "last_at"), LISTED).get_page(number)


def _listing(shown: Page[Any]) -> list[dict[str, Any]]:
    running = node.running()
    return [
        {
            "key": key,
            "name": name,
            "topic": topic,
            "url": room_url(name),
            "last_at": last_at,
            "here": running.presence.count(key) if running else None,
        }
        for key, name, topic, last_at in shown.object_list
    ]
