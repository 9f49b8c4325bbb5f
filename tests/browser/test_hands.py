"""What one does with messages and rooms by touch alone: on a phone, on a very narrow one, in a page that runs from
right to left. Each thing that opens lies within the window, and is large enough for a finger.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Meet
from tests.browser.people import Person
from tests.browser.test_sizes import LONG, fits

FINGER = 44  # CSS px, WCAG 2.5.5
TOUCH = {"has_touch": True, "is_mobile": True}
HANDS: dict[str, dict[str, Any]] = {
    "a phone": {"viewport": {"width": 390, "height": 844}, **TOUCH},
    "a very narrow one": {"viewport": {"width": 320, "height": 640}, **TOUCH},
    "right to left": {"viewport": {"width": 390, "height": 844}, "locale": "ar", **TOUCH},
}

# What lies over the page and reaches out of the window, and what can be pressed there but not by a finger.
LOOK = """(finger) => {
  const find = (selector) => [...document.querySelectorAll(selector)], at = document.elementFromPoint.bind(document);
  const wrong = [], over = find(":popover-open, dialog[open], .completion__list:not([hidden])");
  for (const panel of over) {
    const { left, right, top, bottom } = panel.getBoundingClientRect();
    const out = left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1;
    if (out || panel.scrollWidth > panel.clientWidth) wrong.push(`${panel.id || panel.className} reaches out`);
  }
  const all = "button, summary, input:not(:disabled), textarea, select, .rooms__link, a.quote, .card__rooms a";
  const places = over.length ? over : find(".header, .composer, .message");
  for (const control of places.flatMap((place) => [...place.querySelectorAll(all)])) {
    const body = (control.closest("label") ?? control).getBoundingClientRect();
    const x = body.left + body.width / 2, y = body.top + body.height / 2;
    const meant = (dx, dy) => {
      const hit = at(x + dx, y + dy);
      return hit && (control.contains(hit) || control.closest("label")?.contains(hit));
    };
    if (!body.width || !meant(0, 0)) continue;                         // hidden, or scrolled out of its list
    const half = finger / 2 - 1, large = body.width >= finger - 0.5 && body.height >= finger - 0.5;
    if (!large && ![[0, -half], [0, half], [-half, 0], [half, 0]].every(([dx, dy]) => meant(dx, dy)))
      wrong.push(`${control.className || control.name} is ${Math.round(body.width)}×${Math.round(body.height)}`);
  }
  return wrong;
}"""


def in_reach(person: Person) -> None:
    """What is to be seen fits, and fingers hit what they mean."""
    assert fits(person)
    assert person.page.evaluate(LOOK, FINGER) == []


def toolbar(message: Locator) -> Locator:
    """What a tap on a message shows."""
    message.locator(".message__body").tap()
    expect(message.locator("hubbub-toolbar")).to_be_visible()
    return message.locator("hubbub-toolbar")


def from_menu(person: Person, message: Locator, deed: str) -> None:
    toolbar(message).locator("[data-deed=menu]").tap()
    expect(person.page.locator("#message-menu")).to_be_visible()
    in_reach(person)
    person.page.locator(f"#message-menu [data-deed={deed}]").tap()


@pytest.mark.parametrize("hand", HANDS.values(), ids=HANDS)
def test_everything_is_in_reach_of_a_finger(meet: Meet, room: str, hand: dict[str, Any]) -> None:
    ben = meet().enter(room).say("Soup at noon?").say(LONG).say("- [ ] bread\n- ||salt|| and a line\n- ||x||")
    expect(ben.stored).to_have_count(3)
    ada = meet(**hand).enter(room)
    soup = ada.message("Soup at noon?")
    in_reach(ada)
    ada.page.locator(".spoiler__switch").first.tap()
    expect(ada.page.locator(".spoiler__text").first).to_be_visible()

    soup.locator(".message__author").tap()
    expect(ada.page.locator("#person-card")).to_be_visible()
    in_reach(ada)
    bottom = ada.page.locator("#person-card").evaluate("(card) => innerHeight - card.getBoundingClientRect().bottom")
    assert abs(bottom) <= 1
    ada.page.keyboard.press("Escape")
    expect(ada.page.locator("#person-card")).to_be_hidden()

    from_menu(ada, soup, "react")
    expect(ada.page.locator(".picker__emoji").first).to_be_visible()
    expect(ada.page.locator(".picker__field")).not_to_be_focused()  # which would bring a keyboard
    in_reach(ada)
    ada.page.locator(".picker__emoji", has_text="🎉").first.tap()
    expect(ben.message("Soup at noon?").locator(".reaction").first).to_contain_text("🎉")
    in_reach(ada)

    toolbar(soup).locator("[data-deed=reply]").tap()
    in_reach(ada)
    ada.composer.fill("With bread")
    ada.page.locator("#chat-message-submit").tap()
    expect(ben.message("With bread").locator(".quote")).to_contain_text("Soup at noon?")
    in_reach(ada)
    from_menu(ada, ada.message("With bread"), "edit")
    in_reach(ada)
    ada.page.locator(".editor__field").fill("With butter")
    ada.page.locator(".editor [type=submit]").tap()
    expect(ben.message("With butter")).to_be_visible()

    from_menu(ada, soup, "pin")
    ada.page.locator(".header__more").tap()
    in_reach(ada)
    ada.page.locator(".header__pins").tap()
    expect(ada.page.locator("#pins .message__body")).to_have_text("Soup at noon?")
    in_reach(ada)
    ada.page.keyboard.press("Escape")
    for button, panel in ((".header__when", "#when"), (".attention__bell", "#attention")):
        ada.page.locator(".header__more").tap()
        ada.page.locator(button).tap()
        expect(ada.page.locator(panel)).to_be_visible()
        expect(ada.page.locator(".tools")).to_be_hidden()  # covered
        in_reach(ada)
        ada.page.keyboard.press("Escape")
        expect(ada.page.locator(".tools")).to_be_hidden()  # done with one, done with the other
    ada.page.locator(".people__button").tap()
    in_reach(ada)
    ada.page.keyboard.press("Escape")
    ada.page.locator(".header__menu").tap()
    in_reach(ada)
    ada.page.locator("[data-switcher-open]").tap()
    expect(ada.page.locator(".switcher__option").first).to_be_visible()
    in_reach(ada)
    ada.page.keyboard.press("Escape")
    ada.composer.press_sequentially("/")
    expect(ada.page.locator(".completion__option").first).to_be_visible()
    in_reach(ada)
    ada.composer.fill("")

    from_menu(ada, ada.message("With butter"), "delete")
    in_reach(ada)
    ada.page.locator("#confirm-delete [value=yes]").tap()
    expect(ben.page.locator(".message--deleted")).to_have_count(1)
    ada.page.locator(".header__about").tap()
    ada.page.wait_for_url("**/-/about/")
    in_reach(ada)


def test_a_tap_beside_a_sheet_closes_it_and_presses_nothing(meet: Meet, room: str) -> None:
    ben = meet().enter(room)
    for number in range(12):
        ben.say(f"more to read {number}")
    ada = meet(**HANDS["a phone"]).enter(room)
    ben.say("Soup at noon?")
    soup = ada.message("Soup at noon?")
    expect(soup).to_be_visible()
    toolbar(soup).locator("[data-deed=menu]").tap()
    menu = ada.page.locator("#message-menu")
    expect(menu).to_be_visible()
    here = ada.page.url
    for at_button in (True, False):
        shade = ada.page.locator(".header__menu") if at_button else ada.stored.first.locator(".message__time")
        place = shade.bounding_box()
        assert place is not None
        ada.page.touchscreen.tap(place["x"] + place["width"] / 2, place["y"] + place["height"] / 2)
        expect(menu).to_be_hidden()
        expect(ada.page.locator("#sidebar")).to_be_hidden()
        toolbar(soup).locator("[data-deed=menu]").tap()
        expect(menu).to_be_visible()
    assert ada.page.url == here
    menu.locator("[data-deed=unread]").tap()
    expect(menu).to_be_hidden()


def test_against_the_run_of_the_page_a_list_keeps_its_marks_and_a_quote_its_beginning(meet: Meet, room: str) -> None:
    ada = meet(locale="ar", viewport={"width": 390, "height": 844}).enter(room)
    ada.say("- [x] done\n- [ ] to do").say("the first words of a long text " + "and more of it " * 12)
    expect(ada.stored).to_have_count(2)
    box, words = ada.page.locator(".task__box").first, ada.page.locator(".task__label").first
    assert ada.page.evaluate("() => document.dir") == "rtl"
    gap = ada.page.evaluate(
        """() => { const range = document.createRange(), label = document.querySelector(".task__label");
          range.selectNodeContents(label.lastChild.nodeType === 3 ? label.lastChild : label.lastElementChild);
          const box = document.querySelector(".task__box");
          return range.getBoundingClientRect().left - box.getBoundingClientRect().right; }"""
    )
    expect(words).to_contain_text("done")
    assert 0 <= gap < 16, gap
    expect(box).to_be_visible()
    message = ada.stored.last
    message.hover()
    message.locator("[data-deed=reply]").click()
    ada.say("yes")
    line = ada.stored.last.locator(".quote__line")
    expect(line).to_be_visible()
    cut = line.evaluate("(line) => [line.scrollWidth > line.clientWidth, getComputedStyle(line).direction]")
    assert cut == [True, "ltr"]
