"""What the quick switcher leads to: the rooms that one may read and the people one may look up, as JSON."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.views.decorators.http import require_safe

from hubbub import access, history, people
from hubbub.called import called
from hubbub.identity import Identity
from hubbub.models import Room
from hubbub.views.page import administration_url, page, url_of, words_of

LISTED = 500  # of each kind; on a larger server the browser asks again for what is typed
FOUND = 20


@page
@require_safe
def switcher(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """{rooms: [{key, name, kind, url}], people: [{id, name, guest}], more, administration: the owner's page or null};
    with `?q=` the rooms and people with these words in their names."""
    words = words_of(request)
    most = FOUND if words else LISTED
    rooms, known = _rooms(who, words, most), _people(who, words, most)
    more = not words and (len(rooms) == most or len(known) == most)
    administration = administration_url(request.user)
    return JsonResponse({"rooms": rooms, "people": known, "more": more, "administration": administration})


def _rooms(who: Identity, words: str, most: int) -> list[dict[str, Any]]:
    named = called(access.rooms_readable(who).filter(archived_at=None), words, "name")
    found = named.order_by(F("last_at").desc(nulls_last=True), "-id").values_list("key", "name", "kind")[:most]
    direct = history.parties(key for key, _, kind in found if kind == Room.Kind.DIRECT)
    shown = [(key, history.others(direct.get(key, []), who.id) or name, kind) for key, name, kind in found]
    return [{"key": key, "name": name, "kind": kind, "url": url_of(key, name)} for key, name, kind in shown]


def _people(who: Identity, words: str, most: int) -> list[dict[str, Any]]:
    found = people.called(people.listed_for(who.id), words).exclude(pk=who.id)
    listed = found.order_by(F("user_id").asc(nulls_last=True), "name").values_list("id", "name", "user_id")[:most]
    return [{"id": id.hex, "name": name, "guest": user is None} for id, name, user in listed]
