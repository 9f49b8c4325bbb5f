"""What is unread: found by a click or a key, marked as read or unread at will, and the same in every window."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Locator, WebSocketRoute, expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fill, fresh_room, speak
from tests.browser.test_accessibility import NARROW, nothing_wrong
from tests.browser.test_reading import is_at_end, settled
from tests.browser.test_tabs import PASSWORD, sign_up
from tests.servers import Server

SECOND = 1_000


def missed(person: Person) -> Locator:
    return person.page.locator(".missed")


def line(person: Person) -> Locator:
    return person.page.locator("#chat-log .unread")


def stands_above(person: Person, text: str) -> bool:
    """Whether the line above the unread stands right above this message."""
    node = person.message(text)
    return bool(node.evaluate("(node) => Boolean(node.previousElementSibling?.matches('.unread'))"))


def icon(person: Person) -> str:
    return str(person.page.locator("link[rel=icon]").get_attribute("href"))


def test_the_first_unread_of_many_is_one_click_away(meet: Meet, server: Server, room: str) -> None:
    ada = meet().enter(room).say("I was here").sees("I was here")
    ada.page.goto("/chat/")
    fill(server, room, 201)
    ada.enter(room)
    expect(ada.message("line 201")).to_be_in_viewport()
    expect(missed(ada)).to_contain_text("First unread · 201")
    expect(ada.unread_in(room)).to_have_text("")
    ada.page.get_by_role("button", name="First unread").click()
    expect(line(ada)).to_be_in_viewport()
    expect(ada.message("I was here")).to_be_in_viewport()
    expect(line(ada).locator("+ .message")).to_contain_text("line 1")
    expect(missed(ada)).to_be_hidden()
    ada.pill.click()
    expect(ada.message("line 201")).to_be_in_viewport()
    expect(missed(ada)).to_be_hidden()


def test_who_does_not_want_to_go_there_says_so(meet: Meet, server: Server, room: str) -> None:
    ada = meet(viewport=NARROW).enter(room).say("I was here").sees("I was here")
    ada.page.goto("/chat/")
    fill(server, room, 120)
    ada.enter(room)
    expect(missed(ada)).to_be_visible()
    nothing_wrong(ada)
    ada.page.get_by_role("button", name="Do not go there").click()
    expect(missed(ada)).to_be_hidden()


def test_the_same_by_keyboard_alone(meet: Meet, server: Server, room: str) -> None:
    ada = meet().enter(room).say("I was here").sees("I was here")
    ada.page.goto("/chat/")
    fill(server, room, 120)
    ada.enter(room)
    expect(missed(ada)).to_be_visible()
    ada.page.keyboard.press("Alt+Shift+U")
    expect(line(ada)).to_be_in_viewport()
    ada.page.keyboard.press("Escape")
    expect(ada.message("line 120")).to_be_in_viewport()
    ada.until(lambda: is_at_end(ada))
    ada.log.focus()
    ada.page.keyboard.press("Control+Home")
    expect(ada.message("I was here")).to_be_in_viewport()


def test_unread_from_here_holds_until_one_says_otherwise(meet: Meet, server: Server, room: str) -> None:
    ada = meet().enter(room).say("mine").sees("mine")
    frames = speak(server, room, "one", "two", "three")
    ada.sees("mine", "one", "two", "three")
    ada.until_heard("read")
    ada.page.goto(f"/chat/{room}/{frames[1]['seq']}/")
    ada.until_heard("synced")
    expect(ada.message("two")).to_be_focused()
    ada.page.keyboard.press("Shift+U")
    expect(ada.unread_in(room)).to_have_text("2")
    ada.until(lambda: stands_above(ada, "two"))
    speak(server, room, "four")
    expect(ada.unread_in(room)).to_have_text("3")
    expect(ada.page).to_have_title(re.compile(r"^\(3\) "))
    ada.page.goto("/chat/")
    expect(ada.unread_in(room)).to_have_text("3")
    ada.enter(room)
    expect(ada.unread_in(room)).to_have_text("")
    assert stands_above(ada, "two")


def test_escape_makes_what_was_marked_unread_read_again(meet: Meet, server: Server, room: str) -> None:
    ada = meet().enter(room).say("mine").sees("mine")
    [frame] = speak(server, room, "one")
    ada.page.goto(f"/chat/{room}/{frame['seq']}/")
    ada.until_heard("synced")
    ada.page.keyboard.press("Shift+U")
    expect(ada.unread_in(room)).to_have_text("1")
    ada.page.keyboard.press("Escape")  # from the message back to writing
    expect(ada.composer).to_be_focused()
    ada.page.keyboard.press("Escape")
    expect(ada.unread_in(room)).to_have_text("")


def test_all_windows_and_devices_agree_within_a_second(meet: Meet, server: Server, room: str) -> None:
    other = fresh_room("other")
    desk = meet().enter(room)
    sign_up(desk, room)
    desk.enter(other).say("mine").sees("mine").enter(room).say("mine too").sees("mine too")
    phone = meet()
    phone.page.goto("/accounts/sign-in/")
    phone.page.get_by_label("Username").fill(room)
    phone.page.get_by_label("Password").fill(PASSWORD)
    phone.page.get_by_role("button", name="Sign in").click()
    phone.page.wait_for_url(lambda url: "sign-in" not in url)
    phone.enter(room)
    plain = icon(desk)

    speak(server, other, "one", "two")
    for person in (desk, phone):
        expect(person.unread_in(other)).to_have_text("2", timeout=SECOND)
        expect(person.page).to_have_title(re.compile(r"^\(2\) "))
        assert icon(person) != plain

    twin = phone.another_tab(other).sees("mine", "one", "two")
    expect(desk.unread_in(other)).to_have_text("", timeout=SECOND)
    expect(desk.page).to_have_title(re.compile("^(?!\\()"))
    assert icon(desk) == plain

    twin.page.goto(f"/chat/{other}/2/")
    twin.until_heard("synced")
    twin.page.keyboard.press("Shift+U")
    expect(desk.unread_in(other)).to_have_text("2", timeout=SECOND)
    twin.close_tab()

    phone.page.get_by_role("button", name="Mark all as read").click()
    expect(desk.unread_in(other)).to_have_text("", timeout=SECOND)
    expect(desk.page.get_by_role("button", name="Mark all as read")).to_be_hidden()
    settled(desk)


def test_all_is_read_without_javascript_too(meet: Meet, server: Server, room: str) -> None:
    ada = meet(java_script_enabled=False).enter(room)
    ada.composer.fill("mine")
    ada.page.click("#chat-message-submit")
    speak(server, room, "one")
    ada.page.goto("/chat/")
    expect(ada.unread_in(room)).to_have_text("1")
    ada.page.get_by_role("button", name="Mark all as read").click()
    expect(ada.unread_in(room)).to_have_text("")
    expect(ada.page.get_by_role("button", name="Mark all as read")).to_be_hidden()


def test_a_word_about_reading_that_got_lost_is_made_good_by_coming_back(meet: Meet, server: Server, room: str) -> None:
    other = fresh_room("other")
    desk, lost = meet(), []
    desk.enter(other).say("mine").sees("mine")

    def lose(line: WebSocketRoute) -> None:
        far = line.connect_to_server()

        def came(text: str | bytes) -> None:
            if json.loads(text)["type"] == "read" and not lost:
                lost.append(text)
            else:
                line.send(text)

        far.on_message(came)

    desk.page.route_web_socket(re.compile("/ws/"), lose)
    desk.enter(room, wait=False)
    speak(server, other, "one", "two")
    expect(desk.unread_in(other)).to_have_text("2")
    desk.another_tab(other).sees("mine", "one", "two").close_tab()
    desk.until(lambda: bool(lost))
    expect(desk.unread_in(other)).to_have_text("2")
    desk.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
    expect(desk.unread_in(other)).to_have_text("")
