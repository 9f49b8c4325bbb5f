"""Changing one's name in place: by form, or for the browser's code with JSON back.

Whoever sends the form and is refused gets the form of the profile with what they typed: in a narrow window the sidebar,
where the field stands, is shut on every new page."""

from __future__ import annotations

import msgspec
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.views.decorators.http import require_POST

from hubbub import chat, identity, ticket
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.rates import rates
from hubbub.views.page import next_url, page
from hubbub.views.profile import name_refused


@page
@require_POST
def name(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """POST `name` (and `next`). With `Accept: application/json`: {you, ticket}, or 400 {message}."""
    wants_json = "application/json" in request.headers.get("Accept", "")
    try:
        rates.check_rename(who.id)
        renamed = chat.rename_now(who, request.POST.get("name", ""))
    except Refusal as refusal:
        return _refused(request, who, refusal, wants_json)
    response: HttpResponseRedirect | JsonResponse = HttpResponseRedirect(next_url(request), status=303)
    if wants_json:
        view = msgspec.to_builtins(renamed.view)
        response = JsonResponse({"you": view, "ticket": ticket.issue(renamed)})
    identity.remember(response, request, renamed)
    return response


def _refused(request: HttpRequest, who: Identity, refusal: Refusal, wants_json: bool) -> HttpResponseBase:
    status = 429 if refusal.code == "rate_limited" else 400
    if wants_json:
        return JsonResponse({"message": refusal.message, "code": refusal.code}, status=status)
    return name_refused(request, who, refusal.message, status)
