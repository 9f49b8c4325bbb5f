"""What one says of oneself: name, a few words, time zone."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from hubbub import chat, history, identity
from hubbub.conf import settings
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.models import Person
from hubbub.models.person import ABOUT_LENGTH, time_zones
from hubbub.rates import rates
from hubbub.views.page import administration_url, next_url, page, person_url, show, sidebar

_STATUS = {"rate_limited": 429, "try_again": 503, "signed_out": 403}


@page
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """GET: the form. POST `name`, `about`, `time_zone`: what others see from now on; then `next` or their page."""
    if request.method != "POST":
        return _form(request, who, _stored(who))
    said = {field: request.POST.get(field, "") for field in ("name", "about", "time_zone")}
    try:
        rates.check_rename(who.id)
        known = chat.describe_now(who, **said)
    except Refusal as refusal:
        status = _STATUS.get(refusal.code, 400)
        return _form(request, who, said, status=status, refusal=refusal.message, at_fault=refusal.field)
    response = HttpResponseRedirect(_after(request) or person_url(known.id), status=303)
    identity.remember(response, request, known)
    return response


def name_refused(request: HttpRequest, who: Identity, refusal: str, status: int) -> HttpResponseBase:
    """The form, for a name that was typed elsewhere and can't be: with that name and why; then on to where that was."""
    said = {**_stored(who), "name": request.POST.get("name", "")}
    return _form(request, who, said, status=status, refusal=refusal, at_fault="name")


def _after(request: HttpRequest) -> str:
    """Where the form says to go on to; "" where it says nothing."""
    return next_url(request) if request.POST.get("next") else ""


def _stored(who: Identity) -> dict[str, str]:
    about, zone = Person.objects.filter(pk=who.id).values_list("about", "time_zone").first() or ("", "")
    return {"name": who.name, "about": about, "time_zone": zone}


def _form(
    request: HttpRequest, who: Identity, said: dict[str, str], *, status: int = 200, **fault: Any
) -> HttpResponseBase:
    zone = said["time_zone"]
    context = {
        "said": said,
        "zones": [(name, name.replace("_", " "), name == zone) for name in time_zones()],
        "limits": {"name": settings().name_length, "about": ABOUT_LENGTH},
        "rooms": sidebar(history.listed_rooms(who.id)),
        "administration_url": administration_url(request.user),
        "next": _after(request),
        "refusal": None,
        "at_fault": None,
        **fault,
    }
    return show(request, who, "hubbub/profile.html", context, status=status)
