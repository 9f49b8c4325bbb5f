"""The note in a page that spares its socket the database: good for one browser, for a while."""

from __future__ import annotations

import time
import uuid
from dataclasses import replace
from string import ascii_letters, digits

import msgspec
import pytest
from django.conf import settings
from django.test import override_settings

from hubbub import identity, ticket
from hubbub.identity import GUEST_COOKIE, Identity
from tests.cast import ANA, BEN, EVE

SESSION = settings.SESSION_COOKIE_NAME


def guest_cookies(who: Identity) -> dict[str, str]:
    return {GUEST_COOKIE: identity.guest_cookie(who)}


def member(session: str = "s" * 32, password: str = "x") -> Identity:
    return Identity(uuid.uuid4(), "ana", 7, session, identity.fingerprint(password, True))


def test_a_guests_ticket_stands_for_the_guest() -> None:
    held = ticket.holder(ticket.issue(ANA), guest_cookies(ANA))
    assert held is not None
    assert (held.id, held.name, held.guest) == (ANA.id, "Ana", True)


def test_an_accounts_ticket_stands_for_the_account_and_its_session() -> None:
    ana = member()
    assert ticket.holder(ticket.issue(ana), {SESSION: ana.session}) == ana


@pytest.mark.parametrize("cookies", [{}, {SESSION: "t" * 32}, guest_cookies(EVE), {SESSION: ""}])
def test_a_ticket_is_worthless_without_the_browsers_own_cookie(cookies: dict[str, str]) -> None:
    for victim in (ANA, member()):
        assert ticket.holder(ticket.issue(victim), cookies) is None


def test_a_ticket_is_made_for_one_person() -> None:
    assert ticket.holder(ticket.issue(ANA), guest_cookies(BEN)) is None


def test_a_renamed_guests_old_cookie_still_bears_the_new_ticket() -> None:
    held = ticket.holder(ticket.issue(replace(ANA, name="Queen")), guest_cookies(ANA))
    assert held is not None
    assert held.name == "Queen"


def test_an_old_ticket_is_worthless(monkeypatch: pytest.MonkeyPatch) -> None:
    text, now = ticket.issue(ANA), time.time()
    monkeypatch.setattr("time.time", lambda: now + 24 * 3600 - 10)
    assert ticket.holder(text, guest_cookies(ANA))
    monkeypatch.setattr("time.time", lambda: now + 24 * 3600 + 10)
    assert ticket.holder(text, guest_cookies(ANA)) is None


@pytest.mark.parametrize("text", ["", "x", "a:b:c", "é", "\0", ":" * 50])
def test_nonsense_is_no_ticket(text: str) -> None:
    assert ticket.holder(text, guest_cookies(ANA)) is None


def test_a_ticket_holds_no_session_key() -> None:
    text = ticket.issue(member("secret-session-key"))
    assert b"secret-session-key" not in ticket._bytes(text.partition(".")[0])


def test_a_ticket_needs_no_quoting_in_an_address() -> None:
    odd = replace(ANA, name="Ana & ?=#/é🎉")
    text = ticket.issue(odd)
    assert text.replace(".", "").replace("-", "").replace("_", "").isalnum()
    assert ticket.holder(text, guest_cookies(odd)) == replace(odd, session="", fingerprint="")


@pytest.mark.parametrize("place", [0, 5, -1, -5])
def test_a_changed_ticket_is_worthless(place: int) -> None:
    text = list(ticket.issue(ANA))
    text[place] = "A" if text[place] != "A" else "B"
    assert ticket.holder("".join(text), guest_cookies(ANA)) is None


@pytest.mark.parametrize("part", [0, 1])
def test_the_last_letter_of_each_part_counts_whole(part: int) -> None:
    text, cookies = ticket.issue(ANA), guest_cookies(ANA)
    assert ticket.holder(text, cookies) is not None
    for letter in ascii_letters + digits + "-_":
        parts = text.split(".")
        parts[part] = parts[part][:-1] + letter
        assert (ticket.holder(".".join(parts), cookies) is None) == (".".join(parts) != text)


def test_a_ticket_of_another_server_is_worthless() -> None:
    text, cookies = ticket.issue(ANA), guest_cookies(ANA)
    with override_settings(SECRET_KEY="another"):
        assert ticket.holder(text, cookies) is None


def test_a_ticket_outlives_a_new_secret_while_the_old_one_still_counts() -> None:
    ana = member()
    text = ticket.issue(ana)
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=[settings.SECRET_KEY]):
        assert ticket.holder(text, {SESSION: ana.session}) == ana


@pytest.mark.parametrize("claims", [[1, 2], "text", {}, None, [ANA.id.hex, "Ana", None, "", "x"]])
def test_a_signed_ticket_of_another_shape_is_worthless(claims: object) -> None:
    """An older or newer version may have signed something else."""
    content = msgspec.json.encode(claims)
    text = f"{ticket._text(content)}.{ticket._text(ticket._signature(content, settings.SECRET_KEY))}"
    assert ticket.holder(text, guest_cookies(ANA)) is None


def test_a_ticket_is_no_cookie_and_a_cookie_no_ticket() -> None:
    assert identity.of_guest_cookies({GUEST_COOKIE: ticket.issue(ANA)}) is None
    assert ticket.holder(identity.guest_cookie(ANA), guest_cookies(ANA)) is None
