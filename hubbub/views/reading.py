"""Marking all that is new in all of one's rooms as read, from any page."""

from __future__ import annotations

from contextlib import suppress

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.http import require_POST

from hubbub import chat
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.views.page import next_url, page


@page
@require_POST
def read_all(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """POST (and `next`)."""
    with suppress(Refusal):  # the database is down: nothing is marked, and the next page says so
        chat.read_all_now(who)
    return HttpResponseRedirect(next_url(request), status=303)
