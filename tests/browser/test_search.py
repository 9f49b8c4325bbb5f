"""Searching, as one types and by keys alone; without scripts; and axe on what it shows."""

from __future__ import annotations

import re

from playwright.sync_api import Route, expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fresh_room, speak
from tests.browser.test_accessibility import nothing_wrong
from tests.servers import Server

WORD = "quixotic"


def texts(person: Person) -> list[str]:
    return [text.strip() for text in person.page.locator(".found__text").all_inner_texts()]


def test_a_search_by_keys_alone_from_the_room_to_the_message_and_back(meet: Meet, server: Server, room: str) -> None:
    word, line = (fresh_room(kind).replace("-", "") for kind in ("needle", "line"))
    speak(server, room, f"an old {word}", *[f"{line} {n}" for n in range(120)], f"a new {word[:8]} {word}")
    ada = meet().enter(room)
    page = ada.page
    page.keyboard.press("Control+Shift+F")
    expect(page.locator("#finder-words")).to_be_focused()
    page.keyboard.type(f"{line} 77")
    page.keyboard.press("Enter")
    expect(page.locator("#search-words")).to_be_focused()
    expect(page.locator(".found__text")).to_have_text([f"{line} 77"])
    page.keyboard.press("Control+A")
    page.keyboard.type(word[:-1])
    expect(page.locator(".found__text")).to_have_text([f"a new {word[:8]} {word}", f"an old {word}"])
    expect(page.locator(".found mark").first).to_have_text(word)
    expect(page.get_by_role("status").filter(has_text="2 found")).to_have_count(1)
    page.keyboard.type(f"{word[-1]} old")
    expect(page.locator(".found__text")).to_have_text([f"an old {word}"])
    expect(page).to_have_url(re.compile(rf"q={word}\+old"))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/chat/{room}/1/"))
    expect(ada.message(f"an old {word}")).to_be_visible()
    page.go_back()
    expect(page.locator(".found__text")).to_have_text([f"an old {word}"])
    expect(page.locator("#search-words")).to_have_value(f"{word} old")
    page.locator("body").press("/")
    expect(page.locator("#search-words")).to_be_focused()


def test_a_late_answer_is_dropped(meet: Meet, server: Server, room: str) -> None:
    one, two = fresh_room("one").replace("-", ""), fresh_room("two").replace("-", "")
    speak(server, room, one, two)
    ada = meet()
    page = ada.page
    page.goto("/chat/-/search/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route) if f"q={one}" in route.request.url else route.continue_()

    page.route("**/-/search/?**", hold)
    page.locator("#search-words").fill(one)
    ada.until(lambda: bool(held))
    page.locator("#search-words").fill(two)
    expect(page.locator(".found__text")).to_have_text([two])
    for route in held:
        route.continue_()
    page.wait_for_timeout(300)
    assert texts(ada) == [two]


def test_without_scripts_the_form_does_it(meet: Meet, server: Server, room: str) -> None:
    word = fresh_room("word").replace("-", "")
    speak(server, room, *[f"{word} {n}" for n in range(25)])
    ada = meet(java_script_enabled=False).enter(room)
    page = ada.page
    page.locator("#sidebar-search").fill(f'{word} in:"{room}"')
    page.keyboard.press("Enter")
    expect(page.locator(".found")).to_have_count(20)
    page.get_by_role("link", name="Older results").click()
    expect(page.locator(".found")).to_have_count(5)
    page.locator(".found").last.click()
    expect(page).to_have_url(re.compile(rf"/chat/{room}/1/"))
    page.goto(f"/chat/{room}/")
    page.get_by_role("link", name="Search in this room").click()
    expect(page.get_by_role("checkbox", name=f"Only in {room}")).to_be_checked()
    ada.excuse("status of 400")
    page.goto("/chat/-/search/?q=on:nonsense")
    expect(page.get_by_role("alert").filter(has_text="names no day")).to_be_visible()


def test_axe_finds_nothing(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, f"{WORD} one", f"**{WORD}** and `{WORD}`", f"{WORD} and on " * 40 + "end")
    ada = meet().excuse("status of 400")
    ada.enter(room).say(f"mine is {WORD} too")
    for asked in ("", f"?q={WORD}", "?q=nothingofthekind", "?q=is:nice", "?q=from:nobody"):
        ada.page.goto(f"/chat/-/search/{asked}")
        nothing_wrong(ada)
    ada.page.set_viewport_size({"width": 320, "height": 640})
    ada.page.goto(f"/chat/-/search/?q={WORD}")
    nothing_wrong(ada)
    assert ada.page.evaluate("() => document.documentElement.scrollWidth") <= 320
