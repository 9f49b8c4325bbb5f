"""Making rooms: the form for a new one, meeting somebody in a direct one, and coming in by a link."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.views.decorators.http import require_http_methods, require_POST

from hubbub import chat, history
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.views.page import page, room_url, show, sidebar
from hubbub.views.place import STATUS, person_id, refused, wants_json
from hubbub.views.whom import Named, named_again


@page
@require_http_methods(["GET", "HEAD", "POST"])
def new_room(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """GET: the form. POST `name`, `kind`, `topic`: the new room; with `Accept: application/json` {url}."""
    form = request.POST
    if request.method != "POST":
        return _form(request, who, {"kind": request.GET.get("kind", "public"), "name": request.GET.get("name", "")})
    try:
        chat.check_post_rate(who, request.META.get("REMOTE_ADDR", ""))
        address = chat.make_room_now(who, form.get("name", ""), kind=form.get("kind", ""), topic=form.get("topic", ""))
    except Refusal as refusal:
        if wants_json(request):
            return refused(refusal)
        said: dict[str, Any] = {name: form.get(name, "") for name in ("name", "kind", "topic")}
        said.update(refusal=refusal.message, field=refusal.field)
        return _form(request, who, said, STATUS.get(refusal.code, 400))
    return _to(request, address)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def direct(request: HttpRequest, who: Identity) -> HttpResponseBase:
    """GET: the form for a message to one or several. POST whom it names: the room in which you and they meet; with
    `Accept: application/json` {url}."""
    if request.method != "POST":
        return _direct_form(request, who, {})
    try:
        chat.check_post_rate(who, request.META.get("REMOTE_ADDR", ""))
        address = chat.meet_now(who, [person.pk for person in Named(who, request.POST).check()])
    except Refusal as refusal:
        if wants_json(request):
            return refused(refusal)
        said = {"refusal": refusal.message, **named_again(who, request.POST, refusal)}
        return _direct_form(request, who, said, STATUS.get(refusal.code, 400))
    return _to(request, address)


@page
@require_POST
def direct_with(request: HttpRequest, who: Identity, id: str) -> HttpResponseBase:
    """POST: the room in which you and this person meet; with `Accept: application/json` {url}."""
    person = person_id(id)
    try:
        chat.check_post_rate(who, request.META.get("REMOTE_ADDR", ""))
        address = chat.meet_now(who, [person] if person else [])
    except Refusal as refusal:
        if wants_json(request):
            return refused(refusal)
        return _direct_form(request, who, {"refusal": refusal.message}, STATUS.get(refusal.code, 400))
    return _to(request, address)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, who: Identity, token: str) -> HttpResponseBase:
    """GET: where the link leads, and a button. POST: in. Whatever is wrong with the link, the answer is the same."""
    refusal: Refusal | None = None
    try:
        if request.method == "POST":
            chat.check_post_rate(who, request.META.get("REMOTE_ADDR", ""))
            return _to(request, chat.accept_now(who, token))
    except Refusal as refused:
        refusal = refused
    found = chat.invitation_for(who, token)
    if found is None or (refusal and refusal.code == "no_such_room"):
        return show(request, who, "hubbub/invitation_void.html", {"rooms": _sidebar(who)}, status=404)
    link, inside = found
    if inside:
        return HttpResponseRedirect(room_url(link.room.key))
    context = {"room": link.room, "by": link.by.name, "rooms": _sidebar(who), "refusal": refusal and refusal.message}
    status = STATUS.get(refusal.code, 400) if refusal else 200
    return show(request, who, "hubbub/invitation.html", context, status=status)


def _to(request: HttpRequest, address: str) -> HttpResponseBase:
    url = room_url(address)
    return JsonResponse({"url": url}) if wants_json(request) else HttpResponseRedirect(url, status=303)


def _form(request: HttpRequest, who: Identity, said: dict[str, Any], status: int = 200) -> HttpResponseBase:
    context = {"name": "", "topic": "", "refusal": "", "field": "", "rooms": _sidebar(who), **said}
    return show(request, who, "hubbub/new_room.html", context, status=status)


def _direct_form(request: HttpRequest, who: Identity, said: dict[str, Any], status: int = 200) -> HttpResponseBase:
    context = {"chosen": [], "candidates": [], "named": "", "refusal": "", "rooms": _sidebar(who), **said}
    return show(request, who, "hubbub/new_message.html", context, status=status)


def _sidebar(who: Identity) -> Any:
    return sidebar(history.listed_rooms(who.id))
