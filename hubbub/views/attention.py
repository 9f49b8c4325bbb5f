"""Starring and muting a room, and what to be told of: by form, or for the browser's code with JSON back."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.views.decorators.http import require_POST

from hubbub import chat
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.views.page import next_url, page
from hubbub.views.rooms import rooms_page


@page
@require_POST
def attention(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """POST `room` (its key) with what changes: `starred` and `muted` as 0 or 1, `level`; and `next`.

    A form whose box for `muted` is not ticked sends its hidden 0 alone; one that is ticked both, of which the last
    counts. With `Accept: application/json`: {}, or {code, message} with a status over 399.
    """
    wants_json = "application/json" in request.headers.get("Accept", "")
    asked = request.POST
    try:
        chat.check_post_rate(who, request.META.get("REMOTE_ADDR", ""))
        chat.attend_now(
            who,
            asked.get("room", ""),
            starred=_switch(asked.get("starred")),
            muted=_switch(asked.get("muted")),
            level=asked.get("level") or None,
        )
    except Refusal as refusal:
        status = {"no_such_room": 404, "rate_limited": 429, "try_again": 503}.get(refusal.code, 400)
        if wants_json:
            return JsonResponse({"code": refusal.code, "message": refusal.message}, status=status)
        if status == 404:
            raise Http404(refusal.message) from None
        return rooms_page(request, who, status=status, refusal=refusal.message)
    return JsonResponse({}) if wants_json else HttpResponseRedirect(next_url(request), status=303)


def _switch(value: str | None) -> bool | None:
    return {"0": False, "1": True}.get(value or "")
