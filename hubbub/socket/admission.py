"""Who is at the door: is the page ours, and whose cookies or ticket does the socket bring?

Knows the handshake of a socket; knows no rooms and sends nothing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings as django_settings
from django.http import parse_cookie
from django.http.request import split_domain_port, validate_host

from hubbub import identity, policy, ticket
from hubbub.identity import Identity
from hubbub.node import Node

Scope = dict[str, Any]


def origin_allowed(scope: Scope) -> bool:
    """Whether the page that opened the socket is one of ours (RFC 6455, §10.2).

    No Origin means not a browser, which carries nobody's cookies by accident. Else the Origin's host must be the
    Host asked for, or one of ALLOWED_HOSTS.
    """
    origin = header(scope, b"origin")
    if origin is None:
        return True
    if scope.get("scheme") == "wss" and not origin.startswith("https:"):
        return False  # a page that came by HTTP may be anybody's on the way, and the cookies are sent all the same
    allowed = tuple(django_settings.ALLOWED_HOSTS or ("localhost", ".localhost", "127.0.0.1", "[::1]"))
    return _same_site(origin, header(scope, b"host") or "", allowed)


@lru_cache(maxsize=1024)
def _same_site(origin: str, host_header: str, allowed: tuple[str, ...]) -> bool:
    try:
        host = urlsplit(origin).hostname or ""
    except ValueError:
        return False
    own, _ = split_domain_port(host_header.lower())
    if not validate_host(own, allowed):
        return False
    return host == own.strip("[]") or ("*" not in allowed and validate_host(host, allowed))


async def recognise(scope: Scope, node: Node) -> tuple[Identity | None, bool]:
    """Who it is, and whether the database said so just now: by ticket, by the host's `scope["user"]`, by cookies.

    None when nobody may come in without an account. At most one trip to the database, none with a good ticket.
    """
    cookies = cookies_of(scope)
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    who = ticket.holder(query["ticket"][0], cookies) if "ticket" in query else None
    verified = who is None
    if who is None:
        user = scope.get("user")
        if user is not None and getattr(user, "is_authenticated", False):
            who = await node.read(identity.of_user, user, cookies.get(django_settings.SESSION_COOKIE_NAME, ""))
        elif django_settings.SESSION_COOKIE_NAME in cookies:
            who = await node.identities.ask(cookies)
        else:
            who = identity.of_guest_cookies(cookies)
    if who is None or who.guest:
        who = (who or identity.new_guest()) if policy.guests() else None
    return who, verified


def since_of(scope: Scope) -> int | None:
    """The number in `?since=`; None without one."""
    value = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("since", [""])[0]
    return int(value) if value.isascii() and value.isdigit() and len(value) < 17 else None


def cookies_of(scope: Scope) -> dict[str, str]:
    """The cookies that the browser sent."""
    sent = header(scope, b"cookie")
    return parse_cookie(sent) if sent else {}


def header(scope: Scope, name: bytes) -> str | None:
    """The handshake's header with this lower-case name."""
    return next((value.decode("latin-1") for key, value in scope.get("headers", ()) if key == name), None)
