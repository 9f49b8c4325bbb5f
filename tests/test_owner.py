"""The owner: a link that works once, and a page from which doors are opened and closed and administrators appointed."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client, override_settings
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from hubbub import policy
from hubbub.server import choices, owner_link
from hubbub.server.models import OwnerLink
from tests.people import Browser
from tests.servers import Server
from tests.test_accounts import PASSWORD, sign_up

pytestmark = pytest.mark.django_db(transaction=True)


def link() -> str:
    return owner_link.address("", owner_link.make())


def new_account(client: Client, path: str, name: str = "ada") -> Any:
    return client.post(path, {"username": name, "password1": PASSWORD, "password2": PASSWORD})


@pytest.fixture
def owner() -> Client:
    """The browser of the owner."""
    client = Client()
    client.force_login(User.objects.create_superuser("ada", password=PASSWORD))
    return client


# ── the link ──


def test_the_link_makes_the_first_account_the_owner_and_then_nobody() -> None:
    path, ada = link(), Client()
    page = ada.get(path)
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "same-origin", "the address is a secret; with no-referrer no form would be taken"
    assert "no-store" in page["Cache-Control"]
    answer = new_account(ada, path)
    assert (answer.status_code, answer["Location"]) == (303, "/settings/")
    account = User.objects.get()
    assert (account.is_superuser, account.is_staff) == (True, True)
    assert ada.get("/settings/").status_code == 200
    assert new_account(Client(), path, "eve").status_code == 404
    assert User.objects.count() == 1


def test_a_used_link_is_void_though_its_owner_is_gone() -> None:
    path = link()
    new_account(Client(), path)
    User.objects.update(is_active=False)
    assert Client().get(path).status_code == 404
    assert new_account(Client(), path, "eve").status_code == 404


def test_who_has_an_account_becomes_the_owner_by_it() -> None:
    ben, path = Client(), link()
    sign_up(ben, "ben")
    assert "Make ben the owner" in ben.get(path).content.decode()
    assert ben.post(path)["Location"] == "/settings/"
    assert User.objects.get(username="ben").is_superuser
    assert ben.get("/settings/").status_code == 200, "the session outlives the new standing"


def test_a_newer_link_makes_the_older_void_and_only_a_digest_is_kept() -> None:
    older, newer = link(), link()
    assert Client().get(older).status_code == 404
    assert Client().get(newer).status_code == 200
    token = newer.split("/")[-2]
    assert token not in OwnerLink.objects.get().digest
    assert OwnerLink.objects.count() == 1


@pytest.mark.parametrize("token", ["x", "0" * 64, "' OR 1=1", "\u2603"])
def test_a_made_up_link_leads_nowhere(token: str) -> None:
    link()
    path = f"/accounts/owner/{token}/"
    assert Client().get(path).status_code == 404
    assert new_account(Client(), path).status_code == 404
    assert not User.objects.exists()


def test_once_there_is_an_owner_no_link_works(owner: Client) -> None:
    path = link()
    assert Client().get(path).status_code == 404
    with pytest.raises(CommandError, match="has an owner"):
        call_command("hubbub_owner_link")
    User.objects.update(is_active=False)
    assert Client().get(path).status_code == 200, "an owner who is switched off owns nothing"


def test_a_link_is_void_for_ever_once_somebody_owns_the_server_by_a_command() -> None:
    path = link()
    User.objects.create_superuser("ada", password=PASSWORD)
    User.objects.update(is_active=False)
    assert Client().get(path).status_code == 404
    assert new_account(Client(), path, "eve").status_code == 404


def test_a_weak_password_spends_no_link() -> None:
    path = link()
    answer = Client().post(path, {"username": "ada", "password1": "short", "password2": "short"})
    assert (answer.status_code, User.objects.count()) == (200, 0)
    assert new_account(Client(), path).status_code == 303


def test_the_link_works_though_sign_up_is_closed() -> None:
    choices.choose({"guests": True, "sign_up": False})
    assert new_account(Client(), link()).status_code == 303


def test_of_many_who_come_with_the_link_at_once_one_gets_it() -> None:
    path = link()

    def come(name: str) -> int:
        try:
            return int(new_account(Client(), path, name).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as crowd:
        answers = sorted(crowd.map(come, ("ada", "ben", "cat", "dan")))
    assert answers == [303, 404, 404, 404]
    assert list(User.objects.values_list("is_superuser", flat=True)) == [True]


# ── the page ──


def test_the_page_is_the_owners_alone(owner: Client) -> None:
    assert Client().get("/settings/")["Location"] == "/accounts/sign-in/?next=/settings/"
    ben = Client()
    sign_up(ben, "ben")
    User.objects.filter(username="ben").update(is_staff=True)
    for client, method in ((ben, "get"), (ben, "post")):
        assert getattr(client, method)("/settings/", {"action": "choose"}).status_code == 404
    assert choices.now() == (True, True)


def test_it_tells_what_runs_and_is_found_from_the_profile(owner: Client) -> None:
    from hubbub import __version__

    source = owner.get("/settings/").content.decode()
    assert f"<dd>{__version__}</dd>" in source
    assert "Data folder" in source
    assert 'href="/settings/"' in owner.get("/chat/-/profile/").content.decode()
    assert owner.get("/chat/-/switcher/").json()["administration"] == "/settings/"
    ben = Client()
    sign_up(ben, "ben")
    assert 'href="/settings/"' not in ben.get("/chat/-/profile/").content.decode()
    assert ben.get("/chat/-/switcher/").json()["administration"] is None


@override_settings(HUBBUB={"POLICY": "hubbub.server.choices.now", "SIGN_UP_URL": "sign-up", "SIGN_IN_URL": "sign-in"})
def test_doors_are_closed_and_opened_at_once(owner: Client) -> None:
    guest = Client()
    assert guest.get("/chat/lobby/").status_code == 200
    owner.post("/settings/", {"action": "choose"})
    assert guest.get("/chat/lobby/").status_code == 302
    assert sign_up(Client(), "eve").status_code == 403
    assert "Sign up" not in Client().get("/accounts/sign-in/").content.decode()
    owner.post("/settings/", {"action": "choose", "guests": "on", "sign_up": "on"})
    assert guest.get("/chat/lobby/").status_code == 200
    assert sign_up(Client(), "ben").status_code == 302
    assert not User.objects.filter(username="eve").exists()


@override_settings(CHOSEN={"guests": False})
def test_what_the_environment_decided_is_said_and_not_changed(owner: Client) -> None:
    source = owner.get("/settings/").content.decode()
    assert re.search(r'name="guests" disabled', source)
    assert "Decided by HUBBUB_GUESTS" in source
    owner.post("/settings/", {"action": "choose", "guests": "on"})
    assert choices.now() == (False, False)
    with override_settings(CHOSEN={}):
        assert choices.now() == (True, False), "the owner's own choice stays as it was"


def test_administrators_are_appointed_and_dismissed(owner: Client) -> None:
    ben = Client()
    sign_up(ben, "ben")
    owner.post("/settings/", {"action": "appoint", "username": " ben "})
    assert User.objects.get(username="ben").is_staff
    assert "Dismiss ben" in owner.get("/settings/").content.decode()
    owner.post("/settings/", {"action": "dismiss", "username": "ben"})
    assert not User.objects.get(username="ben").is_staff
    assert ben.get("/chat/-/profile/").status_code == 200


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"action": "appoint", "username": "nobody"}, "There is no account of that name"),
        ({"action": "dismiss", "username": "ada"}, "That is an owner"),
        ({"action": "appoint"}, "There is no account of that name"),
        ({"action": "explode"}, "nothing that can be done here"),
        ({}, "nothing that can be done here"),
    ],
)
def test_what_can_not_be_done_is_said(owner: Client, asked: dict[str, str], sentence: str) -> None:
    answer = owner.post("/settings/", asked)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert User.objects.get().is_superuser


def test_a_foreign_form_is_refused(owner: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get())
    assert strict.post("/settings/", {"action": "choose"}).status_code == 403
    assert strict.post(link()).status_code in (403, 404)
    assert choices.now() == (True, True)


# ── the server ──


def told(server: Server) -> list[str]:
    return re.findall(r"Open (\S+) to become the owner", server.log.read_text())


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_fresh_server_says_the_link_once_and_it_works(start_server: Any, workers: str) -> None:
    server: Server = start_server(from_nothing=True, HUBBUB_WORKERS=workers)
    (address,) = told(server)
    assert address.startswith(f"http://127.0.0.1:{server.port}/accounts/owner/")
    server.stop()
    server.start()
    assert told(server) == [address]
    assert "hubbub owner-link" in server.log.read_text()
    ada = Browser(server)
    ada.get(address.removeprefix(server.url))
    ada.post(address.removeprefix(server.url), username="ada", password1=PASSWORD, password2=PASSWORD)
    assert "Server settings" in ada.page
    before = len(server.log.read_text())
    server.stop()
    server.start()
    assert "own" not in server.log.read_text()[before:], "nothing more is said once there is an owner"


def test_the_command_makes_a_new_link(start_server: Any) -> None:
    server: Server = start_server(from_nothing=True)
    made = server.command("owner-link", "--url", "https://chat.example.org/talk").strip()
    assert made.startswith("https://chat.example.org/talk/accounts/owner/")
    path = "/accounts/owner/" + made.split("/accounts/owner/")[1]
    old = told(server)[0].removeprefix(server.url)
    ada = Browser(server)
    ada.get(old)
    assert ada.status == 404
    ada.get(path)
    assert ada.status == 200


def test_every_node_acts_on_the_owners_choice_and_guests_who_are_here_go(start_server: Any) -> None:
    server: Server = start_server(HUBBUB_WORKERS="2", HUBBUB_SIGN_UP="on")
    path = server.command("owner-link", "--url", "").strip()
    ada = Browser(server)
    ada.get(path)
    ada.post(path, username="ada", password1=PASSWORD, password2=PASSWORD)
    guests = [Browser(server) for _ in range(6)]
    for guest in guests:
        guest.get("/chat/lobby/")
        assert guest.status == 200
        assert "hubbub-page" in guest.page
    with connect(f"{server.ws}/ws/", additional_headers={"Cookie": guests[0].cookies}) as socket:
        socket.recv(timeout=15)
        ada.post("/settings/", action="choose")
        assert "Decided by HUBBUB_SIGN_UP" in ada.page
        with suppress(ConnectionClosed):
            while True:
                socket.recv(timeout=15)
        assert socket.close_code == 4402
    time.sleep(policy.EVERY_SECONDS + 0.5)
    for guest in guests:
        guest.get("/chat/lobby/")
        assert "hubbub-page" not in guest.page, "a worker still lets guests in"
