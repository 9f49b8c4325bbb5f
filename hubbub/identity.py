"""Who is asking: an account, a guest with a signed cookie, or a ticket that stands for either.

Knows cookies, sessions and signatures; knows no sockets and no rooms. A Person row is not needed to be somebody:
the journal makes it with the first thing said.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user_model,
    load_backend,
)
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare

from hubbub.conf import settings
from hubbub.models.person import Person, account_name, guest_name
from hubbub.protocol import PersonView
from hubbub.rows import account_as_stored, rows

GUEST_COOKIE = "hubbub_guest"
_GUEST_SALT = "hubbub.guest"
_TICKET_SALT = "hubbub.ticket"
_ACCOUNTS = uuid.UUID("6c1f4e1e-8d0b-5a57-9a3e-0f3f6f1c7b10")
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking.

    `id` is the Person's, `user` the account's key or None for a guest. `session` is the session's key and
    `fingerprint` what the account looked like then: when either changes, open sockets end (G8).
    """

    id: uuid.UUID
    name: str
    user: Any = None
    session: str = ""
    fingerprint: str = ""

    @property
    def guest(self) -> bool:
        """Whether no account stands behind this voice."""
        return self.user is None

    @property
    def view(self) -> PersonView:
        """This person as others see them."""
        return PersonView(self.id.hex, self.name, self.guest)


def new_guest() -> Identity:
    """A guest nobody has met yet, under a generated name."""
    return Identity(uuid.uuid4(), guest_name())


def of_user(user: Any, session: str = "") -> Identity:
    """The voice of an account. One query. Its Person may not be stored yet."""
    person = rows(f"SELECT id, name FROM {Person._meta.db_table} WHERE user_id = %s", account_as_stored(user.pk))
    id, name = person[0] if person else (uuid.uuid5(_ACCOUNTS, str(user.pk)), account_name(user))
    id = id if isinstance(id, uuid.UUID) else uuid.UUID(id)
    return Identity(id, name, user.pk, session, fingerprint(user.password, user.is_active))


def fingerprint(password: str, is_active: bool) -> str:
    """What must stay the same for open sockets of an account to live: 16 hex digits."""
    return _digest(f"{password}\0{bool(is_active)}")


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────


def of_request(request: HttpRequest) -> Identity | None:
    """Who asks for this page; None when guests are not let in. A new guest is made when nobody was known."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return of_user(user, request.session.session_key or "")
    if not settings().guests:
        return None
    return of_guest_cookies(request.COOKIES) or new_guest()


def remember(response: HttpResponseBase, request: HttpRequest, identity: Identity) -> None:
    """Keep a guest's id and name in the browser, signed; forget the guest once an account speaks here.

    What the view itself set stays.
    """
    known = of_guest_cookies(request.COOKIES)
    if not identity.guest:
        if GUEST_COOKIE in request.COOKIES:
            response.delete_cookie(GUEST_COOKIE, path=django_settings.SESSION_COOKIE_PATH, samesite="Lax")
    elif GUEST_COOKIE not in response.cookies and known != identity:
        response.set_cookie(
            GUEST_COOKIE,
            guest_cookie(identity),
            max_age=_YEAR,
            path=django_settings.SESSION_COOKIE_PATH,
            httponly=True,
            secure=request.is_secure(),
            samesite="Lax",
        )


def guest_cookie(identity: Identity) -> str:
    """The signed cookie of a guest: id and name."""
    return signing.dumps([identity.id.hex, identity.name], salt=_GUEST_SALT)


def _of_guest_cookie(value: str) -> Identity | None:
    if not value:
        return None
    try:
        id, name = signing.loads(value, salt=_GUEST_SALT, max_age=_YEAR)
        return Identity(uuid.UUID(id), name)
    except (signing.BadSignature, ValueError, TypeError, AttributeError):
        return None


# ── tickets ─────────────────────────────────────────────────────────────────────────────────────────


def ticket(identity: Identity) -> str:
    """A signed note for the page that spares its socket the database. Worthless without the browser's cookie."""
    user = None if identity.user is None else str(identity.user)
    bearer = _digest(identity.id.hex if identity.guest else identity.session)
    claims = [identity.id.hex, identity.name, user, identity.fingerprint, bearer]
    return signing.dumps(claims, salt=_TICKET_SALT)


def of_ticket(text: str, cookies: Mapping[str, str]) -> Identity | None:
    """Who holds this ticket: None when it is forged, too old, or came with another browser's cookies."""
    try:
        id, name, user, print_, bearer = signing.loads(
            text, salt=_TICKET_SALT, max_age=int(settings().ticket_hours * 3600)
        )
    except (signing.BadSignature, ValueError):
        return None
    pk = None if user is None else get_user_model()._meta.pk.to_python(user)
    session = "" if user is None else cookies.get(django_settings.SESSION_COOKIE_NAME, "")
    identity = Identity(uuid.UUID(id), name, pk, session, print_)
    return identity if constant_time_compare(bearer, _bearer(identity, cookies)) else None


def _bearer(identity: Identity, cookies: Mapping[str, str]) -> str:
    """A digest of the cookie that carries this identity; for a guest, of the id in its signed cookie."""
    if not identity.guest:
        return _digest(identity.session)
    known = of_guest_cookies(cookies)
    return _digest(known.id.hex) if known else ""


def _digest(text: str) -> str:
    key = django_settings.SECRET_KEY.encode()[:64]
    return hashlib.blake2b(text.encode(), digest_size=8, key=key).hexdigest()


# ── sockets ─────────────────────────────────────────────────────────────────────────────────────────


def of_cookies(cookies: Mapping[str, str]) -> Identity | None:
    """Who these cookies belong to: the session's account, else the guest. Two queries for an account, else none."""
    if session := cookies.get(django_settings.SESSION_COOKIE_NAME, ""):
        user = _session_user(session)
        if user is not None:
            return of_user(user, session)
    return of_guest_cookies(cookies)


def of_guest_cookies(cookies: Mapping[str, str]) -> Identity | None:
    """The guest of these cookies. No query."""
    return _of_guest_cookie(cookies.get(GUEST_COOKIE, ""))


def _session_user(session_key: str) -> Any:
    """The account of a session as django.contrib.auth.get_user finds it, without a request."""
    session = import_module(django_settings.SESSION_ENGINE).SessionStore(session_key)
    path = session.get(BACKEND_SESSION_KEY)
    if path not in django_settings.AUTHENTICATION_BACKENDS:
        return None
    user = load_backend(path).get_user(get_user_model()._meta.pk.to_python(session[SESSION_KEY]))
    if user is None or not getattr(user, "is_active", True):
        return None
    return user if _hash_matches(user, session.get(HASH_SESSION_KEY)) else None


def _hash_matches(user: Any, known: str | None) -> bool:
    if not hasattr(user, "get_session_auth_hash"):
        return True
    hashes = [user.get_session_auth_hash(), *getattr(user, "get_session_auth_fallback_hash", lambda: ())()]
    return any(constant_time_compare(known or "", one) for one in hashes)


def renamed(identity: Identity, name: str) -> Identity:
    """The same voice under another name."""
    return replace(identity, name=name)
