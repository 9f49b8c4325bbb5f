"""Which sockets live by which session, and when they must end (G8).

What `accounts.py` hears by signal is acted on at once; what no signal tells (a row changed by hand, a session that
ran out, another node's doing while the layer is down) the regular check finds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from typing import Any, Protocol

from django.conf import settings as django_settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.signed_cookies import SessionStore as CookieStore
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from hubbub.errors import Goodbye
from hubbub.identity import Identity, fingerprint
from hubbub.models import Person
from hubbub.protocol import Frame
from hubbub.wire import Wire

logger = logging.getLogger("hubbub.sessions")

_CHUNK = 500


class Bearer(Protocol):
    """An open socket, as seen from here."""

    identity: Identity
    kind: str
    wire: Wire
    rooms: dict[str, str]
    afar: frozenset[str]
    proven: bool

    def put_out(self, key: str) -> None:
        """This person may not follow the room any more, or is not in one that they hear of in brief."""

    def end_session(self) -> None:
        """Close: whoever was behind this socket is signed out."""

    def goodbye(self, why: Goodbye, spread: float = 0) -> None:
        """Close with this code; who comes back does so within `spread` seconds."""

    def tell(self, frame: Frame) -> None:
        """Send a frame to this socket alone."""


class Sessions:
    """The open sockets of a node by session, account and person. Call from its event loop only."""

    def __init__(self) -> None:
        self.bearers: set[Bearer] = set()
        self.fresh: set[Bearer] = set()
        self._people: dict[str, set[Bearer]] = {}

    def add(self, bearer: Bearer, *, verified: bool) -> None:
        """A socket opened; a guest's, and one that came with a ticket, is checked within a second."""
        self.bearers.add(bearer)
        bearer.proven = verified
        self._people.setdefault(bearer.identity.id.hex, set()).add(bearer)
        if bearer.identity.guest or not verified:
            self.fresh.add(bearer)

    def remove(self, bearer: Bearer) -> None:
        """It closed."""
        self.bearers.discard(bearer)
        self.fresh.discard(bearer)
        theirs = self._people.get(bearer.identity.id.hex, set())
        theirs.discard(bearer)
        if not theirs:
            self._people.pop(bearer.identity.id.hex, None)

    def end(self, *, session: str = "", user: str = "", unless: str = "", person: str = "", met: str = "") -> None:
        """Close the sockets of a session, or of an account (but for those with fingerprint `unless`). The guest
        `person` became the account `met`: its sockets come back, and those of the account under another id."""
        for bearer in list(self.bearers):
            who = bearer.identity
            same_user = bool(user) and not who.guest and str(who.user) == user and who.fingerprint != unless
            if same_user or (session and who.session == session):
                bearer.end_session()
            elif person and (who.id.hex == person if who.guest else str(who.user) == met and who.id.hex != person):
                bearer.goodbye(Goodbye.NEW_IDENTITY)

    def of_person(self, person: str) -> list[Bearer]:
        """The open sockets of a person, given by id as 32 hex digits."""
        return list(self._people.get(person, ()))

    def people(self) -> int:
        """How many people have a socket open."""
        return len(self._people)

    def take_fresh(self) -> list[Bearer]:
        """The sockets that nobody has asked the database about yet."""
        fresh, self.fresh = self.fresh, set()
        return list(fresh)


def ended(identities: Sequence[Identity]) -> set[Identity]:
    """Which of these accounts' identities are signed out by now. Two queries for each 500."""
    members = [identity for identity in identities if not identity.guest]
    gone: set[Identity] = set()
    for start in range(0, len(members), _CHUNK):
        some = members[start : start + _CHUNK]
        prints = _fingerprints({identity.user for identity in some})
        alive = _alive({identity.session for identity in some if identity.session})
        for identity in some:
            changed = prints.get(str(identity.user)) != identity.fingerprint
            if changed or (identity.session and identity.session not in alive):
                gone.add(identity)
    return gone


def moved(identities: Sequence[Identity]) -> set[Identity]:
    """Which of these are known by another id or as an account by now: a guest who became one, and an account that was
    another's voice before it had any. A query for each 500."""
    known: set[Identity] = set()
    for start in range(0, len(identities), _CHUNK):
        some = identities[start : start + _CHUNK]
        guests, users = {one.id for one in some if one.guest}, {one.user for one in some if not one.guest}
        found = Person.objects.filter(Q(pk__in=guests, user__isnull=False) | Q(user_id__in=users))
        ids = {user: id for id, user in found.values_list("pk", "user_id")}
        adopted = guests & set(ids.values())
        known |= {one for one in some if (one.id in adopted if one.guest else ids.get(one.user, one.id) != one.id)}
    return known


def _fingerprints(users: Iterable[Any]) -> dict[str, str]:
    model = get_user_model()
    has_flag = any(field.name == "is_active" for field in model._meta.get_fields())
    rows = model._default_manager.filter(pk__in=list(users)).values_list(
        "pk", "password", *(["is_active"] if has_flag else [])
    )
    return {str(pk): fingerprint(password, flag[0] if flag else True) for pk, password, *flag in rows}


def _alive(keys: set[str]) -> set[str]:
    store = import_module(django_settings.SESSION_ENGINE).SessionStore
    if issubclass(store, CookieStore):
        return keys  # the session is the cookie itself: nobody but the browser can end it
    if (model := getattr(store(), "model", None)) is None:
        return {key for key in keys if store().exists(key)}
    rows = model.objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
    return set(rows.values_list("session_key", flat=True))


# ── what others tell ───────────────────────────────────────────────────────────────────────────────

End = Callable[..., None]
_listeners: list[End] = []


def on_end(listener: End) -> None:
    """Call `listener(session=…, user=…, unless=…, person=…, met=…)` from any thread when a session, account or guest
    ends."""
    _listeners.append(listener)


def end_everywhere(**who: str) -> None:
    """Somebody (`session`, `user` and `unless`, or `person` and `met`) ended: close their sockets after the present
    commit."""

    def tell() -> None:
        for listener in list(_listeners):
            listener(**who)

    transaction.on_commit(tell, robust=True)
