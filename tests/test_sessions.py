"""Which sockets live by which session, and when they must end (G8)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.test import Client, override_settings
from django.utils import timezone

from hubbub import identity, sessions
from hubbub.errors import Goodbye
from hubbub.identity import Identity
from hubbub.protocol import Frame
from hubbub.sessions import Sessions, ended
from tests.cast import ANA, BEN

PRINT = "p" * 16


class Socket:
    """An open socket, as the sessions see it."""

    def __init__(self, who: Identity) -> None:
        self.identity = who
        self.open = True

    def end_session(self) -> None:
        self.open = False

    def goodbye(self, why: Goodbye) -> None:
        self.open = False

    def tell(self, frame: Frame) -> None:
        raise NotImplementedError


def member(user: int, session: str = "", print_: str = PRINT) -> Identity:
    return Identity(uuid.uuid5(uuid.NAMESPACE_DNS, str(user)), f"user {user}", user, session, print_)


@pytest.fixture
def sockets() -> dict[str, Socket]:
    return {
        "ana here": Socket(member(1, "s1")),
        "ana there": Socket(member(1, "s2")),
        "ben": Socket(member(2, "s3")),
        "ten": Socket(member(11, "s4")),
        "guest": Socket(ANA),
        "other guest": Socket(BEN),
    }


@pytest.fixture
def known(sockets: dict[str, Socket]) -> Sessions:
    known = Sessions()
    for socket in sockets.values():
        known.add(socket, verified=True)
    return known


@pytest.mark.parametrize(
    ("who", "closed"),
    [
        ({"session": "s1"}, {"ana here"}),
        ({"user": "1"}, {"ana here", "ana there"}),
        ({"user": "1", "unless": PRINT}, set()),
        ({"user": "1", "unless": "another"}, {"ana here", "ana there"}),
        ({"person": ANA.id.hex, "met": "9"}, {"guest"}),
        ({"person": ANA.id.hex, "met": "1"}, {"guest", "ana here", "ana there"}),
        ({"person": member(1).id.hex, "met": "1"}, set()),
        ({"session": ""}, set()),
        ({}, set()),
        ({"user": "", "person": "", "session": "", "unless": ""}, set()),
        ({"user": "None"}, set()),
    ],
)
def test_only_those_end_who_are_meant(
    known: Sessions, sockets: dict[str, Socket], who: dict[str, str], closed: set[str]
) -> None:
    known.end(**who)
    assert {name for name, socket in sockets.items() if not socket.open} == closed


def test_the_sockets_of_a_person_are_found_on_all_devices(known: Sessions, sockets: dict[str, Socket]) -> None:
    ana = sockets["ana here"].identity.id.hex
    assert set(known.of_person(ana)) == {sockets["ana here"], sockets["ana there"]}
    known.remove(sockets["ana here"])
    known.remove(sockets["ana here"])
    assert known.of_person(ana) == [sockets["ana there"]]
    assert known.of_person("nobody") == []


def test_who_came_with_a_ticket_or_as_a_guest_is_checked_once_soon(known: Sessions) -> None:
    known.take_fresh()
    ticketed, guest, seen = Socket(member(5)), Socket(ANA), Socket(member(6))
    known.add(ticketed, verified=False)
    known.add(guest, verified=True)
    known.add(seen, verified=True)
    assert set(known.take_fresh()) == {ticketed, guest}
    assert known.take_fresh() == []


def test_nothing_is_kept_of_who_is_gone(known: Sessions, sockets: dict[str, Socket]) -> None:
    for socket in sockets.values():
        known.remove(socket)
    assert (known.bearers, known.fresh, known._people) == (set(), set(), {})


# ── the regular check ──


@pytest.fixture
def ana(transactional_db: None) -> User:
    return User.objects.create_user("ana", password="x")


def signed_in(user: User) -> tuple[Client, Identity]:
    client = Client()
    client.force_login(user)
    return client, identity.of_user(user, client.session.session_key)


def test_who_is_signed_in_stays(ana: User) -> None:
    _, who = signed_in(ana)
    assert ended([who, ANA]) == set()
    assert ended([]) == set()


@pytest.mark.parametrize("engine", ["db", "cached_db", "cache", "file", "signed_cookies"])
def test_who_is_signed_in_stays_with_any_kind_of_session(ana: User, engine: str, tmp_path: Any) -> None:
    backend = f"django.contrib.sessions.backends.{engine}"
    with override_settings(SESSION_ENGINE=backend, SESSION_FILE_PATH=str(tmp_path)):
        _, who = signed_in(ana)
        assert ended([who]) == set()


@pytest.mark.parametrize("engine", ["db", "cached_db", "cache", "file"])
def test_a_session_that_is_gone_ends(ana: User, engine: str, tmp_path: Any) -> None:
    backend = f"django.contrib.sessions.backends.{engine}"
    with override_settings(SESSION_ENGINE=backend, SESSION_FILE_PATH=str(tmp_path)):
        (_, gone), (_, stays) = signed_in(ana), signed_in(ana)
        import_module(settings.SESSION_ENGINE).SessionStore(gone.session).delete()
        assert ended([gone, stays]) == {gone}


def test_a_session_that_ran_out_ends(ana: User) -> None:
    _, who = signed_in(ana)
    Session.objects.update(expire_date=timezone.now())
    assert ended([who]) == {who}


@pytest.mark.parametrize("change", [{"password": "!"}, {"is_active": False}], ids=["password", "standing"])
def test_an_account_that_was_changed_by_hand_ends(ana: User, change: dict[str, Any]) -> None:
    _, who = signed_in(ana)
    User.objects.filter(pk=ana.pk).update(**change)
    assert ended([who]) == {who}


def test_an_account_that_is_gone_ends(ana: User) -> None:
    _, who = signed_in(ana)
    ana.delete()
    assert ended([who]) == {who}


def test_many_are_asked_for_at_once(ana: User, django_assert_num_queries: Any) -> None:
    _, who = signed_in(ana)
    with django_assert_num_queries(2):
        assert ended([replace(who, name=str(n)) for n in range(500)]) == set()


# ── what signals tell ──


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    heard: list[dict[str, str]] = []
    monkeypatch.setattr(sessions, "_listeners", [lambda **who: heard.append(who)])
    return heard


def test_signing_out_is_heard(ana: User, heard: list[dict[str, str]]) -> None:
    client, who = signed_in(ana)
    heard.clear()
    client.post("/accounts/sign-out/")
    assert {"session": who.session} in heard


def test_signing_in_again_ends_nobody(ana: User, heard: list[dict[str, str]]) -> None:
    signed_in(ana)
    assert [who for who in heard if "user" in who or "person" in who] == []


def test_a_new_password_spares_who_signed_in_with_it(ana: User, heard: list[dict[str, str]]) -> None:
    ana.set_password("another")
    ana.save()
    assert heard == [{"user": str(ana.pk), "unless": identity.fingerprint(ana.password, True)}]


def test_a_switched_off_account_spares_nobody(ana: User, heard: list[dict[str, str]]) -> None:
    ana.is_active = False
    ana.save()
    assert heard == [{"user": str(ana.pk), "unless": ""}]


def test_what_is_rolled_back_ends_nobody(ana: User, heard: list[dict[str, str]]) -> None:
    with transaction.atomic():
        ana.delete()
        transaction.set_rollback(True)
    assert heard == []
