"""No JavaScript: plain pages, links and forms do all that is essential."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, speak
from tests.browser.test_tabs import PASSWORD, sign_up
from tests.servers import Server


@pytest.fixture
def ada(meet: Meet, room: str) -> Person:
    """Ada runs no scripts; she is in the room."""
    return meet(java_script_enabled=False).enter(room)


def post(person: Person, text: str) -> None:
    """Write it and press the button."""
    person.composer.fill(text)
    person.page.click("#chat-message-submit")


def test_what_is_said_is_read_and_answered(ada: Person, meet: Meet, room: str) -> None:
    ben = meet().enter(room)
    ben.say("can you read this?").sees("can you read this?")
    ada.enter(room).sees("can you read this?")
    post(ada, "every <word> & `more`")
    ada.sees("can you read this?", "every <word> & more")
    ben.sees("can you read this?", "every <word> & more")
    expect(ada.page).to_have_url(re.compile(r"#m\d+$"))
    expect(ada.composer).to_have_value("")


def test_the_same_form_sent_twice_is_one_message(ada: Person, room: str) -> None:
    names = ("nonce", "csrfmiddlewaretoken")
    hidden = {name: ada.page.locator(f"input[name={name}]").first.input_value() for name in names}
    for _ in range(2):
        answer = ada.context.request.post(ada.page.url, form={**hidden, "message": "once"})
        assert answer.ok, answer.text()
    ada.enter(room).sees("once")
    ada.composer.fill("clicked twice")
    ada.page.dblclick("#chat-message-submit")
    ada.page.wait_for_url(re.compile("#m"))
    ada.enter(room).sees("once", "clicked twice")


def test_a_post_that_is_refused_comes_back_with_its_reason(ada: Person) -> None:
    ada.excuse("status of 400")
    post(ada, "x" * 8_001)
    expect(ada.page.locator("#composer-note")).to_contain_text("at most 8,000 characters")
    expect(ada.composer).to_have_value("x" * 8_001)
    post(ada, "shorter")
    ada.sees("shorter")


def test_older_pages_are_a_link_away_and_so_is_the_present(ada: Person, server: Server, room: str) -> None:
    lines = [f"line {number}" for number in range(1, 121)]
    speak(server, room, *lines)
    ada.enter(room).sees(*lines[70:])
    ada.page.get_by_role("link", name="Older messages").click()
    ada.sees(*lines[20:70])
    ada.page.get_by_role("link", name="Older messages").click()
    ada.sees(*lines[:20])
    expect(ada.page.get_by_role("link", name="Older messages")).to_be_hidden()
    ada.page.get_by_role("link", name="Newer messages").click()
    ada.sees(*lines[20:70])
    ada.page.get_by_role("link", name="To the present").click()
    ada.sees(*lines[70:])


def test_a_new_name_is_a_form_away(ada: Person, room: str) -> None:
    post(ada, "hello")
    ada.rename("Ada without scripts")
    expect(ada.page).to_have_url(re.compile(f"/chat/{room}/"))
    assert ada.name == "Ada without scripts"
    expect(ada.message("hello").locator(".message__author")).to_have_text("Ada without scripts")


def test_a_name_that_is_refused_is_seen_beside_its_reason_in_a_narrow_window(meet: Meet, room: str) -> None:
    ada = meet(java_script_enabled=False, viewport={"width": 320, "height": 640}).enter(room).excuse("status of 400")
    ada.page.get_by_role("button", name="Rooms and account").click()
    ada.rename("x" * 41)
    field = ada.page.get_by_label("Name", exact=True)
    expect(field).to_be_focused()
    expect(field).to_have_value("x" * 41)
    expect(ada.page.get_by_text("A name has at most 40 characters.")).to_be_in_viewport()
    field.fill("Ada")
    ada.page.get_by_role("main").get_by_role("button", name="Save").click()
    expect(ada.page).to_have_url(re.compile(f"/chat/{room}/$"))


def test_a_reply_that_is_refused_can_be_mended_where_it_was_written(ada: Person, room: str) -> None:
    ada.excuse("status of 400")
    post(ada, "a question")
    ada.page.get_by_role("link", name="More: reply").click()
    expect(ada.page.locator(".message__more")).to_be_hidden()
    answer = ada.page.get_by_label("Your reply")
    answer.fill("x" * 8_001)
    ada.page.get_by_role("button", name="Reply").click()
    expect(answer).to_be_focused()
    expect(ada.page.get_by_role("alert").filter(has_text="at most 8,000")).to_be_in_viewport()
    answer.fill("an answer")
    ada.page.get_by_role("button", name="Reply").click()
    ada.sees("a question", "an answer")
    expect(ada.message("an answer").locator(".quote")).to_contain_text("a question")


def test_what_opens_over_a_phones_list_is_read_and_covers_it(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, "hello")
    ada = meet(java_script_enabled=False, viewport={"width": 320, "height": 640}).enter(room)
    star = ada.tool("Star this room")
    ada.tool("What to be told of").click()
    save = ada.page.locator(".attention__save")
    expect(save).to_be_visible()
    expect(star).to_be_hidden()
    ink = "(button) => getComputedStyle(button).color"
    assert save.evaluate(ink) == ada.page.locator("#chat-message-submit").evaluate(ink)
    ada.page.reload()
    ada.tool("Go to a day").click()
    expect(ada.page.locator(".when")).to_be_visible()
    expect(star).to_be_hidden()


def test_signing_up_keeps_what_was_said_and_signing_out_and_in_works(ada: Person, room: str) -> None:
    post(ada, "said as a guest")
    ada.sees("said as a guest")
    sign_up(ada, room)
    assert ada.name == room
    ada.enter(room)
    expect(ada.message("said as a guest").locator(".message__author")).to_have_text(room)
    post(ada, "said signed up")
    ada.page.locator("#sidebar").get_by_role("button", name="Sign out").click()
    ada.page.locator("#sidebar").get_by_role("link", name="Sign in").click()
    ada.page.get_by_label("Username").fill(room)
    ada.page.get_by_label("Password").fill(PASSWORD)
    ada.page.get_by_role("button", name="Sign in").click()
    ada.page.wait_for_url(lambda url: "sign-in" not in url)
    assert ada.name == room
    ada.enter(room).sees("said as a guest", "said signed up")


def test_a_wrong_password_is_said_plainly(ada: Person) -> None:
    ada.page.goto("/accounts/sign-in/")
    ada.page.get_by_label("Username").fill("nobody")
    ada.page.get_by_label("Password").fill("wrong")
    ada.page.get_by_role("button", name="Sign in").click()
    expect(ada.page.get_by_role("alert")).to_be_visible()


def test_unread_is_counted_until_it_is_marked_as_read(ada: Person, server: Server, room: str) -> None:
    post(ada, "mine")
    speak(server, room, "theirs")
    ada.page.goto("/chat/")
    expect(ada.unread_in(room)).to_have_text("1")
    ada.enter(room)
    ada.page.get_by_role("button", name="Mark as read").click()
    ada.page.goto("/chat/")
    expect(ada.unread_in(room)).to_have_text("")


def test_guests_closed_out_are_led_to_sign_in(meet: Meet, start_server: object) -> None:
    server = start_server(HUBBUB_GUESTS="off")  # type: ignore[operator]
    ada = meet(at=server, java_script_enabled=False)
    ada.page.goto("/chat/lobby/")
    expect(ada.page).to_have_url(re.compile(r"/accounts/sign-in/\?next=/chat/lobby/$"))
