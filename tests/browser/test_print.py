"""On paper: all that a page holds, on as many sheets as it takes, and nothing that one presses."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, speak
from tests.servers import Server

LINES = [f"line {number}" for number in range(1, 41)]
WIDE = "| " + " | ".join(f"column {number}" for number in range(12)) + " |\n|" + "---|" * 12 + "\n| a | b |"
SHEET = {"width": 700, "height": 1000}  # about A4 with its margins


def fits_on_sheets(person: Person) -> bool:
    """Whether each message lies on the page itself, which grows, and none is cut off at its side."""
    return bool(
        person.page.evaluate(
            "() => { const { scrollWidth, scrollHeight, clientWidth } = document.documentElement;"
            " return scrollWidth <= clientWidth && [...document.querySelectorAll('.message, .message table, pre')]"
            ".every((part) => { const box = part.getBoundingClientRect();"
            " return box.height > 0 && box.top >= 0 && box.bottom <= scrollHeight && box.right <= clientWidth; }); }"
        )
    )


def test_a_room_is_printed_whole_and_dark_on_white(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, *LINES, WIDE, "```\n" + "code " * 60 + "\n```")
    for scripts in (True, False):
        ada = meet(viewport=SHEET, java_script_enabled=scripts).enter(room)
        ada.page.evaluate("() => { document.documentElement.dataset.theme = 'dark'; }")
        assert not fits_on_sheets(ada), "on a screen the log scrolls by itself"
        ada.page.emulate_media(media="print")
        assert fits_on_sheets(ada)
        expect(ada.message("line 1")).to_be_visible()
        for pressed in ("#sidebar", ".composer", ".header__search", ".tools", ".message__more", ".code__copy"):
            for part in ada.page.locator(pressed).all():
                expect(part).to_be_hidden()
        ground = ada.page.evaluate("() => getComputedStyle(document.documentElement).colorScheme")
        assert ground == "light"


def test_who_prints_stays_where_they_read(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, *LINES)
    ada = meet(viewport={"width": 1280, "height": 800}).enter(room)
    for place in ("(log) => { log.scrollTop = 300; }", "(log) => { log.scrollTop = log.scrollHeight; }"):
        ada.log.evaluate(place)
        before = ada.log.evaluate("(log) => log.scrollTop")
        ada.page.pdf()
        ada.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert abs(ada.log.evaluate("(log) => log.scrollTop") - before) <= 1
