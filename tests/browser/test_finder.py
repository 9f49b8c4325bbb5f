"""Searching from a room: the dialog, by keys alone; in place or elsewhere; what is offered; what is never asked."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fill, fresh_room, speak
from tests.browser.test_accessibility import nothing_wrong
from tests.browser.test_hands import in_reach
from tests.servers import Server


def word() -> str:
    return fresh_room("needle").replace("-", "")


def look_for(person: Person, typed: str) -> Locator:
    """Open the dialog by its key and type; the texts that are found."""
    person.page.keyboard.press("Control+Shift+F")
    expect(field(person)).to_be_focused()
    person.page.keyboard.press("Control+A")
    person.page.keyboard.type(typed)
    return person.page.locator(".finder .found__text")


def field(person: Person) -> Locator:
    return person.page.locator("#finder-words")


def asked(person: Person) -> list[str]:
    """What was searched for, by each question to the server."""
    urls = [urlsplit(url) for url in person.requests]
    return [parse_qs(url.query)["q"][0] for url in urls if url.path.endswith("/-/search/") and "q=" in url.query]


def test_a_message_of_this_room_is_gone_to_in_place_by_keys_alone(meet: Meet, server: Server, room: str) -> None:
    needle = word()
    speak(server, room, f"an old {needle}")
    fill(server, room, 200)
    ada = meet().enter(room)
    page = ada.page
    page.evaluate("() => { window.here = true; }")
    page.locator("#chat-log").focus()
    page.keyboard.press("/")
    expect(field(ada)).to_be_focused()
    page.keyboard.type(needle[:-1])
    expect(page.locator(".finder .found__text")).to_have_text([f"an old {needle}"])
    expect(page.locator(".finder mark")).to_have_text(needle)
    expect(page.locator(".finder").get_by_role("status").filter(has_text="1 found")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    expect(page.locator(".finder .found")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/chat/{room}/1/"))
    expect(page.locator("#finder")).to_be_hidden()
    expect(ada.message(f"an old {needle}")).to_be_in_viewport()
    expect(ada.message(f"an old {needle}")).to_be_focused()
    assert page.evaluate("() => window.here"), "no other page was loaded"
    page.go_back()
    expect(page).to_have_url(re.compile(rf"/chat/{room}/$"))
    assert page.evaluate("() => window.here")
    expect(page.locator(".finder .found")).to_be_focused()


def test_here_or_everywhere_and_on_to_another_room(meet: Meet, server: Server, room: str) -> None:
    needle, other = word(), fresh_room("other")
    speak(server, other, f"there {needle}")
    speak(server, room, f"here {needle}")
    ada = meet().enter(room)
    page = ada.page
    page.get_by_role("link", name="Search in this room").click()
    expect(page.get_by_role("radio", name=f"Only in {room}")).to_be_checked()
    page.keyboard.type(needle)
    found = page.locator(".finder .found__text")
    expect(found).to_have_text([f"here {needle}"])
    page.locator(".finder").get_by_text("Everywhere").click()
    expect(found).to_have_text([f"here {needle}", f"there {needle}"])
    page.locator(".finder .found").last.click()
    expect(page).to_have_url(re.compile(rf"/chat/{other}/1/"))
    expect(ada.message(f"there {needle}")).to_be_visible()
    page.go_back()
    expect(found).to_have_text([f"here {needle}", f"there {needle}"])
    expect(page.locator(".finder .found").last).to_be_focused()
    expect(page.get_by_role("radio", name="Everywhere")).to_be_checked()
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#finder")).to_be_hidden()
    page.reload()
    ada.until_heard("synced", "reset")
    expect(page.locator("#finder")).to_be_hidden()


def test_escape_leads_back_to_where_one_was_and_what_was_looked_for_is_kept(
    meet: Meet, server: Server, room: str
) -> None:
    needle = word()
    speak(server, room, f"one {needle}")
    ada = meet().enter(room)
    ada.composer.fill("half a sentence")
    expect(look_for(ada, needle)).to_have_count(1)
    ada.page.keyboard.press("ArrowDown")
    ada.page.keyboard.press("Escape")
    expect(field(ada)).to_be_focused()
    ada.page.keyboard.press("Escape")
    expect(ada.page.locator("#finder")).to_be_hidden()
    expect(ada.composer).to_be_focused()
    expect(ada.composer).to_have_value("half a sentence")
    ada.page.keyboard.press("Control+Shift+F")
    expect(field(ada)).to_have_value(needle)
    ada.page.keyboard.press("Enter")
    expect(ada.page).to_have_url(re.compile(rf"/-/search/\?q={needle}"))
    expect(ada.page.locator(".found__text")).to_have_text([f"one {needle}"])


def test_signs_people_rooms_and_days_are_completed(meet: Meet, server: Server) -> None:
    needle, room = word(), fresh_room("a room")
    ada = meet().enter(room)
    bob = meet().enter(room)
    name = f"Bob {needle[-6:]}"
    bob.rename(name)
    expect(bob.page.locator(".you__label")).to_have_text(name)
    bob.say(f"{needle} by bob").sees(f"{needle} by bob")
    ada.say(f"{needle} by ada").sees(f"{needle} by bob", f"{needle} by ada")
    found = look_for(ada, f"{needle} fr")
    options = ada.page.locator(".finder").get_by_role("option")
    expect(options).to_have_text([re.compile("from:")])
    ada.page.keyboard.press("Tab")
    expect(field(ada)).to_have_value(f"{needle} from:")
    expect(found).to_have_count(2)
    ada.page.keyboard.type("bo")
    expect(options.filter(has_text=name)).to_have_count(1)
    ada.page.keyboard.type("b")
    expect(options.filter(has_text=name)).to_have_attribute("aria-selected", "true")
    ada.page.keyboard.press("Enter")
    expect(field(ada)).to_have_value(f'{needle} from:"{name}" ')
    expect(found).to_have_text([f"{needle} by bob"])
    ada.page.keyboard.type(f"in:{room[2:9]}")
    expect(options.filter(has_text=room)).to_have_count(1)
    ada.page.keyboard.press("Escape")
    expect(options).to_have_count(0)
    expect(ada.page.locator("#finder")).to_be_visible()
    ada.page.keyboard.press("Control+A")
    ada.page.keyboard.type(f"{needle} on:t")
    ada.page.keyboard.press("Enter")
    expect(field(ada)).to_have_value(f"{needle} on:today ")
    expect(found).to_have_count(2)


def test_what_is_a_word_as_well_is_left_alone(meet: Meet, server: Server, room: str) -> None:
    needle = word()
    speak(server, room, f"{needle} on hand", f"{needle} off hand")
    ada = meet().enter(room)
    found = look_for(ada, f"{needle} on")
    expect(ada.page.locator(".finder").get_by_role("option")).to_have_count(1)
    expect(found).to_have_text([f"{needle} on hand"])
    ada.page.keyboard.press("Enter")
    expect(ada.page).to_have_url(re.compile(rf"q={needle}\+on$|q={needle}\+on&"))


def test_only_pauses_are_asked_about_and_an_old_answer_never_takes_the_place_of_a_new_one(
    meet: Meet, server: Server, room: str
) -> None:
    one, two = word(), word()
    speak(server, room, one, two)
    ada = meet().enter(room)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route) if f"q={one}" in route.request.url else route.continue_()

    ada.page.route("**/-/search/?**", hold)
    found = look_for(ada, one)
    ada.until(lambda: bool(held))
    assert len(asked(ada)) < len(one) / 2, "not each letter is a question"
    ada.page.keyboard.press("Control+A")
    ada.page.keyboard.type(two)
    expect(found).to_have_text([two])
    for route in held:
        route.continue_()
    ada.page.wait_for_timeout(300)
    expect(found).to_have_text([two])


def test_a_server_that_wants_a_rest_gets_one(meet: Meet, server: Server, room: str) -> None:
    needle = word()
    speak(server, room, needle)
    ada = meet().excuse("status of 429").enter(room)
    refused: list[str] = []

    def rest(route: Route) -> None:
        if refused:
            return route.continue_()
        refused.append(route.request.url)
        route.fulfill(status=429, json={"html": "", "found": 0, "message": "Wait 2 s.", "retry_after": 2})

    ada.page.route("**/-/search/?**", rest)
    found = look_for(ada, needle[:-2])
    ada.until(lambda: bool(refused))
    before = len(asked(ada))
    ada.page.keyboard.type(needle[-2:])
    expect(ada.page.locator(".finder").get_by_role("alert")).to_have_text("Wait 2 s.")
    assert len(asked(ada)) == before, "nothing is asked before that"
    expect(found).to_have_text([needle])
    expect(ada.page.locator(".finder__refusal")).to_have_text("")
    assert asked(ada)[before:] == [needle]


def test_what_is_not_understood_shows_no_results_of_another_question(meet: Meet, server: Server, room: str) -> None:
    needle = word()
    speak(server, room, needle)
    ada = meet().excuse("status of 400").enter(room)
    expect(look_for(ada, needle)).to_have_count(1)
    ada.page.keyboard.type(" before:foo ")
    expect(ada.page.locator(".finder").get_by_role("alert")).to_contain_text("names no day")
    expect(ada.page.locator(".finder .found")).to_have_count(0)
    expect(ada.page.locator(".finder__said")).to_have_text("")
    ada.page.keyboard.press("Control+A")
    ada.page.keyboard.type("from:")
    expect(ada.page.locator(".finder .search__none")).to_contain_text("Nothing to look for yet")
    expect(ada.page.locator(".finder__said")).to_have_text("")


def test_axe_finds_nothing(meet: Meet, server: Server, room: str) -> None:
    needle = word()
    speak(server, room, f"{needle} one", f"**{needle}** and `{needle}`")
    ada = meet().excuse("status of 400").enter(room)
    ada.page.keyboard.press("Control+Shift+F")
    nothing_wrong(ada)
    expect(look_for(ada, needle)).to_have_count(2)
    nothing_wrong(ada)
    ada.page.keyboard.type(" in:")
    expect(ada.page.locator(".finder").get_by_role("option").first).to_be_visible()
    nothing_wrong(ada)
    ada.page.keyboard.type("nowhere-at-all ")
    expect(ada.page.locator(".finder .search__none")).to_be_visible()
    nothing_wrong(ada)
    ada.page.set_viewport_size({"width": 320, "height": 640})
    expect(look_for_again(ada, needle)).to_have_count(2)
    nothing_wrong(ada)
    ada.page.evaluate("() => { document.documentElement.dir = 'rtl'; }")
    nothing_wrong(ada)
    beyond = "() => document.querySelector('#finder').scrollWidth - document.querySelector('#finder').clientWidth"
    assert ada.page.evaluate(beyond) <= 0
    assert ada.page.evaluate("() => document.documentElement.scrollWidth") <= 320


def test_by_touch_each_thing_is_in_reach(meet: Meet, server: Server, room: str) -> None:
    needle = word()
    speak(server, room, f"{needle} one")
    ada = meet(viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True).enter(room)
    ada.page.get_by_role("link", name="Search in this room").tap()
    expect(field(ada)).to_be_focused()
    in_reach(ada)
    expect(look_for_again(ada, needle)).to_have_count(1)
    field(ada).press_sequentially(" in:")
    expect(ada.page.locator(".finder").get_by_role("option").first).to_be_visible()
    in_reach(ada)
    field(ada).fill(needle)
    ada.page.locator(".finder .found").tap()
    expect(ada.page.locator("#finder")).to_be_hidden()
    expect(ada.message(f"{needle} one")).to_be_focused()


def look_for_again(person: Person, typed: str) -> Locator:
    field(person).fill(typed)
    return person.page.locator(".finder .found__text")
