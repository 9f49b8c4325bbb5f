"""Who is here to talk to: the list of people, and a page for each that the browser's code shows as a card."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.core.paginator import Paginator
from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from hubbub import blocks, chat, history
from hubbub import people as known
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.models import Person
from hubbub.protocol import RoomView, person_view
from hubbub.views.page import here_now, live, page, person_url, show, sidebar, url_of, words_of

PAGE = 60
ROOMS = 12
_ID = re.compile("[0-9a-f]{32}")


@page
@require_safe
def people(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """Everybody whom one may look up, those with an account first; `?q=` by name, `?page=` further on."""
    words = words_of(request)
    found = known.called(known.listed_for(who.id), words).order_by(F("user_id").asc(nulls_last=True), "name", "id")
    pages = Paginator(found.only("id", "name", "about", "user_id"), PAGE)
    shown = pages.get_page(request.GET.get("page"))
    blocked, rooms = blocks.of(who.id), _sidebar(who)
    here = here_now(rooms)
    listing = [
        {
            "person": person_view(p.id, p.name, p.user_id is None),
            "about": _about(p, blocked),
            "url": person_url(p.id),
            "here": p.id.hex in here,
        }
        for p in shown.object_list
    ]
    context = {"listing": listing, "words": words, "shown": shown, "rooms": rooms, "live": live(who)}
    return show(request, who, "hubbub/people.html", context)


@page
@require_safe
def person(request: HttpRequest, who: Identity, id: str) -> HttpResponseBase:
    """One person: name, about, local time, the rooms that both are in. With `Accept: application/json`: the same."""
    found = get_object_or_404(known.visible_to(who.id), pk=_id(id))
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse(_card(who, found))
    return _show(request, who, found)


@page
@require_POST
def block(request: HttpRequest, who: Identity, id: str) -> HttpResponseBase:
    """POST `on` as 1 to block this person, as 0 to take it back. With `Accept: application/json`: {blocked}."""
    found = get_object_or_404(known.visible_to(who.id), pk=_id(id))
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        chat.check_post_rate(who, request.META.get("REMOTE_ADDR", ""))
        blocked = chat.block_now(who, found.pk, request.POST.get("on") == "1")
    except Refusal as refusal:
        status = {"rate_limited": 429, "try_again": 503}.get(refusal.code, 400)
        return _refused(request, who, found, refusal, status, wants_json)
    return JsonResponse({"blocked": blocked}) if wants_json else HttpResponseRedirect(person_url(found.pk), status=303)


def _refused(
    request: HttpRequest, who: Identity, found: Person, refusal: Refusal, status: int, wants_json: bool
) -> HttpResponseBase:
    if wants_json:
        return JsonResponse({"code": refusal.code, "message": refusal.message}, status=status)
    return _show(request, who, found, status=status, refusal=refusal.message)


def _show(request: HttpRequest, who: Identity, found: Person, *, status: int = 200, **said: Any) -> HttpResponseBase:
    rooms = _sidebar(who)
    context = {
        "card": _card(who, found),
        "local": local_time(found.time_zone),
        "here": found.pk.hex in here_now(rooms),
        "live": live(who),
        "rooms": rooms,
        **said,
    }
    return show(request, who, "hubbub/person_page.html", context, status=status)


def _id(text: str) -> UUID:
    if not _ID.fullmatch(text):
        raise Http404("There is no such person.")
    return UUID(hex=text)


def _about(person: Person, blocked: frozenset[str]) -> str:
    """What a list shows of what they say about themselves: of somebody blocked, nothing."""
    return "" if person.id.hex in blocked else person.about


def _card(who: Identity, person: Person) -> dict[str, Any]:
    """What others see of a person, as JSON has it."""
    rooms = known.rooms_shared(who.id, person.id)[:ROOMS]
    you, blocked = person.id == who.id, person.id.hex in blocks.of(who.id)
    return {
        "id": person.id.hex,
        "name": person.name,
        "guest": person.user_id is None,
        "about": person.about,
        "time_zone": person.time_zone,
        "you": you,
        "blocked": blocked,
        "url": person_url(person.id),
        "direct": None if who.guest or you or blocked else f"{person_url(person.id)}direct/",
        "rooms": [{"name": room.name, "url": url_of(room.key, room.name)} for room in rooms],
    }


def local_time(zone: str) -> Any:
    """What time it is there now; None where the zone is unknown."""
    try:
        return timezone.now().astimezone(ZoneInfo(zone)) if zone else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _sidebar(who: Identity) -> Any:
    views: list[RoomView] = history.listed_rooms(who.id)
    return sidebar(views)
