"""Searching: a page that works by its form alone, and the same results for the browser's code as somebody types."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from hubbub import access, chat, history
from hubbub.errors import Refusal
from hubbub.figures import figures
from hubbub.identity import Identity
from hubbub.models import Person, Room
from hubbub.models.room_name import name_and_key
from hubbub.search.find import Findings, Found
from hubbub.views.fields import number
from hubbub.views.page import message_url, page, show, sidebar

LONGEST_KEY = 1_200  # characters
_STATUS = {"rate_limited": 429, "try_again": 503}


@page
@require_safe
def search(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """`?q=` what was typed, whose last word may go on; `?zone=` where the reader is (a name of the IANA's), `?before=`
    the id to go on from, `?room=` the key, or a name, of the only room to look in. With
    `Accept: application/json`: {html, found, asked, message, retry_after}."""
    live = "application/json" in request.headers.get("Accept", "")
    typed = request.GET.get("q", "").lstrip()
    zone = _zone(request.GET.get("zone", ""), who)
    room = _key(who, request.GET.get("room", "").replace("\0", "")[:LONGEST_KEY])  # PostgreSQL takes no NUL
    findings, refusal = Findings(), None
    if typed:
        try:
            address = request.META.get("REMOTE_ADDR", "")
            before = number(request.GET.get("before", ""))
            findings = chat.search_now(who, address, typed, zone=zone, before=before, typing=True, room=room)
        except Refusal as refused:
            refusal = refused
            figures.refusals.add(refused.code)
    context = {"typed": typed, "refusal": refusal, **_context(request, findings)}
    status = _STATUS.get(refusal.code, 400) if refusal else 200
    with timezone.override(zone):
        if live:
            return JsonResponse(_answer(context, refusal, findings), status=status)
        context["within"] = _within(who, room)
        context["rooms"] = sidebar(history.listed_rooms(who.id))
        return show(request, who, "hubbub/search.html", context, status=status)


def _key(who: Identity, room: str) -> str:
    """The key of the room that is or was called so; what is none that they may read leads nowhere as it is."""
    try:
        return access.head(who, *reversed(name_and_key(room))).key if room else ""
    except Refusal:
        return room


def _answer(context: dict[str, Any], refusal: Refusal | None, findings: Findings) -> dict[str, Any]:
    return {
        "html": get_template("hubbub/search_results.html").render(context),
        "found": len(findings.found),
        "asked": findings.asked,
        "message": refusal.message if refusal else "",
        "retry_after": refusal.retry_after if refusal else None,
    }


def _context(request: HttpRequest, findings: Findings) -> dict[str, Any]:
    """What the results show."""
    asked = {name: request.GET[name] for name in ("q", "zone", "room") if request.GET.get(name)}
    older = findings.older
    return {
        "found": [_shown(found) for found in findings.found],
        "nobody": findings.nobody,
        "foreign": findings.foreign,
        "asked": findings.asked,
        "back_to": findings.back_to,
        "older_url": f"{reverse('hubbub:search')}?{urlencode({**asked, 'before': older})}" if older is not None else "",
        "newest": "before" not in request.GET,
        "search_url": reverse("hubbub:search"),
        "zone": request.GET.get("zone", ""),
    }


def _shown(found: Found) -> dict[str, Any]:
    return {"message": found, "url": message_url(found.address, found.seq), "at_iso": found.at.isoformat()}


def _within(who: Identity, key: str) -> dict[str, str] | None:
    """The key and the name of the only room to look in; None when it is everywhere, or nothing that they may read."""
    found = access.rooms_readable(who).filter(key=key).values_list("name", "kind").first() if key else None
    if found is None:
        return None
    name, kind = found
    direct = history.parties([key]) if kind == Room.Kind.DIRECT else {}
    return {"key": key, "name": history.others(direct.get(key, []), who.id) or name}


def _zone(name: str, who: Identity) -> tzinfo:
    """Where the reader is: as their browser says, else as they say of themselves, else where the server is."""
    wanted = name[:64] or Person.objects.filter(pk=who.id).values_list("time_zone", flat=True).first()
    try:
        return ZoneInfo(wanted) if wanted else timezone.get_current_timezone()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return timezone.get_current_timezone()
