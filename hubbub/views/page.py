"""What all of Hubbub's pages share: who is asking, the sidebar, the links, and headers that keep them private."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar, cast
from urllib.parse import quote
from uuid import UUID

from django.conf import settings as django_settings
from django.contrib.auth.views import redirect_to_login
from django.core.handlers.exception import response_for_exception
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import resolve_url
from django.template.loader import get_template
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme

from hubbub import __version__, chat, identity, node, policy, ticket
from hubbub.conf import Settings, settings
from hubbub.identity import Identity
from hubbub.models.room_name import PRIVATE
from hubbub.protocol import RoomView
from hubbub.views.mould import Mould
from hubbub.views.unsent import unsent

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
View = Callable[Concatenate[HttpRequest, Identity, P], HttpResponseBase]

LONGEST = 100  # characters that are looked for
ROOM_MARK, PERSON_MARK = "__room__", "__person__"


def page(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Make a view of ours: it gets who is asking; closed guests are led to sign in; the answer is private.

    A guest is remembered in the browser, and becomes the account's voice once there is an account.

    It never runs inside ATOMIC_REQUESTS: what it writes is the journal's, and is announced when it commits.
    """

    @wraps(view)
    def private(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        who = identity.of_request(request)
        if who is not None and not who.guest and (guest := identity.of_guest_cookies(request.COOKIES)):
            chat.adopt_guest(guest, request.user)
            who = identity.of_request(request)
        if who is None:
            return page_headers(_to_sign_in(request))
        try:
            response = view(request, who, *args, **kwargs)
        except Http404 as missing:  # a proxy may keep what is not there, too, and it is there for others
            return page_headers(response_for_exception(request, missing))
        identity.remember(response, request, who)
        return page_headers(response)

    transaction.non_atomic_requests(private)  # marks the view
    return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", private)


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    """Nobody may look: they are led to sign in. What they wrote in a form meanwhile is handed back first."""
    leads = redirect_to_login(request.get_full_path(), sign_in_url() or None)
    written = unsent(request)
    if not written or "application/json" in request.headers.get("Accept", ""):
        return leads
    context = {"unsent": written, "sign_in_to": leads.url}
    response = HttpResponse(get_template("hubbub/signed_out.html").render(context, request), status=403)
    response.setdefault("Content-Security-Policy", _policy(secrets.token_urlsafe(16)))
    return response


def page_headers(response: R) -> R:
    """The response, never kept by a proxy or shown to another person."""
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ("Cookie",))
    response.setdefault("Referrer-Policy", "same-origin")
    response.setdefault("X-Content-Type-Options", "nosniff")
    return response


def show(
    request: HttpRequest,
    who: Identity,
    template: str,
    context: dict[str, Any],
    *,
    status: int = 200,
    mould: Mould | None = None,
) -> HttpResponse:
    """The page, with the policy that nothing inline or foreign runs in it. With a `mould` the skeleton is kept."""
    nonce = getattr(request, "csp_nonce", None) or secrets.token_urlsafe(16)
    links = page_links(request)
    context = {
        **links,
        "called": sum(room.mentions for room in context.get("rooms", ())),
        "you": who.view,
        "csp_nonce": nonce,
        "may_speak": True,
        **context,
    }
    if mould is None:
        html = get_template(template).render(context, request).encode()
    else:
        context["csrf_token"] = get_token(request)
        html = mould.cast(template, context, request)
    response = HttpResponse(html, status=status)
    if not hasattr(request, "csp_nonce"):
        response.setdefault("Content-Security-Policy", _policy(str(nonce)))
    return response


def _policy(nonce: str) -> str:
    return (
        f"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self' ws: wss:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; font-src 'self'; "
        "manifest-src 'self'"
    )


def page_links(request: HttpRequest) -> dict[str, Any]:
    """Where the links of every page lead; None where there is no such page."""
    links = {**present_links(), "here_url": request.get_full_path()}
    if links["sign_up_url"] and not policy.sign_up():
        links["sign_up_url"] = None
    return links


def present_links() -> dict[str, Any]:
    """The same, whoever asks and from where."""
    return _links(settings(), django_settings.LOGIN_URL, get_script_prefix(), get_urlconf())


@lru_cache(maxsize=16)
def _links(s: Settings, login_url: str, prefix: str, urlconf: Any) -> dict[str, Any]:
    return {
        "links": object(),  # stands for all of these where a piece of a page is kept
        "sign_in_url": sign_in_url(),
        "sign_up_url": resolve_url(s.sign_up_url) if s.sign_up_url else None,
        "sign_out_url": resolve_url(s.sign_out_url) if s.sign_out_url else None,
        "rename_url": reverse("hubbub:name"),
        "read_all_url": reverse("hubbub:read_all"),
        "attention_url": reverse("hubbub:attention"),
        "mentions_url": reverse("hubbub:mentions"),
        "completions_url": reverse("hubbub:completions"),
        "rooms_url": reverse("hubbub:rooms"),
        "new_room_url": reverse("hubbub:new_room"),
        "direct_url": reverse("hubbub:direct"),
        "whom_url": reverse("hubbub:whom"),
        "switcher_url": reverse("hubbub:switcher"),
        "profile_url": reverse("hubbub:profile"),
        "people_url": reverse("hubbub:people"),
        "search_url": reverse("hubbub:search"),
        "person_url_template": reverse("hubbub:person", args=[PERSON_MARK]),
        "deeds_url_template": reverse("hubbub:deeds", args=[0]),
        "room_url_template": reverse("hubbub:room", args=[ROOM_MARK]),
        "address_url_template": reverse("hubbub:address", args=[ROOM_MARK]),
        "version": __version__,
    }


def administration_url(user: Any) -> str | None:
    """Where this account settles how the server is; None for whom may not, and where there is no such page."""
    wanted = settings().administration_url
    return resolve_url(wanted) if wanted and user.is_active and getattr(user, "is_superuser", False) else None


def sign_in_url() -> str:
    """Where to sign in: the setting, else the project's LOGIN_URL."""
    return resolve_url(settings().sign_in_url or django_settings.LOGIN_URL)


def message_url(address: str, seq: int) -> str:
    """The permalink of the message that was born at `seq` in the room with this name or address."""
    return f"{room_url(address)}{seq}/"


def deeds_url(id: int) -> str:
    """The page of what can be done with a message."""
    return f"{str(present_links()['deeds_url_template']).removesuffix('0/')}{id}/"


def room_url(address: str) -> str:
    """The page of the room with this name, or with this address, as a private room's key is."""
    links = present_links()
    if address.startswith(PRIVATE):
        return str(links["address_url_template"]).replace(ROOM_MARK, address.removeprefix(PRIVATE))
    return str(links["room_url_template"]).replace(ROOM_MARK, quote(address, safe=""))


def next_url(request: HttpRequest) -> str:
    """Where a form leads that stands on many pages: to the `next` that it names, if that is ours; else to the rooms."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe else reverse("hubbub:rooms")


def words_of(request: HttpRequest) -> str:
    """What `?q=` looks for: at most 100 characters, without NUL, which PostgreSQL takes for no text."""
    return request.GET.get("q", "").replace("\0", "")[:LONGEST]


def url_of(key: str, name: str) -> str:
    """The page of a room: by its name, or where it has an address by that."""
    return room_url(key if key.startswith(PRIVATE) else name)


def person_url(id: UUID | str) -> str:
    """The page of a person, given by id or by its 32 hex digits."""
    return str(present_links()["person_url_template"]).replace(PERSON_MARK, id if isinstance(id, str) else id.hex)


def live(who: Identity, room: str = "") -> dict[str, str]:
    """What a page needs that is to stay true while it is open (live.js): of a room, or of what its template names."""
    return {"socket": settings().socket_url, "ticket": ticket.issue(who), "room": room}


def here_now(rooms: Iterable[RoomLink]) -> set[str]:
    """The ids of who is in one of these rooms, as far as the node of this process knows."""
    running = node.running()
    return running.presence.ids([room.key for room in rooms]) if running else set()


class RoomLink(NamedTuple):
    """A room in the sidebar."""

    key: str
    name: str
    url: str
    unread: int
    current: bool
    kind: str
    mentions: int
    starred: bool
    muted: bool
    level: str


def sidebar(views: list[RoomView], current: RoomView | None = None) -> tuple[RoomLink, ...]:
    """A person's rooms, in their order; the open one is among them."""
    if current is not None and all(view.room != current.room for view in views):
        views = [current, *views]
    open_ = current and current.room
    return tuple(
        RoomLink(
            v.room, v.name, url_of(v.room, v.name), _loud(v), v.room == open_, v.kind,
            len(v.mentions), v.starred, v.muted, v.level,
        )
        for v in views
    )  # fmt: skip


def _loud(view: RoomView) -> int:
    """How much of what is unread the person wants to be told of."""
    if view.muted or view.level == "nothing":
        return 0
    return len(view.mentions) if view.level == "mentions" else view.unread
