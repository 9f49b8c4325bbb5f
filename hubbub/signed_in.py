"""Which account a session's cookie stands for, in two plain reads where project and Django are the usual ones; where
the session store, the auth backend or the user model is of another kind, Django's own longer way.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model, load_backend
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import connections, router
from django.db.models import BooleanField
from django.db.models.manager import BaseManager
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from hubbub.models import Message, Person
from hubbub.rows import account_as_stored, rows

Voice = tuple[Any, str]  # a Person's id, as the database gives it, and name


def account_of(session_key: str) -> tuple[Any, list[Voice] | None] | None:
    """The account that is signed in by this session, and its Person, one or none, if that was read along. None: nobody.

    The same answer as django.contrib.auth.get_user's: the backend must be in use, the account active, and its
    password the one that it had.
    """
    session = _session(session_key)
    path = session.get(BACKEND_SESSION_KEY)
    if not path or path not in django_settings.AUTHENTICATION_BACKENDS or SESSION_KEY not in session:
        return None
    user, voices = _account(load_backend(path), get_user_model()._meta.pk.to_python(session[SESSION_KEY]))
    if user is None or not getattr(user, "is_active", True):
        return None
    return (user, voices) if _same_password(user, session.get(HASH_SESSION_KEY)) else None


def _same_password(user: Any, known: str | None) -> bool:
    if not hasattr(user, "get_session_auth_hash"):
        return True
    hashes = [user.get_session_auth_hash(), *getattr(user, "get_session_auth_fallback_hash", lambda: ())()]
    return any(constant_time_compare(known or "", one) for one in hashes)


# ── the session ──


def _session(key: str) -> SessionBase | dict[str, Any]:
    store = import_module(django_settings.SESSION_ENGINE).SessionStore
    if store is not DatabaseStore:
        return store(key)  # type: ignore[no-any-return]  # loads itself when it is read
    model = DatabaseStore.get_model_class()
    if _database(model) != _database(Message):
        return store(key)
    if not (key.isascii() and key.isalnum() and 8 <= len(key) <= 40):
        return {}
    now = connections[_database(model)].ops.adapt_datetimefield_value(timezone.now())
    found = rows(
        f"SELECT session_data FROM {model._meta.db_table} WHERE session_key = %s AND expire_date > %s", key, now
    )
    return store().decode(found[0][0]) if found else {}


def _database(model: Any) -> str:
    return router.db_for_read(model)


# ── the account ──


def _account(backend: Any, pk: Any) -> tuple[Any, list[Voice] | None]:
    if not _usual(backend):
        return backend.get_user(pk), None
    model: Any = get_user_model()
    fields = _plain_fields(model)
    found = rows(_statement(model, fields), account_as_stored(pk))
    if not found:
        return None, None
    *texts, person, name = found[0]
    user = _made_of(model, {model._meta.pk: pk, **dict(zip(fields, texts, strict=True))})
    return (user if backend.user_can_authenticate(user) else None), ([] if person is None else [(person, name)])


def _made_of(model: Any, values: dict[Any, Any]) -> Any:
    """An account like any other: what was not read here is read when somebody asks for it."""
    fields = [field for field in model._meta.concrete_fields if field in values]  # from_db wants them in this order
    row = [_as_python(field, values[field]) for field in fields]
    return model.from_db(_database(model), [field.attname for field in fields], row)


def _as_python(field: Any, value: Any) -> Any:
    return bool(value) if isinstance(field, BooleanField) and value is not None else value


def _plain_fields(model: Any) -> list[Any]:
    """Texts and flags, which every database gives as they are: password and standing, and what makes a name."""
    plain = {"CharField", "TextField", "BooleanField"}
    return [
        field
        for field in model._meta.local_concrete_fields
        if field.get_internal_type() in plain and not field.primary_key and not hasattr(field, "from_db_value")
    ]


def _usual(backend: Any) -> bool:
    """Whether the account is found by its key in the table of its model and nothing else has a say in it."""
    model: Any = get_user_model()
    own = type(backend).get_user is ModelBackend.get_user and not model._meta.parents
    plain = type(model._default_manager).get_queryset is BaseManager.get_queryset
    stored = any(field.name == "password" for field in _plain_fields(model))
    return own and plain and stored and _database(model) == _database(Message)


def _statement(model: Any, fields: list[Any]) -> str:
    quote = connections[_database(model)].ops.quote_name
    table, key = quote(model._meta.db_table), quote(model._meta.pk.column)
    columns = ", ".join(f"u.{quote(field.column)}" for field in fields)
    return (
        f"SELECT {columns}, p.id, p.name FROM {table} u"
        f" LEFT JOIN {Person._meta.db_table} p ON p.user_id = u.{key} WHERE u.{key} = %s"
    )
