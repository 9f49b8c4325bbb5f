"""Hands on the keyboard: everything is reached in a sensible order, and one always sees where one is."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fresh_room, speak
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
