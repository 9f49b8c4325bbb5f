"""One person in two tabs: one voice, one place of reading, one sign-out."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fresh_room, speak
from tests.browser.test_private_rooms import PASSWORD as THEIRS
from tests.browser.test_private_rooms import sign_in
from tests.servers import Server

PASSWORD = "correct-horse-battery"

POST_BY_HAND = """async ({ nonce, message }) => {
  const { Connection } = await import("hubbub/connection");
  const page = JSON.parse(document.getElementById("hubbub-page").textContent);
  const connection = new Connection({ url: new URL(page.socket, location.href.replace(/^http/, "ws")).href,
    ticket: page.ticket });
  await new Promise((open) => { connection.addEventListener("welcome", open); connection.start(); });
  const { seq } = await connection.ask({ type: "post", room: page.room, message, nonce });
  connection.stop();
  return seq;
}"""


def sign_up(person: Person, username: str) -> None:
    """Make an account from the page where they are."""
    person.page.locator("#sidebar").get_by_role("link", name="Sign up").click()
    person.page.get_by_label("Username").fill(username)
    person.page.get_by_label(re.compile("^Password(?! conf)")).first.fill(PASSWORD)
    person.page.get_by_label(re.compile("confirm", re.I)).fill(PASSWORD)
    person.page.get_by_role("button", name="Sign up").click()
    person.page.wait_for_url(lambda url: "sign-up" not in url)


def test_both_tabs_see_what_one_says_once(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.say("from the first").sees("from the first")
    twin = ada.another_tab(room).sees("from the first")
    twin.say("from the second").sees("from the first", "from the second")
    ada.sees("from the first", "from the second")


def test_the_same_nonce_from_two_tabs_is_one_message(meet: Meet, room: str) -> None:
    ada = meet().enter(room).say("first").sees("first")
    twin = ada.another_tab(room)
    post = {"nonce": "the-same", "message": "once"}
    assert ada.page.evaluate(POST_BY_HAND, post) == twin.page.evaluate(POST_BY_HAND, post)
    ada.sees("first", "once")
    twin.sees("first", "once")


def test_a_room_that_one_speaks_in_for_the_first_time_is_listed_in_the_other_tab(
    meet: Meet, server: Server, room: str
) -> None:
    other = fresh_room("new here")
    speak(server, other, "come in")
    ada = meet().enter(room).say("first").sees("first")
    twin = ada.another_tab(room)
    ada.enter(other).say("hello").sees("come in", "hello")
    link = twin.page.locator("#sidebar").get_by_role("link", name=other)
    expect(link).to_be_visible()
    ada.enter(room)
    speak(server, other, "welcome")
    for window in (ada, twin):
        expect(window.unread_in(other)).to_have_text("1")


def test_a_room_keeps_the_letters_that_it_was_first_asked_for_with(meet: Meet) -> None:
    name = fresh_room("Große Küche")
    ada = meet().enter(name).say("hello").sees("hello")
    twin = ada.another_tab(name.lower()).sees("hello")
    for window in (ada, twin):
        expect(window.page.get_by_role("heading", level=1)).to_have_text(name)


def test_an_outbox_that_two_tabs_share_is_sent_once(meet: Meet, room: str) -> None:
    ada = meet().enter(room).say("first").sees("first")
    twin = ada.another_tab(room)
    with ada.alone():
        expect(ada.bar).to_contain_text("Offline")
        expect(twin.bar).to_contain_text("Offline")
        ada.say("from a tunnel")
        expect(ada.pending).to_have_count(1)
    ada.sees("first", "from a tunnel")
    twin.sees("first", "from a tunnel")
    ada.enter(room).sees("first", "from a tunnel")


def test_two_tabs_share_what_was_read(meet: Meet, server: Server, room: str) -> None:
    other = fresh_room("other")
    ada = meet().enter(other).say("I was here").sees("I was here").enter(room)
    speak(server, other, "one", "two")
    expect(ada.unread_in(other)).to_have_text("2")
    twin = ada.another_tab(other).sees("I was here", "one", "two")
    expect(ada.unread_in(other)).to_have_text("")
    twin.close_tab()


def test_a_new_name_is_seen_in_the_other_tab(meet: Meet, room: str) -> None:
    ada = meet().enter(room).say("hello").sees("hello")
    twin = ada.another_tab(room).sees("hello")
    ada.rename("Augusta")
    expect(twin.message("hello").locator(".message__author")).to_have_text("Augusta")
    expect(twin.page.locator(".you__label")).to_have_text("Augusta")


def test_signing_out_in_one_tab_ends_the_line_of_the_other(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    sign_up(ada, room)
    ada.enter(room).say("signed in").sees("signed in")
    twin = ada.another_tab(room)
    ada.page.locator("#sidebar").get_by_role("button", name="Sign out").click()
    expect(twin.bar).to_contain_text("signed out", timeout=2_000)
    expect(twin.bar.get_by_role("link", name="Sign in")).to_be_visible()


def test_who_signs_up_in_one_tab_has_an_account_in_the_other_and_what_they_wrote_there(meet: Meet, room: str) -> None:
    ada = meet().enter(room).say("as a guest").sees("as a guest")
    twin = ada.another_tab(room)
    twin.composer.fill("half a wo")
    rooms = ada.another_tab(room)
    rooms.page.goto("/chat/")
    rooms.until_heard("welcome")
    sign_up(ada, room)
    expect(rooms.page.locator(".you").get_by_role("button", name="Sign out")).to_be_visible()
    expect(twin.page.locator(".you").get_by_role("button", name="Sign out")).to_be_visible()
    expect(twin.page.locator(".you__label")).to_have_text(room)
    expect(twin.composer).to_have_value("half a wo")
    twin.composer.press("Enter")
    twin.sees("as a guest", "half a wo")
    expect(twin.message("half a wo").locator(".message__guest")).to_be_hidden()


def test_an_account_that_a_guest_becomes_elsewhere_goes_on_in_a_page_that_is_open(
    meet: Meet, server: Server, room: str
) -> None:
    account, guest = meet().enter(room), meet().enter(room).say("as a guest").sees("as a guest")
    code = f"from django.contrib.auth.models import User; User.objects.create_user({room!r}, password={THEIRS!r})"
    server.command("shell", "-v", "0", "-c", code)
    sign_in(account, room).enter(room)
    account.composer.fill("half a wo")
    sign_in(guest, room).enter(room)
    author = guest.message("as a guest").locator(".message__avatar").get_attribute("data-author") or ""
    expect(account.page.locator(".you__summary .avatar")).to_have_attribute("data-author", author)
    expect(account.composer).to_have_value("half a wo")
    account.composer.press("Enter")
    account.sees("as a guest", "half a wo")
    expect(account.message("half a wo").locator(".message__avatar")).to_have_attribute("data-author", author)


def test_who_signs_up_keeps_what_they_said_as_a_guest(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    ada.say("as a guest").sees("as a guest")
    ben.sees("as a guest")
    sign_up(ada, room)
    ada.enter(room).sees("as a guest")
    expect(ada.message("as a guest").locator(".message__author")).to_have_text(room)
    expect(ben.message("as a guest").locator(".message__author")).to_have_text(room)
    expect(ada.message("as a guest").locator(".message__guest")).to_be_hidden()
    expect(ben.message("as a guest").locator(".message__guest")).to_be_hidden()
