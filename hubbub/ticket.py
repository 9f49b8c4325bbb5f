"""The signed note in a page that spares its socket the database. Worthless without the cookie of the browser it was
made for. Signed with HMAC-SHA-256 (RFC 2104) under a key of its own, derived from the project's SECRET_KEY.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

import msgspec
from django.conf import settings as django_settings
from django.contrib.auth import get_user_model

from hubbub.conf import settings
from hubbub.identity import Identity, of_guest_cookies

Claims = tuple[str, str, str | None, str, str, int]  # id, name, account, fingerprint, bearer, when


def issue(identity: Identity) -> str:
    """A ticket for this person, in characters that need no quoting in an address."""
    user = None if identity.user is None else str(identity.user)
    claims: Claims = (identity.id.hex, identity.name, user, identity.fingerprint, _bearer(identity), int(time.time()))
    content = msgspec.json.encode(claims)
    return f"{_text(content)}.{_text(_signature(content, django_settings.SECRET_KEY))}"


def holder(ticket: str, cookies: Mapping[str, str]) -> Identity | None:
    """Who holds this ticket: None when it is forged, too old, or came with another browser's cookies. No query."""
    if (claims := _claims(ticket)) is None:
        return None
    id, name, user, fingerprint, bearer, at = claims
    if time.time() - at > settings().ticket_hours * 3600:
        return None
    if user is None:
        known = of_guest_cookies(cookies)
        return Identity(UUID(id), name) if known and hmac.compare_digest(bearer, _digest(known.id.hex)) else None
    session = cookies.get(django_settings.SESSION_COOKIE_NAME, "")
    if not hmac.compare_digest(bearer, _digest(session)):
        return None
    return Identity(UUID(id), name, get_user_model()._meta.pk.to_python(user), session, fingerprint)


def _claims(ticket: str) -> Claims | None:
    content, _, signature = ticket.partition(".")
    try:
        signed, given = _bytes(content), signature.encode("ascii")
    except ValueError:
        return None
    # The last letter of a base64 text has bits that mean nothing: there is one text for a ticket all the same.
    keys = [django_settings.SECRET_KEY, *django_settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(_text(_signature(signed, key)).encode(), given) for key in keys):
        return None
    if _text(signed) != content:
        return None
    try:
        claims: Claims = msgspec.json.decode(signed, type=Claims)
    except msgspec.DecodeError:  # another version of Hubbub may have signed something else
        return None
    return claims


def _signature(content: bytes, secret: str | bytes) -> bytes:
    return hmac.digest(_key(secret), content, "sha256")


@lru_cache(maxsize=8)
def _key(secret: str | bytes) -> bytes:
    return hashlib.sha256(b"hubbub.ticket\0" + (secret.encode() if isinstance(secret, str) else secret)).digest()


def _bearer(identity: Identity) -> str:
    """A digest of the cookie that carries this identity; for a guest, of the id in its signed cookie."""
    return _digest(identity.id.hex if identity.guest else identity.session)


def _digest(text: str) -> str:
    """Tells nothing of a session's key, which is too long to be guessed."""
    return hashlib.blake2b(text.encode(), digest_size=16, person=b"hubbub.ticket").hexdigest()


def _text(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    """Raises ValueError."""
    return urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
