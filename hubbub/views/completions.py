"""What the composer offers while a name is typed, for the browser's code."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from hubbub import access, node
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.mentions import offers
from hubbub.mentions.offers import Offer
from hubbub.models.room_name import name_and_key
from hubbub.views.page import page, words_of


@page
@require_safe
def completions(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """`?room=key&kind=person&q=typed` (or kind `room`, `command`): {offers: [{insert, shown, note, …}]}. 404 where the
    asker may not read the room."""
    try:
        name, key = name_and_key(request.GET.get("room", ""))
        head = access.head(who, key, name)
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "message": refusal.message}, status=404)
    found = _found(who, head.key, request.GET.get("kind", ""), words_of(request))
    return JsonResponse({"offers": [_plain(one) for one in found]})


def _found(who: Identity, key: str, kind: str, typed: str) -> list[Offer]:
    match kind:
        case "person":
            running = node.running()
            return offers.people(who, key, typed, running.presence.people(key) if running else ())
        case "room":
            return offers.rooms(who, typed)
        case "command":
            return offers.commands(typed)
    return []


def _plain(one: Offer) -> dict[str, Any]:
    note = {"@room": _("everybody in this room"), "@here": _("everybody who is here now")}.get(one.insert, one.note)
    who = {"person": one.person, "guest": one.guest, "here": one.here} if one.person else {}
    return {"insert": one.insert, "shown": one.shown, "note": note, **who}
