"""What can be done with one message, by plain forms: react, reply, edit, pin, delete, and read what it said before.

Whoever may not read its room gets what they would for a message that does not exist.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import msgspec
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods

from hubbub import access, blocks, chat, history
from hubbub.access import Standing
from hubbub.conf import settings
from hubbub.errors import Refusal
from hubbub.figures import figures
from hubbub.identity import Identity
from hubbub.models import EarlierText
from hubbub.protocol import Message
from hubbub.render import render
from hubbub.stored import parsed
from hubbub.views.fields import number
from hubbub.views.log import one
from hubbub.views.page import deeds_url, message_url, page, room_url, show, sidebar
from hubbub.views.veiled import veiled

EARLIER = 10  # texts on a page
USUAL = ("👍", "❤️", "😄", "🎉", "👀", "🙏", "✅", "👎")
STATUS = {"rate_limited": 429, "try_again": 503, "signed_out": 403, "not_allowed": 403, "not_yours": 403,
          "no_such_message": 404, "edited_since": 409}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Asked:
    """A message and who looks at it."""

    message: Message
    who: Identity
    standing: Standing

    @property
    def own(self) -> bool:
        return self.message.author.id == self.who.id.hex

    @property
    def moderates(self) -> bool:
        return access.moderates(self.who, self.standing)

    def in_time(self, hours: float) -> bool:
        return not hours or timezone.now() - parsed(self.message.at) <= timedelta(hours=hours)


@page
@require_http_methods(["GET", "HEAD", "POST"])
def deeds(request: HttpRequest, who: Identity, id: int) -> HttpResponseBase:
    """GET: the page; as JSON the message as it stands. POST one of `toggle` (an emoji), `edit` (a text, with the `base`
    that it was made from), `pin` (on or off), `delete`: done, and back to the message's place; as JSON nothing, or 4xx
    {code, message}."""
    asked = _asked(who, id)
    json = "application/json" in request.headers.get("Accept", "")
    if request.method != "POST":
        return _json(asked.message) if json else _page(request, asked)
    try:
        chat.check_post_rate(who, request.META.get("REMOTE_ADDR", ""))
        _do(request, asked)
    except Refusal as refusal:
        figures.refusals.add(refusal.code)
        status = STATUS.get(refusal.code, 400)
        if json:
            return JsonResponse({"code": refusal.code, "message": refusal.message}, status=status)
        return _page(request, _asked(who, id), refusal, status, at_fault=_at_fault(request))
    if json:
        return HttpResponse(status=204)
    return HttpResponseRedirect(message_url(asked.standing.head.address, asked.message.seq), status=303)


def refused_reply(
    request: HttpRequest, who: Identity, id: int, refusal: Refusal, nonce: str
) -> HttpResponseBase | None:
    """The page of the message that could not be answered, with the reply as it was typed; None where there is no such
    message any more."""
    try:
        asked = _asked(who, id)
    except Http404:
        return None
    if asked.message.deleted:
        return None
    return _page(request, asked, refusal, STATUS.get(refusal.code, 400), at_fault="reply", nonce=nonce)


def _at_fault(request: HttpRequest) -> str:
    """The field whose form was refused; "" where it was a button."""
    if request.POST.get("toggle", USUAL[0]) not in USUAL:
        return "emoji"
    return "edit" if "edit" in request.POST else ""


def _asked(who: Identity, id: int) -> _Asked:
    found = history.messages([id]) if id < 2**53 else []
    standing = access.standing(who, found[0].room) if found else None
    if standing is None or not standing.may_read:
        raise Http404("There is no such message.")
    return _Asked(found[0], who, standing)


def _do(request: HttpRequest, asked: _Asked) -> None:
    said, id = request.POST, asked.message.id
    if "toggle" in said:
        emoji = said["toggle"]
        chat.react_now(asked.who, id, emoji, not chat.has_reacted(asked.who, id, emoji))
    elif "edit" in said:
        chat.edit_now(asked.who, id, said["edit"], _base(said["base"]) if "base" in said else None)
    elif "pin" in said:
        chat.pin_now(asked.who, id, said["pin"] != "off")
    elif "delete" in said:
        chat.delete_now(asked.who, id)


def _base(typed: str) -> int:
    """What is no number stands on nothing: nothing newer is lost by it."""
    found = number(typed)
    return -1 if found is None else found


def _json(message: Message) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(message), content_type="application/json")


def _page(
    request: HttpRequest,
    asked: _Asked,
    refusal: Refusal | None = None,
    status: int = 200,
    *,
    at_fault: str = "",
    nonce: str = "",
) -> HttpResponseBase:
    """The page; after a refusal with what was typed, and the sentence at the field `at_fault`, if that is shown."""
    message, head, said = asked.message, asked.standing.head, request.POST
    seen = refusal is not None and refusal.code == "edited_since"  # this page shows what it says now
    blocked = blocks.of(asked.who.id) if asked.standing.blocks else frozenset()
    views = history.listed_rooms(asked.who.id)
    name = next((view.name for view in views if view.room == head.key), head.name)
    may_edit = asked.in_time(settings().edit_hours)
    if at_fault == "edit" and not (asked.own and may_edit):
        at_fault = ""
    context: dict[str, Any] = {
        "room": {"key": head.key, "name": name, "url": room_url(head.address)},
        "rooms": sidebar(views),
        "log": veiled(one(message, room_url(head.address), asked.who.id.hex), blocked),
        "blocked": message.author.id in blocked,
        "message": {"id": message.id, "seq": message.seq, "deleted": message.deleted, "pinned": message.pinned,
                    "url": message_url(head.address, message.seq)},
        "deeds_url": deeds_url(message.id),
        "own": asked.own,
        "may_edit": may_edit,
        "may_delete": (asked.own and asked.in_time(settings().delete_hours)) or asked.moderates,
        "earlier": _earlier(asked, request.GET.get("page")),
        "usual": USUAL,
        "draft": said.get("edit", message.message),
        "base": said["base"] if "base" in said and not seen else message.changed,
        "over": seen,
        "emoji": said.get("toggle", "") if at_fault == "emoji" else "",
        "reply": said.get("message", "") if at_fault == "reply" else "",
        "nonce": nonce or uuid.uuid4().hex,
        "refusal": refusal and refusal.message,
        "at_fault": "" if message.deleted else at_fault,
    }  # fmt: skip
    return show(request, asked.who, "hubbub/deeds.html", context, status=status)


def _earlier(asked: _Asked, number: str | None) -> Page[Any] | None:
    """What it said before, the last of it first; for its author and moderators. A page of it: each text is rendered
    when it is looked at, and somebody may have changed theirs a thousand times."""
    if asked.message.edited_at is None or not (asked.own or asked.moderates):
        return None
    found = EarlierText.objects.filter(message_id=asked.message.id).order_by("-id").values("text", "until")
    shown: Page[Any] = Paginator(found, EARLIER).get_page(number)
    shown.object_list = [{**one, "html": _safe(one["text"])} for one in shown.object_list]
    return shown


def _safe(text: str) -> SafeString:
    return mark_safe(render(text))  # noqa: S308  safe by render.py
