"""The door: which room would you like to enter?"""

from __future__ import annotations

import re
from urllib.parse import quote

from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import speak
from tests.servers import Server


def test_the_root_leads_to_the_rooms_and_enter_opens_the_one_that_was_typed(meet: Meet, room: str) -> None:
    ada = meet()
    ada.page.goto("/")
    expect(ada.page).to_have_url(re.compile(r"/chat/$"))
    field = ada.page.get_by_label("What chat room would you like to enter?")
    expect(field).to_be_focused()
    expect(field).to_have_id("room-name-input")
    field.fill(room)
    field.press("Enter")
    expect(ada.page).to_have_url(re.compile(f"/chat/{room}/$"))
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(room)


def test_the_button_opens_the_room_too_whatever_the_letters(meet: Meet, room: str) -> None:
    ada, name = meet(), f"Größe & 茶 🌻 100% {room}"
    ada.page.goto("/chat/")
    ada.page.fill("#room-name-input", name)
    ada.page.click("#room-name-submit")
    expect(ada.page).to_have_url(re.compile(re.escape(f"/chat/{quote(name, safe='')}/") + "$"))
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(name)


def test_a_name_that_can_not_be_is_refused_with_its_reason_and_stays_in_the_field(meet: Meet) -> None:
    ada = meet().excuse("status of 400")
    ada.page.goto("/chat/")
    ada.page.fill("#room-name-input", "a/b")
    ada.page.click("#room-name-submit")
    expect(ada.page.get_by_role("alert").filter(has_text="A room's name")).to_be_visible()
    expect(ada.page.locator("#room-name-input")).to_have_value("a/b")


def test_the_list_tells_when_a_room_last_spoke_and_how_many_are_there(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, "first")
    ada, ben = meet().enter(room), meet()
    ben.page.goto("/chat/")
    entry = ben.page.locator("main a", has_text=room)
    expect(entry).to_contain_text("1 here")
    expect(entry.locator("time")).to_have_text(re.compile("now|ago|second"))
    entry.click()
    ben.sees("first")
    ada.sees("first")


def test_a_room_that_nobody_has_made_is_followed_once_somebody_speaks_in_it(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    star, about = ada.page.get_by_role("button", name="Star this room"), ada.page.locator(".header__about")
    expect(star).to_be_hidden()
    ada.say("first").sees("first")
    star.click()
    expect(star).to_have_attribute("aria-pressed", "true")
    about.click()
    expect(ada.page).to_have_url(re.compile(f"/chat/{room}/-/about/$"))
