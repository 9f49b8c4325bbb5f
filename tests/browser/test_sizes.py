"""Any window: a phone, a very narrow one, a page zoomed to twice its size, right to left."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, speak
from tests.browser.test_tabs import sign_up
from tests.servers import Server

LONG = "a long word " + "x" * 300 + " and `" + "code" * 60 + "` https://example.org/" + "path/" * 60

WINDOWS = {
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "narrow": {"viewport": {"width": 320, "height": 640}},
    "zoomed to 200 %": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
    "zoomed to 400 %": {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},
}

windows = pytest.mark.parametrize("window", WINDOWS.values(), ids=WINDOWS)


def fits(person: Person) -> bool:
    """Whether nothing is wider than the window; a phone would show a page that is too wide smaller."""
    wide = person.page.evaluate(
        "() => { const { scrollWidth: a, clientWidth: b } = document.documentElement; return Math.max(a, b); }"
    )
    assert person.page.viewport_size
    return bool(wide <= person.page.viewport_size["width"])


@windows
def test_one_can_talk_and_nothing_is_wider_than_the_window(
    meet: Meet, server: Server, room: str, window: dict[str, Any]
) -> None:
    speak(server, room, LONG, *[f"line {number}" for number in range(10)])
    ada = meet(**window).enter(room)
    expect(ada.composer).to_be_in_viewport(ratio=1)
    expect(ada.page.locator("#chat-message-submit")).to_be_in_viewport(ratio=1)
    ada.composer.fill("written here")
    ada.page.click("#chat-message-submit")
    expect(ada.message("written here")).to_be_in_viewport()
    assert fits(ada)
    assert ada.log.evaluate("(log) => log.scrollWidth <= log.clientWidth")


@windows
def test_the_rooms_and_the_way_between_them_are_reachable(
    meet: Meet, server: Server, room: str, window: dict[str, Any]
) -> None:
    speak(server, room, "hello")
    ada = meet(**window)
    for path in ("/chat/", "/accounts/sign-in/", "/accounts/sign-up/"):
        ada.page.goto(path)
        assert fits(ada), path
    ada.enter(room)
    sidebar = ada.page.locator("#sidebar")
    expect(sidebar).to_be_hidden()
    ada.page.get_by_role("button", name="Rooms and account").click()
    expect(sidebar).to_be_visible()
    assert fits(ada)
    sidebar.get_by_role("link", name="All rooms").click()
    expect(ada.page).to_have_url(re.compile("/chat/$"))


def test_what_a_moderator_chooses_from_is_read_in_a_narrow_window(meet: Meet, server: Server, room: str) -> None:
    ada = meet(**WINDOWS["narrow"]).enter(room)
    ada.page.get_by_role("button", name="Rooms and account").click()
    sign_up(ada, room)
    ada.enter(room).say("mine").sees("mine")
    speak(server, room, "theirs")
    ada.page.goto(f"/chat/{room}/-/about/")
    ada.page.locator(".member summary").last.click()
    for choice in ada.page.locator(".member__form select").all():
        box = choice.bounding_box()
        assert box
        assert box["width"] > 100
    assert fits(ada)


def test_the_menu_opens_without_scripts_too(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, "hello")
    ada = meet(java_script_enabled=False, **WINDOWS["phone"]).enter(room)
    ada.page.get_by_role("button", name="Rooms and account").click()
    expect(ada.page.locator("#sidebar")).to_be_visible()
    ada.page.get_by_role("button", name="Close").click()
    expect(ada.page.locator("#sidebar")).to_be_hidden()
    star = ada.tool("Star this room")
    star.click()
    expect(star).to_be_hidden()
    expect(ada.tool("Star this room")).to_have_attribute("aria-pressed", "true")


def test_with_larger_letters_nothing_is_cut_off(meet: Meet, room: str) -> None:
    ada = meet(viewport={"width": 1280, "height": 800}).enter(room).say("hello").sees("hello")
    ada.page.evaluate("() => { document.documentElement.style.fontSize = '200%'; }")
    assert fits(ada)
    expect(ada.composer).to_be_in_viewport(ratio=1)
    expect(ada.message("hello")).to_be_in_viewport()


def test_right_to_left_text_stands_on_its_side(meet: Meet, room: str) -> None:
    ada = meet(**WINDOWS["phone"]).enter(room).say("שלום עולם").sees("שלום עולם")
    body = ada.stored.locator(".message__body")
    assert body.evaluate("(body) => getComputedStyle(body).direction") == "rtl"
    ada.page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    assert fits(ada)
    expect(ada.composer).to_be_in_viewport(ratio=1)
