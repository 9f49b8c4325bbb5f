"""Who is asking: cookies and sessions. What is forged or old is worth nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, override_settings

from hubbub import identity
from hubbub.identity import GUEST_COOKIE, Identity
from tests.cast import ANA

SESSION = settings.SESSION_COOKIE_NAME


def guest_cookies(who: Identity) -> dict[str, str]:
    return {GUEST_COOKIE: identity.guest_cookie(who)}


# ── guests ──


def test_a_guest_is_known_by_a_signed_cookie() -> None:
    known = identity.of_guest_cookies(guest_cookies(ANA))
    assert known is not None
    assert (known.id, known.name, known.guest) == (ANA.id, "Ana", True)


@pytest.mark.parametrize(
    "change",
    [lambda v: v[:-1] + ("A" if v[-1] != "A" else "B"), lambda v: "x" + v, lambda v: v.split(":")[0], lambda v: ""],
)
def test_a_forged_cookie_is_nobody(change: Any) -> None:
    assert identity.of_guest_cookies({GUEST_COOKIE: change(identity.guest_cookie(ANA))}) is None


def test_a_cookie_of_another_server_is_nobody() -> None:
    cookies = guest_cookies(ANA)
    with override_settings(SECRET_KEY="another"):
        assert identity.of_guest_cookies(cookies) is None


@pytest.mark.parametrize("claims", [[1, 2], ["x", "Ana"], "text", [], {}, None, ["0" * 32], ["0" * 32, "Ana", 1]])
def test_a_signed_cookie_of_another_shape_is_nobody(claims: Any) -> None:
    """An older or newer version may have signed something else."""
    from django.core import signing

    assert identity.of_guest_cookies({GUEST_COOKIE: signing.dumps(claims, salt=identity._GUEST_SALT)}) is None


def test_two_new_guests_are_two() -> None:
    assert identity.new_guest().id != identity.new_guest().id


# ── sessions ──


@pytest.fixture
def ana(transactional_db: None) -> User:
    return User.objects.create_user("ana", password="x")


def cookies_of(client: Client) -> dict[str, str]:
    return {name: morsel.value for name, morsel in client.cookies.items()}


def signed_in(user: User) -> dict[str, str]:
    client = Client()
    client.force_login(user)
    return cookies_of(client)


def test_an_account_is_known_by_its_session(ana: User) -> None:
    cookies = signed_in(ana)
    who = identity.of_cookies(cookies)
    assert who is not None
    assert (who.user, who.name, who.guest, who.session) == (ana.pk, "ana", False, cookies[SESSION])


def test_an_account_is_the_same_person_before_and_after_the_first_word(ana: User) -> None:
    from tests.cast import say

    before = identity.of_user(ana)
    say(before, "lobby", "hello")
    assert identity.of_user(ana).id == before.id


def test_a_session_that_does_not_count_is_a_guest_or_nobody(ana: User) -> None:
    cookies = signed_in(ana)
    assert identity.of_cookies({SESSION: "x" * 32}) is None
    ana.set_password("another")
    ana.save()
    assert identity.of_cookies(cookies) is None
    cookies = signed_in(ana)
    User.objects.update(is_active=False)
    assert identity.of_cookies({**cookies, **guest_cookies(ANA)}) == ANA


def test_the_fingerprint_changes_with_password_and_standing() -> None:
    prints = {identity.fingerprint(p, active) for p in ("a", "b") for active in (True, False)}
    assert len(prints) == 4
