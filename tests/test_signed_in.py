"""Which account a session stands for: always the one that Django's own way finds, in fewer reads where that is safe."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib import auth
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from hubbub import identity, signed_in
from tests.cast import say

MODEL = "django.contrib.auth.backends.ModelBackend"
OWN = "tests.test_signed_in.OnlyAda"


class OnlyAda(ModelBackend):
    """A backend with a word of its own in who may come in."""

    def get_user(self, user_id: Any) -> Any:
        user = super().get_user(user_id)
        return user if user is not None and user.username == "ada" else None


class Doorkeeper(ModelBackend):
    """A backend that lets in whom the usual one lets in, but nobody called Eve."""

    def user_can_authenticate(self, user: Any) -> bool:
        return super().user_can_authenticate(user) and user.username != "eve"


@pytest.fixture(params=["db", "cached_db", "file"])
def store(request: pytest.FixtureRequest, transactional_db: None, tmp_path: Any) -> Any:
    with override_settings(
        SESSION_ENGINE=f"django.contrib.sessions.backends.{request.param}", SESSION_FILE_PATH=str(tmp_path)
    ):
        yield request.param


def signed_in_as(name: str, backend: str = MODEL) -> tuple[User, str]:
    user = User.objects.filter(username=name).first() or User.objects.create_user(name, password="x")
    client = Client()
    client.force_login(user, backend=backend)
    return user, client.cookies[settings.SESSION_COOKIE_NAME].value


def djangos_answer(session: str) -> Any:
    request = HttpRequest()
    from importlib import import_module

    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session)
    user = auth.get_user(request)
    return user if user.is_authenticated else None


def ours(session: str) -> Any:
    found = signed_in.account_of(session)
    return found[0] if found else None


def test_the_account_is_djangos_whatever_keeps_the_session(store: str) -> None:
    user, session = signed_in_as("ada")
    assert ours(session) == djangos_answer(session) == user
    assert ours("x" * 32) is djangos_answer("x" * 32) is None


@pytest.mark.parametrize("key", ["", "short", "x" * 200, "a' OR '1'='1", "nul\0nul", "é" * 32, "../../etc/passwd"])
def test_a_cookie_that_is_no_session_is_nobody(transactional_db: None, key: str) -> None:
    signed_in_as("ada")
    assert ours(key) is None


def test_a_session_that_ran_out_is_nobody(transactional_db: None) -> None:
    _, session = signed_in_as("ada")
    Session.objects.update(expire_date=timezone.now() - timezone.timedelta(seconds=1))
    assert ours(session) is djangos_answer(session) is None


def test_a_tampered_session_is_nobody(transactional_db: None) -> None:
    _, session = signed_in_as("ada")
    Session.objects.update(session_data="rubbish")
    assert ours(session) is None


def test_another_password_an_account_switched_off_or_gone_ends_it(transactional_db: None) -> None:
    user, session = signed_in_as("ada")
    user.set_password("y")
    user.save()
    assert ours(session) is None
    user, session = signed_in_as("ada")
    User.objects.update(is_active=False)
    assert ours(session) is None
    User.objects.update(is_active=True)
    assert ours(session) == user
    user.delete()
    assert ours(session) is None


def test_an_old_secret_still_counts_while_it_is_kept(transactional_db: None) -> None:
    user, session = signed_in_as("ada")
    with override_settings(SECRET_KEY="new", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert ours(session) == user


def test_a_backend_that_is_not_in_use_signs_nobody_in(transactional_db: None) -> None:
    _, session = signed_in_as("ada")
    with override_settings(AUTHENTICATION_BACKENDS=[OWN]):
        assert ours(session) is None


def test_a_backend_with_its_own_mind_is_asked(transactional_db: None) -> None:
    with override_settings(AUTHENTICATION_BACKENDS=[OWN]):
        ada, hers = signed_in_as("ada", OWN)
        _, theirs = signed_in_as("eve", OWN)
        assert ours(hers) == ada
        assert ours(theirs) is djangos_answer(theirs) is None


def test_whom_the_backend_turns_away_is_nobody(transactional_db: None) -> None:
    keeper = "tests.test_signed_in.Doorkeeper"
    with override_settings(AUTHENTICATION_BACKENDS=[keeper]):
        _, session = signed_in_as("eve", keeper)
        assert ours(session) is djangos_answer(session) is None


def test_what_was_not_read_of_an_account_is_read_when_asked_for(transactional_db: None) -> None:
    user, session = signed_in_as("ada")
    user.refresh_from_db()
    found = ours(session)
    for field in User._meta.concrete_fields:
        assert getattr(found, field.attname) == getattr(user, field.attname), field


@pytest.mark.parametrize("spoke", [False, True])
def test_the_usual_project_needs_two_reads(transactional_db: None, spoke: bool) -> None:
    from django.db import connection

    user, session = signed_in_as("ada")
    if spoke:
        say(identity.of_user(user), "lobby", "hello")
    with CaptureQueriesContext(connection) as asked:
        who = identity.of_cookies({settings.SESSION_COOKIE_NAME: session})
    assert who == identity.of_user(user, session)
    assert len(asked) == 2, [query["sql"] for query in asked.captured_queries]
