"""What all of Hubbub's pages share: who is asking, the sidebar, the links, and headers that keep them private."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast
from urllib.parse import quote

from django.conf import settings as django_settings
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.template.loader import get_template
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject

from hubbub import __version__, chat, identity
from hubbub.conf import settings
from hubbub.identity import Identity
from hubbub.protocol import RoomView

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)
View = Callable[Concatenate[HttpRequest, Identity, P], HttpResponseBase]

ROOM_MARK = "__room__"


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
            return page_headers(redirect_to_login(request.get_full_path(), sign_in_url() or None))
        response = view(request, who, *args, **kwargs)
        identity.remember(response, request, who)
        return page_headers(response)

    transaction.non_atomic_requests(private)  # marks the view
    return cast("Callable[Concatenate[HttpRequest, P], HttpResponseBase]", private)


def page_headers(response: R) -> R:
    """The response, never kept by a proxy or shown to another person."""
    response["Cache-Control"] = "private, no-store"
    patch_vary_headers(response, ("Cookie",))
    response.setdefault("Referrer-Policy", "same-origin")
    response.setdefault("X-Content-Type-Options", "nosniff")
    return response


def show(
    request: HttpRequest, who: Identity, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    """The page, with the policy that nothing inline or foreign runs in it."""
    nonce = getattr(request, "csp_nonce", None) or SimpleLazyObject(lambda: secrets.token_urlsafe(16))
    context = {**page_links(request), "you": who.view, "csp_nonce": nonce, "may_speak": True, **context}
    response = HttpResponse(get_template(template).render(context, request), status=status)
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
    s = settings()
    return {
        "sign_in_url": sign_in_url(),
        "sign_up_url": resolve_url(s.sign_up_url) if s.sign_up_url else None,
        "sign_out_url": resolve_url(s.sign_out_url) if s.sign_out_url else None,
        "rename_url": reverse("hubbub:name"),
        "rooms_url": reverse("hubbub:rooms"),
        "version": __version__,
        "here_url": request.get_full_path(),
    }


def sign_in_url() -> str:
    """Where to sign in: the setting, else the project's LOGIN_URL."""
    return resolve_url(settings().sign_in_url or django_settings.LOGIN_URL)


def room_url(name: str) -> str:
    """The page of a room with this name."""
    return room_url_template().replace(ROOM_MARK, quote(name, safe=""))


def room_url_template() -> str:
    """The page of a room, with ROOM_MARK where its percent-encoded name goes."""
    return reverse("hubbub:room", args=[ROOM_MARK])


def sidebar(views: list[RoomView], current: RoomView | None = None) -> list[dict[str, Any]]:
    """A person's rooms, latest first, as {key, name, url, unread, …, current}; the open one is among them."""
    if current is not None and all(view.room != current.room for view in views):
        views = [current, *views]
    template = room_url_template()
    return [
        {
            "key": view.room,
            "name": view.name,
            "url": template.replace(ROOM_MARK, quote(view.name, safe="")),
            "unread": view.unread,
            "current": current is not None and view.room == current.room,
        }
        for view in views
    ]
