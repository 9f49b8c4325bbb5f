"""A room's page: the newest messages from the server, older ones by link, and a form that posts without JavaScript."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_safe

from hubbub import access, blocks, chat, history, node, ticket
from hubbub.access import Standing
from hubbub.conf import settings
from hubbub.errors import Refusal
from hubbub.figures import figures
from hubbub.history import Head
from hubbub.identity import Identity
from hubbub.mentions.unread import unread as unread_calls
from hubbub.models import Epoch, Membership
from hubbub.models.room_name import PRIVATE, name_and_key
from hubbub.protocol import PersonView, RoomView
from hubbub.slash import Tell
from hubbub.views.addressed import addressed
from hubbub.views.deeds import refused_reply
from hubbub.views.fields import number
from hubbub.views.log import Log, Where, log
from hubbub.views.mould import Mould
from hubbub.views.page import message_url, page, page_links, room_url, show, sidebar
from hubbub.views.veiled import veiled

_POURED = ("log", "older_url", "newer_url", "seq", "for_client", "notice", "csrf_token", "csp_nonce")
_IN_SCRIPT = {ord(character): f"\\u{ord(character):04x}" for character in "<>&\u2028\u2029"}
_STATUS = {"rate_limited": 429, "try_again": 503, "signed_out": 403, "not_allowed": 403, "no_such_room": 404}


@page
@require_http_methods(["GET", "HEAD", "POST"])
def room(request: HttpRequest, who: Identity, room: str) -> HttpResponseBase:
    """GET: the page; with `?at=2026-11-20` the first message of that day. POST: say `message` under `nonce`, or mark
    the room `read` up to a number, or `unread` from one on; then the page."""
    try:
        name, key = name_and_key(room)
        entered = access.enter(who, key, name)
    except Refusal as refusal:
        raise Http404(refusal.message) from None
    head = entered.head
    if head.address != room and request.method != "POST":
        asked = request.META.get("QUERY_STRING", "")
        return HttpResponseRedirect(room_url(head.address) + (f"?{asked}" if asked else ""))
    if "read" in request.POST or "unread" in request.POST:
        return _read(request, who, head)
    if request.method == "POST":
        return _post(request, who, entered)
    if (moment := _day(request.GET.get("at", ""))) is not None and head.id is not None:
        return HttpResponseRedirect(message_url(head.address, history.at(head, moment, 1).focus))
    return _page(request, who, entered)


def address(request: HttpRequest, id: str) -> HttpResponseBase:
    """The same for a private or direct room, by its address."""
    return room(request, PRIVATE + id)


@page
@require_safe
def message(request: HttpRequest, who: Identity, room: str, seq: int) -> HttpResponseBase:
    """The page around the message that was born at `seq`, with that message marked: where its permalink leads."""
    try:
        name, key = name_and_key(room)
        entered = access.enter(who, key, name)
    except Refusal as refusal:
        raise Http404(refusal.message) from None
    head = entered.head
    if head.id is None or not 0 < seq <= head.seq:
        raise Http404("There is no such message.")
    if head.address != room:
        return HttpResponseRedirect(message_url(head.address, seq))
    return _page(request, who, entered, around=seq)


def message_at_address(request: HttpRequest, id: str, seq: int) -> HttpResponseBase:
    """The same for a message in a private or direct room."""
    return message(request, PRIVATE + id, seq)


def _day(text: str) -> datetime | None:
    """The beginning of a day that is written like 2026-11-20, where the project's clock stands."""
    try:
        return timezone.make_aware(datetime.fromisoformat(text)) if len(text) == 10 else None
    except (ValueError, OverflowError):
        return None


def _post(request: HttpRequest, who: Identity, entered: Standing) -> HttpResponseBase:
    head = entered.head
    text, nonce = request.POST.get("message", ""), request.POST.get("nonce", "")
    nonce = nonce[:64] if nonce.isascii() and nonce.isalnum() else ""
    reply_to = number(request.POST.get("reply_to", ""))
    try:
        _check_voice(request, who)
        chat.check_post_rate(who, request.META.get("REMOTE_ADDR", ""))
        said: str | Tell | None = chat.said_plainly(text)
        if chat.is_command(text):
            said = chat.obey_now(who, head.address, text)
        if isinstance(said, Tell):
            return _page(request, who, entered, {"notice": mark_safe(chat.told_html(said))})  # noqa: S308  render.py's
        if said is None:
            return HttpResponseRedirect(room_url(head.address), status=303)
        stored = chat.post_now(chat.draft(who, head.address, said, nonce, reply_to=reply_to))
    except Refusal as refusal:
        figures.refusals.add(refusal.code)
        nonce = nonce or uuid.uuid4().hex
        if reply_to is not None and (answered := refused_reply(request, who, reply_to, refusal, nonce)) is not None:
            return answered
        extra = {"refusal": refusal.message, "draft": text, "nonce": nonce}
        return _page(request, who, entered, extra, _STATUS.get(refusal.code, 400))
    assert stored.message is not None
    return HttpResponseRedirect(f"{room_url(head.address)}#m{stored.message.id}", status=303)


def _check_voice(request: HttpRequest, who: Identity) -> None:
    """Raises Refusal where the form was shown to an account, and somebody else sends it: the account was signed out, in
    another window or by time. What was written as oneself is not said under another name before one has seen that."""
    if request.POST.get("as", who.id.hex) != who.id.hex:
        sentence = f"You are {who.name} here now. Sign in again, or send it once more as {who.name}."
        raise Refusal("signed_out", sentence)


def _read(request: HttpRequest, who: Identity, head: Head) -> HttpResponseBase:
    """For who reads without JavaScript: everything on the page was seen, or is to be read again from a message on."""
    mark = chat.mark_unread_now if "unread" in request.POST else chat.mark_read_now
    seq = number(request.POST.get("unread" if "unread" in request.POST else "read", ""))
    if seq is not None and head.id is not None:
        with suppress(Refusal):  # the database is down: nothing is marked, and the next page says so
            mark(who, head.key, seq)
    return HttpResponseRedirect(room_url(head.address), status=303)


def _page(
    request: HttpRequest,
    who: Identity,
    entered: Standing,
    extra: dict[str, Any] | None = None,
    status: int = 200,
    around: int | None = None,
) -> HttpResponseBase:
    """The page as asked for: the newest messages, those `around` a number, or with `?before=` or `?after=` a number."""
    head = entered.head
    blocked = blocks.of(who.id) if entered.blocks else frozenset()
    views = history.listed_rooms(who.id)
    view = next((view for view in views if view.room == head.key), None) or _stranger(who, head)
    url = room_url(head.address)
    where = Where(number(request.GET.get("before", "")), number(request.GET.get("after", "")), around)
    moderates = access.seems_to_moderate(who, entered)
    shown = log(epoch := _epoch(), head, url, view.read if view.unread else None, where)
    context: dict[str, Any] = {
        "room": {
            "key": head.key,
            "name": view.name,
            "url": url,
            "starred": view.starred,
            "muted": view.muted,
            "level": view.level,
            "kind": head.kind,
            "topic": head.topic,
            "archived": head.archived,
            "slow": head.slow,
            "silenced": silenced if (silenced := entered.silenced_until) and silenced > timezone.now() else None,
            "about_url": f"{url}-/about/" if head.id else "",  # a room that nobody has made has nothing to tell
            "pins_url": f"{url}-/pins/",
        },
        "rooms": sidebar(views, view),
        "log": veiled(addressed(shown.html, who.id.hex) if shown.named else shown.html, blocked),
        "empty": not shown.html,
        "older": shown.older,
        "older_url": f"{url}?before={shown.first}" if shown.older else "",
        "newer": not shown.present,
        "newer_url": "" if shown.present else f"{url}?after={shown.last}",
        "focus": bool(shown.focus),
        "unread": bool(view.unread),
        "seq": head.seq,
        "nonce": uuid.uuid4().hex,
        "draft": "",
        "refusal": None,
        "notice": "",
        "noticed": bool(extra and extra.get("notice")),
        "limits": {"message": settings().message_length},
        "here": _here(head.key),
        "for_client": _script(_for_client(who, view, url, shown, epoch, page_links(request), blocked, moderates)),
        **(extra or {}),
    }
    looks = (not shown.html, shown.older, not shown.present, bool(shown.focus), bool(view.unread), context["noticed"])
    wordless = bool(head.archived or context["room"]["silenced"])
    mould = Mould((view.name, url, wordless, *looks), _POURED)
    return show(request, who, "hubbub/room.html", context, status=status, mould=mould)


def _stranger(who: Identity, head: Head) -> RoomView:
    """The room for somebody who is not among its latest readers: as they left it, or all read if they never came."""
    member = Membership.objects.filter(person_id=who.id, room_id=head.id or 0)
    known = member.values_list("read_seq", "read_ordinal", "starred", "muted", "level").first()
    read, ordinal, starred, muted, level = known or (head.seq, head.ordinal, False, False, "all")
    unread = max(0, head.ordinal - ordinal)
    name = history.others(history.parties([head.key])[head.key], who.id) if head.kind == "direct" else ""
    return RoomView(
        room=head.key,
        name=name or head.name,
        seq=head.seq,
        ordinal=head.ordinal,
        read=read,
        unread=unread,
        kind=head.kind,
        mentions=unread_calls(who.id, head.id, ordinal) if unread and head.id is not None else [],
        starred=starred,
        muted=muted,
        level=level,
    )


def _epoch() -> str:
    running = node.running()
    return running.epoch if running is not None and running.epoch else Epoch.current()


@dataclass(frozen=True, slots=True)
class _Present:
    """Who is in a room, as its bar shows it."""

    count: int
    people: tuple[PersonView, ...]


def _here(key: str) -> _Present | None:
    """Who is here, as far as the node of this process knows; None where sockets are served elsewhere."""
    running = node.running()
    if running is None:
        return None
    here = running.presence.here(key)
    return _Present(here.count, tuple(here.people or ()))


def _for_client(
    who: Identity,
    here: RoomView,
    url: str,
    shown: Log,
    epoch: str,
    links: dict[str, Any],
    blocked: Iterable[str],
    moderates: bool,
) -> dict[str, Any]:
    """What the browser's code needs to know; everything else it learns from the socket."""
    s = settings()
    return {
        "socket": s.socket_url,
        "ticket": ticket.issue(who),
        "epoch": epoch,
        "room": here.room, "name": here.name, "seq": here.seq, "ordinal": here.ordinal, "read": here.read,
        "unread": here.unread, "mentions": here.mentions, "muted": here.muted, "level": here.level,
        "url": url, "more": shown.older, "newer": not shown.present, "focus": shown.focus,
        "you": who.view,
        "blocked": sorted(blocked),
        "limits": {
            "message": s.message_length, "frame": s.frame_bytes, "rooms": s.rooms_per_socket,
            "edit_hours": s.edit_hours, "delete_hours": s.delete_hours,
        },
        "moderates": moderates,
        "rename": links["rename_url"], "rooms_url": links["rooms_url"], "room_url_template": links["room_url_template"],
        "person_url_template": links["person_url_template"],
        "address_url_template": links["address_url_template"],
    }  # fmt: skip


def _script(values: dict[str, Any]) -> SafeString:
    """Values for the browser's code, in an element that no text in them can end."""
    text = msgspec.json.encode(values).decode().translate(_IN_SCRIPT)
    return mark_safe(f'<script id="hubbub-page" type="application/json">{text}</script>')  # noqa: S308  escaped above
