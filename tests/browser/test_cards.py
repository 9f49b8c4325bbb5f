"""People's cards, profiles and blocking, told by two people: by mouse, by keyboard alone, and live in every window."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Meet
from tests.browser.people import Person
from tests.browser.test_accessibility import nothing_wrong, widths


def card_of(person: Person) -> Locator:
    return person.page.locator("#person-card")


def veils(person: Person) -> Locator:
    return person.page.locator("#chat-log .veil")


def test_a_click_on_a_name_tells_who_that_is_and_a_new_profile_is_seen_at_once(meet: Meet, room: str) -> None:
    grace = meet().enter(room).say("hello").sees("hello")
    ada = meet().enter(room).sees("hello").say("hi").sees("hello", "hi")
    ada.message("hello").locator(".message__author").click()
    card = card_of(ada)
    expect(card).to_be_visible()
    expect(card).to_have_accessible_name(grace.name)
    left = "(node) => Math.round(node.getBoundingClientRect().left)"
    assert card.evaluate(left) == ada.message("hello").locator(".message__author").evaluate(left)
    expect(card.get_by_role("link", name=f"#{room}")).to_be_visible()
    editor = grace.another_tab(room)
    editor.page.goto("/chat/-/profile/")
    editor.page.get_by_label("Name", exact=True).fill("Grace Hopper")
    editor.page.get_by_label("About you").fill("Compilers, and tea at four.")
    editor.page.get_by_role("button", name="Use this browser's: Europe/London").click()
    editor.page.get_by_role("button", name="Save").click()
    expect(editor.page.get_by_role("heading", level=2)).to_have_text("Grace Hopper")
    expect(card).to_contain_text("Compilers, and tea at four.")
    expect(card).to_contain_text(re.compile(r"\d\d:\d\d there \(Europe/London\)"))
    expect(ada.message("hello").locator(".message__author")).to_have_text("Grace Hopper")
    card.get_by_role("button", name="Mention").click()
    expect(ada.composer).to_have_value("@Grace Hopper ")
    expect(ada.composer).to_be_focused()


def test_a_card_by_keyboard_alone(meet: Meet, room: str) -> None:
    meet().enter(room).say("hello").sees("hello")
    ada = meet().enter(room).sees("hello")
    ada.message("hello").evaluate("(node) => { node.tabIndex = -1; node.focus(); }")
    ada.page.keyboard.press("u")
    expect(card_of(ada)).to_be_focused()
    ada.page.keyboard.press("Escape")
    expect(card_of(ada)).to_be_hidden()
    expect(ada.message("hello")).to_be_focused()


def test_who_is_blocked_is_covered_in_every_window_and_never_knows(meet: Meet, room: str) -> None:
    grace = meet().enter(room).say("from grace").sees("from grace")
    ben = meet().enter(room).say("from ben").sees("from grace", "from ben")
    ada = meet().enter(room).say("from ada").sees("from grace", "from ben", "from ada")
    twin = ada.another_tab(room)
    twin.message("from grace").locator(".message__avatar").click()
    card_of(twin).get_by_role("button", name="Block").click()
    expect(card_of(twin).get_by_role("button", name="Unblock")).to_be_visible()
    for window in (twin, ada):
        expect(veils(window)).to_have_count(1)
        expect(window.message("from grace").locator(".message__body")).to_be_hidden()
        expect(window.message("from ben").locator(".message__body")).to_be_visible()
    grace.composer.press_sequentially("typ")
    grace.composer.fill("")
    grace.say("more from grace")
    expect(veils(ada)).to_have_count(2)
    expect(ada.message("more from grace").locator(".message__body")).to_be_hidden()
    expect(ada.page.locator("hubbub-typing")).to_be_empty()
    expect(ben.message("more from grace").locator(".message__body")).to_be_visible()
    expect(veils(grace)).to_have_count(0)
    veils(ada).first.get_by_text("Message of somebody you blocked").click()
    expect(ada.message("from grace").locator(".message__body")).to_be_visible()
    ada.page.reload()
    expect(veils(ada)).to_have_count(2)
    veils(ada).first.locator("summary").press("Enter")
    ada.message("from grace").locator(".message__author").click()
    card_of(ada).get_by_role("button", name="Unblock").click()
    for window in (ada, twin):
        expect(veils(window)).to_have_count(0)
        expect(window.message("more from grace").locator(".message__body")).to_be_visible()


def test_without_scripts_names_lead_to_people_and_blocking_is_a_form(meet: Meet, room: str) -> None:
    grace = meet().enter(room).say("hello").sees("hello")
    ada = meet(java_script_enabled=False).enter(room).sees("hello")
    ada.page.get_by_role("link", name=grace.name).click()
    ada.page.get_by_role("button", name="Block").click()
    expect(ada.page.get_by_role("main").get_by_text("You blocked them")).to_be_visible()
    ada.enter(room)
    expect(ada.message("hello").locator(".message__body")).to_be_hidden()
    ada.page.get_by_text("Message of somebody you blocked").click()
    expect(ada.message("hello").locator(".message__body")).to_be_visible()
    ada.page.get_by_role("link", name="People").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text("People")


@widths
def test_axe_finds_nothing_about_people(meet: Meet, room: str, viewport: dict[str, int]) -> None:
    grace = meet().enter(room).say("hello").sees("hello")
    ada = meet(viewport=viewport).enter(room).sees("hello").say("hi").sees("hello", "hi")
    ada.message("hello").locator(".message__author").click()
    expect(card_of(ada)).to_have_accessible_name(grace.name)
    nothing_wrong(ada)
    card_of(ada).get_by_role("button", name="Block").click()
    expect(card_of(ada).get_by_role("button", name="Unblock")).to_be_visible()
    nothing_wrong(ada)
    ada.page.keyboard.press("Escape")
    nothing_wrong(ada)
    veils(ada).locator("summary").click()
    nothing_wrong(ada)
    ada.page.goto("/chat/-/profile/")
    nothing_wrong(ada)


def test_by_keyboard_alone_from_who_is_here_to_blocked(meet: Meet, room: str) -> None:
    grace = meet().enter(room).say("hello").sees("hello")
    ada = meet().enter(room).sees("hello")
    expect(ada.page.locator(".people__count")).to_have_text("2")
    ada.page.keyboard.press("Alt+Shift+H")
    name = ada.page.locator("#people").get_by_role("link", name=grace.name)
    ada.until(lambda: (ada.page.keyboard.press("Tab"), name.evaluate("(it) => it === document.activeElement"))[1])
    ada.page.keyboard.press("Enter")
    expect(card_of(ada)).to_be_focused()
    block = card_of(ada).get_by_role("button", name="Block")
    ada.until(lambda: (ada.page.keyboard.press("Tab"), block.evaluate("(it) => it === document.activeElement"))[1])
    ada.page.keyboard.press("Enter")
    expect(card_of(ada).get_by_role("button", name="Unblock")).to_be_focused()
    expect(veils(ada)).to_have_count(1)
    ada.page.keyboard.press("Escape")
    ada.page.keyboard.press("Control+k")
    ada.page.keyboard.type(f"@{grace.name}")
    ada.page.keyboard.press("Enter")
    expect(card_of(ada)).to_have_accessible_name(grace.name)


def test_a_quote_of_somebody_blocked_says_no_more_than_that(meet: Meet, room: str) -> None:
    grace = meet().enter(room).say("from grace").sees("from grace")
    ada = meet().enter(room).sees("from grace")
    ada.message("from grace").locator(".message__author").click()
    card_of(ada).get_by_role("button", name="Block").click()
    expect(veils(ada)).to_have_count(1)
    id = ada.stored.first.get_attribute("data-id")
    grace.page.evaluate(
        """async ([room, id]) => {
          const page = JSON.parse(document.getElementById("hubbub-page").textContent);
          const url = new URL(page.socket, location.href);
          url.protocol = "ws:";
          const socket = new WebSocket(`${url}?ticket=${page.ticket}`, "hubbub.v1");
          await new Promise((done) => socket.addEventListener("message", done, { once: true }));
          socket.send(JSON.stringify({ type: "post", room, message: "see above", nonce: "n", reply_to: id }));
          await new Promise((done) => socket.addEventListener("message", done, { once: true }));
          socket.close();
        }""",
        [room, int(id or 0)],
    )
    quote = ada.page.locator("#chat-log .quote").first
    expect(quote).to_have_class("quote quote--veiled")
    expect(quote.locator(".quote__line")).to_be_hidden()


def test_to_mention_one_of_two_of_the_same_name_calls_that_one(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    for words in ("first", "second"):
        twin = meet().enter(room).rename("Pat")
        expect(twin.page.locator(".you__label")).to_have_text("Pat")
        twin.say(words)
        expect(twin.message(words)).to_be_visible()
    expect(ada.message("second")).to_be_visible()
    ada.message("second").locator(".message__author").click()
    expect(card_of(ada)).to_be_visible()
    card_of(ada).get_by_role("button", name="Mention").click()
    expect(ada.composer).to_have_value(re.compile("^@Pat#[0-9a-f]{4,} $"))
    author = ada.message("second").get_attribute("data-author") or "?"
    ada.composer.press("Enter")
    expect(ada.page.locator(f'#chat-log .mention[data-person="{author}"]')).to_be_visible()
