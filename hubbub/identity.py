"""Who is asking: an account, or a guest with a signed cookie.

Knows cookies, sessions and signatures; knows no sockets and no rooms. A Person row is not needed to be somebody:
the journal makes it with the first thing said.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import SimpleLazyObject, empty

from hubbub import policy, signed_in
from hubbub.models.person import Person, account_name, guest_name
from hubbub.protocol import PersonView
from hubbub.rows import account_as_stored, rows
from hubbub.signed_in import Voice

GUEST_COOKIE = "hubbub_guest"
_GUEST_SALT = "hubbub.guest"
_ACCOUNTS = uuid.UUID("6c1f4e1e-8d0b-5a57-9a3e-0f3f6f1c7b10")
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking.

    `id` is the Person's, `user` the account's key or None for a guest. `session` is the session's key and
    `fingerprint` what the account looked like then: when either changes, open sockets end (G8). `staff` is what the
    account was read with, for what a page shows; what may be done is looked up when it is done.
    """

    id: uuid.UUID
    name: str
    user: Any = None
    session: str = ""
    fingerprint: str = ""
    staff: bool = field(default=False, compare=False)

    def __hash__(self) -> int:
        """Of the id alone, which tells almost all of them apart: several are looked up for each post."""
        return hash(self.id.int)

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
    voices = rows(f"SELECT id, name FROM {Person._meta.db_table} WHERE user_id = %s", account_as_stored(user.pk))
    return _of_account(user, voices, session)


def _of_account(user: Any, voices: Sequence[Voice], session: str) -> Identity:
    id, name = voices[0] if voices else (uuid.uuid5(_ACCOUNTS, str(user.pk)), account_name(user))
    id = id if isinstance(id, uuid.UUID) else uuid.UUID(id)
    standing = fingerprint(user.password, user.is_active)
    return Identity(id, name, user.pk, session, standing, bool(getattr(user, "is_staff", False)))


def fingerprint(password: str, is_active: bool) -> str:
    """What must stay the same for open sockets of an account to live: 16 hex digits."""
    return _digest(f"{password}\0{bool(is_active)}")


# ── pages ───────────────────────────────────────────────────────────────────────────────────────────


def of_request(request: HttpRequest) -> Identity | None:
    """Who asks for this page; None when guests are not let in. A new guest is made when nobody was known."""
    user = getattr(request, "user", None)
    if _nobody_asked(user):
        who = of_cookies(request.COOKIES)
    elif user is not None and user.is_authenticated:
        who = of_user(user, request.session.session_key or "")
    else:
        who = of_guest_cookies(request.COOKIES)
    if who is None or who.guest:
        who = (who or new_guest()) if policy.guests() else None
    return who


def _nobody_asked(user: Any) -> bool:
    """Whether `request.user` is still the promise that Django's own middleware makes. Then the session's cookie tells
    as much, with less work. Any other user, and whatever another middleware put there, is asked itself."""
    if type(user) is not SimpleLazyObject or user._wrapped is not empty:
        return False
    promise = user.__dict__["_setupfunc"]
    return getattr(promise, "__module__", "") == AuthenticationMiddleware.__module__ and getattr(
        promise, "__qualname__", ""
    ).startswith(f"{AuthenticationMiddleware.__name__}.")


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


def _digest(text: str) -> str:
    key = django_settings.SECRET_KEY.encode()[:64]
    return hashlib.blake2b(text.encode(), digest_size=8, key=key).hexdigest()


# ── sockets ─────────────────────────────────────────────────────────────────────────────────────────


def of_cookies(cookies: Mapping[str, str]) -> Identity | None:
    """Who these cookies belong to: the session's account, else the guest. Two queries for an account, else none."""
    if session := cookies.get(django_settings.SESSION_COOKIE_NAME, ""):
        account = signed_in.account_of(session)
        if account is not None:
            user, voices = account
            return of_user(user, session) if voices is None else _of_account(user, voices, session)
    return of_guest_cookies(cookies)


def of_many_cookies(many: Sequence[Mapping[str, str]]) -> list[Identity | None]:
    """Who each of these cookies belong to."""
    return [of_cookies(cookies) for cookies in many]


def of_guest_cookies(cookies: Mapping[str, str]) -> Identity | None:
    """The guest of these cookies. No query."""
    return _of_guest_cookie(cookies.get(GUEST_COOKIE, ""))


def renamed(identity: Identity, name: str) -> Identity:
    """The same voice under another name."""
    return replace(identity, name=name)
