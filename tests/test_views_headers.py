"""What browsers and proxies are told with a page: that it is private, and runs nothing foreign."""

from __future__ import annotations

import re

import pytest
from django.test import Client, override_settings

from hubbub.identity import GUEST_COOKIE
from hubbub.models import Message
from tests.cast import ANA, say
from tests.test_views import ana, ben, bodies, for_client

__all__ = ["ana", "ben"]  # fixtures

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("unhurried")]


@pytest.mark.parametrize("path", ["/chat/", "/chat/lobby/", "/chat/?room=.."])
def test_pages_are_private_and_run_nothing_foreign(ana: Client, path: str) -> None:
    answer = ana.get(path)
    assert answer["Cache-Control"] == "private, no-store"
    assert "Cookie" in answer["Vary"]
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    nonce = re.search(r"'nonce-([^']+)'", policy)[1]
    source = answer.content.decode()
    scripts = re.findall(r"<script[^>]*>", source)
    inline = [tag for tag in scripts if "src=" not in tag and "application/json" not in tag]
    assert all(f'nonce="{nonce}"' in tag for tag in inline)
    assert not re.search(r"\son\w+=|\sstyle=|<style", source)


@pytest.mark.parametrize("path", ["/accounts/sign-in/", "/accounts/sign-up/"])
def test_account_pages_are_private_too(ana: Client, path: str) -> None:
    told = {part.strip() for part in ana.get(path)["Cache-Control"].split(",")}
    assert {"private", "no-store"} <= told


def test_answers_to_forms_are_private(ana: Client) -> None:
    assert ana.post("/chat/lobby/", {"message": "x", "nonce": "n"})["Cache-Control"] == "private, no-store"
    assert ana.post("/chat/-/name/", {"name": "Zoë"})["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    "path",
    ["lobby/9/", "lobby/-/about/", "lobby/-/acts/", "-/message/9/", f"-/room/{'x' * 22}/", f"-/people/{'0' * 32}/"],
)
def test_that_something_is_not_there_is_private_too(ana: Client, path: str) -> None:
    """A proxy may keep a 404 (RFC 9110, section 15.1), and what is not there for one is there for another."""
    for answer in (ana.get(f"/chat/{path}"), ana.get(f"/chat/{path}", headers={"accept": "application/json"})):
        assert answer.status_code == 404
        assert answer["Cache-Control"] == "private, no-store"
        assert "Cookie" in answer["Vary"]


def test_a_guests_cookie_is_kept_from_scripts(ana: Client) -> None:
    cookie = ana.get("/chat/lobby/").cookies[GUEST_COOKIE]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_forged_cookie_is_nobody(ana: Client) -> None:
    you = for_client(ana.get("/chat/lobby/"))["you"]
    eve = Client()
    eve.cookies[GUEST_COOKIE] = ana.cookies[GUEST_COOKIE].value[:-3] + "AAA"
    assert for_client(eve.get("/chat/lobby/"))["you"]["id"] != you["id"]


@override_settings(HUBBUB={"GUESTS": False})
def test_where_guests_are_closed_out_pages_lead_to_sign_in(ana: Client, ben: Client) -> None:
    say(ANA, "lobby", "secret")
    for path in ("/chat/", "/chat/lobby/"):
        answer = ana.get(path)
        assert answer.status_code == 302
        assert answer["Location"] == f"/accounts/sign-in/?next={path}"
    assert ana.post("/chat/lobby/", {"message": "x", "nonce": "n"}).status_code == 403
    assert ana.post("/chat/-/name/", {"name": "Zoë"}).status_code == 302
    assert Message.objects.count() == 1
    assert bodies(ben.get("/chat/lobby/")) == ["secret"]
