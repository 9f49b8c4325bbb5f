"""Hands on the keyboard: everything is reached in a sensible order, and one always sees where one is."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fresh_room, speak
from tests.browser.test_accessibility import NARROW, WIDE, nothing_wrong
from tests.browser.test_tabs import sign_up
from tests.servers import Server

# What has the keyboard, and whether a sighted person can tell: an outline or a shadow of its own or around it.
FOCUSED = """() => {
  const it = document.activeElement;
  const box = it.getBoundingClientRect();
  const shows = (element) => {
    const style = getComputedStyle(element);
    return (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0) || style.boxShadow !== "none";
  };
  const form = it.closest("form");
  return {
    id: it.id, tag: it.tagName, text: (it.getAttribute("aria-label") ?? it.textContent).trim().slice(0, 60),
    room: it.dataset.room ?? null, inside: box.width > 0 && box.bottom > 0 && box.top < innerHeight,
    shown: shows(it) || Boolean(form && shows(form)),
  };
}"""


def walk(person: Person, most: int = 40) -> list[dict[str, Any]]:
    """Press Tab from the top of the page until it begins anew; what had the keyboard on the way."""
    person.page.evaluate("() => { document.activeElement.blur(); getSelection().removeAllRanges(); }")
    person.page.evaluate("() => { document.body.tabIndex = -1; document.body.focus(); }")
    way: list[dict[str, Any]] = []
    for _ in range(most):
        person.page.keyboard.press("Tab")
        stop = person.page.evaluate(FOCUSED)
        if stop["tag"] in ("BODY", "HTML") or (way and stop == way[0]):
            break
        way.append(stop)
    return way


def test_tab_leads_over_the_skip_link_the_rooms_and_the_log_to_the_composer(
    meet: Meet, server: Server, room: str
) -> None:
    other = fresh_room("other")
    ada = meet().enter(other).say("I was here").sees("I was here").enter(room)
    way = walk(ada)
    names = [stop["text"] for stop in way]
    places = [stop["id"] for stop in way]
    assert names[0].startswith("Skip to")
    room_links = [index for index, stop in enumerate(way) if stop["room"] in (room, other)]
    assert len(room_links) == 2
    assert 0 < min(room_links) < places.index("chat-log") < places.index("chat-message-input")
    assert places.index("chat-message-input") < places.index("chat-message-submit")
    for stop in way:
        assert stop["inside"], stop
        assert stop["shown"], f"one can't see that this has the keyboard: {stop}"


def test_on_the_rooms_page_too_one_sees_where_one_is(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, "hello")
    ada = meet()
    ada.page.goto("/chat/")
    way = walk(ada, most=25)
    assert way[0]["text"].startswith("Skip to")
    assert "room-name-input" in [stop["id"] for stop in way]
    for stop in way:
        assert stop["shown"], stop


def test_the_skip_link_shows_itself_and_leads_to_the_composer(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.page.evaluate("() => document.querySelector('.skip-link').focus()")
    link = ada.page.get_by_role("link", name="Skip to the message field")
    expect(link).to_be_in_viewport(ratio=1)
    ada.page.keyboard.press("Enter")
    expect(ada.composer).to_be_focused()


def test_a_conversation_needs_no_mouse(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, *[f"line {number}" for number in range(1, 41)])
    ada = meet().enter(room)
    ada.page.keyboard.type("typed")
    ada.page.keyboard.press("Enter")
    expect(ada.message("typed")).to_be_in_viewport()
    ada.log.focus()
    ada.page.keyboard.press("Home")
    expect(ada.message("line 1")).to_be_in_viewport()
    ada.page.keyboard.press("End")
    expect(ada.message("typed")).to_be_in_viewport()
    ada.page.locator("hubbub-name summary").focus()
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_label("Your name here")).to_be_visible()
    ada.page.keyboard.press("Escape")
    expect(ada.page.get_by_label("Your name here")).to_be_hidden()
    expect(ada.page.locator("hubbub-name summary")).to_be_focused()


def test_an_enter_that_ends_a_composition_does_not_send(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.composer.fill("にほん")
    ada.composer.evaluate(
        "(input) => input.dispatchEvent(new KeyboardEvent('keydown',"
        " { key: 'Enter', isComposing: true, bubbles: true, cancelable: true }))"
    )
    expect(ada.composer).to_have_value("にほん")
    ada.composer.press("Enter")
    ada.sees("にほん")


# What opens over a room: the key that opens it, and what is to be seen then. The latter with the keyboard on a message.
OVER_THE_PAGE = {
    "Control+k": "#switcher", "Control+/": "#keys", "Control+Shift+F": "#finder", "Alt+Shift+W": "#new-message",
    "Alt+Shift+N": "#new-room", "Alt+Shift+L": "#attention", "Alt+Shift+D": "#when", "Alt+Shift+I": "#pins",
    "Alt+Shift+H": "#people", "Alt+Shift+C": ".you__name [name=name]",
}  # fmt: skip
OVER_A_MESSAGE = {
    "Shift+F10": "#message-menu", "+": "hubbub-picker", "u": "#person-card", "Delete": "#confirm-delete",
    "e": ".editor",
}  # fmt: skip


def at(person: Person) -> Any:
    return person.page.evaluate("() => document.activeElement.id || document.activeElement.className")


@pytest.mark.parametrize(
    ("viewport", "colours"), [(WIDE, "light"), (NARROW, "dark")], ids=["wide and light", "narrow and dark"]
)
def test_whatever_opens_has_the_keyboard_and_escape_gives_it_back(
    meet: Meet, room: str, viewport: dict[str, int], colours: str
) -> None:
    ada = meet(viewport=WIDE, color_scheme=colours).enter(room)
    sign_up(ada, room)
    ada.page.set_viewport_size(viewport)  # type: ignore[arg-type]  # playwright's own kind of dict
    ada.enter(room).say("hello").sees("hello")

    def walk_through(ways: dict[str, str], start: str) -> None:
        for key, what in ways.items():
            ada.page.locator(start).focus()
            before = at(ada)
            ada.page.keyboard.press(key)
            opened = ada.page.locator(what)
            expect(opened).to_be_visible()
            expect(ada.page.locator(f"{what}:focus, {what} :focus")).to_have_count(1)
            shown = ada.page.evaluate(FOCUSED)
            assert shown["inside"], (key, shown)
            nothing_wrong(ada, colours)
            ada.page.keyboard.press("Escape")
            expect(opened).to_be_hidden()
            assert at(ada) == before, key

    walk_through(OVER_THE_PAGE, "#chat-message-input")
    ada.message("hello").evaluate("(node) => { node.tabIndex = -1; }")
    walk_through(OVER_A_MESSAGE, "#chat-log .message")
    if viewport == NARROW:
        for button, what in ((".header__menu", "#sidebar"), (".header__more", "#tools")):
            ada.page.locator(button).focus()
            ada.page.keyboard.press("Enter")
            expect(ada.page.locator(what)).to_be_visible()
            nothing_wrong(ada, colours)
            ada.page.keyboard.press("Escape")
            expect(ada.page.locator(button)).to_be_focused()


def test_tab_goes_round_in_a_panel_and_what_it_leads_to_gives_the_keyboard_back(meet: Meet, room: str) -> None:
    ada = meet(viewport=WIDE).enter(room).say("hello").sees("hello")
    message = ada.message("hello")
    for key, panel in (("+", "hubbub-picker"), ("u", "#person-card")):
        message.evaluate("(node) => { node.tabIndex = -1; node.focus(); }")
        ada.page.keyboard.press(key)
        expect(ada.page.locator(panel)).to_be_visible()
        for step in ("Tab", "Shift+Tab"):
            for _ in range(9):
                ada.page.keyboard.press(step)
                expect(ada.page.locator(f"{panel}:focus, {panel} :focus")).to_have_count(1)
        ada.page.keyboard.press("Escape")
        expect(message).to_be_focused()
    people = ada.page.locator(".people__button")
    people.focus()
    for key in ("Enter", "Tab", "Enter"):
        ada.page.keyboard.press(key)
    expect(ada.page.locator("#person-card")).to_be_focused()
    ada.page.keyboard.press("Escape")
    expect(people).to_be_focused()
    ada.page.set_viewport_size({"width": 390, "height": 844})
    ada.page.locator(".header__more").focus()
    ada.page.keyboard.press("Enter")
    ada.page.locator(".header__when").focus()
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator("#when-day")).to_be_focused()
    ada.page.keyboard.press("Escape")
    expect(ada.page.locator(".header__more")).to_be_focused()
