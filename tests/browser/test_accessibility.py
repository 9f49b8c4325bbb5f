"""axe finds nothing: each page, light and dark, wide and narrow; and what a screen reader is told."""

from __future__ import annotations

import pytest
from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fresh_room, speak
from tests.servers import Server

AXE = Axe()
COLOURS = ("light", "dark")
# Waits until nothing fades any more; what is hidden, say in closed details, does not go on and is not waited for.
LOOK = """async () => {
  const shown = document.getAnimations().filter((animation) => animation.effect.target.checkVisibility());
  await Promise.allSettled(shown.map((animation) => animation.finished));
  const { violations } = await axe.run({ resultTypes: ["violations"] });
  return { violations };
}"""
WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

PAGES = (
    "/chat/", "/chat/?room=a/b", "/chat/-/new/", "/chat/-/people/", "/chat/-/profile/", "/chat/-/mentions/",
    "/accounts/sign-in/", "/accounts/sign-up/", "/nowhere/",
)  # fmt: skip

widths = pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])


def nothing_wrong(person: Person, *colours: str) -> None:
    """Let axe look as soon as nothing fades any more: in light and in dark, whatever they have, or in these."""
    person.page.evaluate(AXE.axe_script)
    for scheme in colours or COLOURS:
        person.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # playwright's own literals
        found = AxeResults(person.page.evaluate(LOOK))
        assert found.violations_count == 0, f"{person.page.url} ({scheme})\n{found.generate_report()}"
    person.page.emulate_media(color_scheme="null")  # what they had


@widths
def test_axe_finds_nothing_on_any_page(meet: Meet, server: Server, room: str, viewport: dict[str, int]) -> None:
    other = fresh_room("other")
    ada = meet(viewport=viewport).excuse("status of (404|400)")
    ada.enter(other).say("I was here").sees("I was here")
    speak(server, other, "unread")
    speak(server, room, "hello", "with `code`, *emphasis* and https://example.org/", "```\na block\n```")
    for path in (*PAGES, f"/chat/{other}/-/about/", f"/chat/{other}/-/pins/"):
        ada.page.goto(path)
        nothing_wrong(ada)
    ada.page.goto("/accounts/sign-in/")
    ada.page.get_by_label("Username").fill("nobody")
    ada.page.get_by_label("Password").fill("wrong")
    ada.page.get_by_role("button", name="Sign in").click()
    nothing_wrong(ada)
    ada.enter(room).say("mine").say("and mine")
    expect(ada.stored).to_have_count(5)
    nothing_wrong(ada)
    ada.page.locator("hubbub-people").get_by_role("button").click()
    nothing_wrong(ada)
    ada.page.keyboard.press("Escape")
    with ada.alone():
        expect(ada.bar).to_contain_text("Offline")
        ada.say("waiting")
        expect(ada.pending).to_have_count(1)
        nothing_wrong(ada)
    if viewport == NARROW:
        ada.page.get_by_role("button", name="Rooms and account").click()
    ada.page.locator("hubbub-name summary").click()
    nothing_wrong(ada)


def test_the_log_is_a_log_and_what_comes_in_is_announced_politely(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    log = ada.page.get_by_role("log")
    expect(log).to_have_id("chat-log")
    expect(log).to_have_attribute("aria-live", "polite")
    expect(ada.page.get_by_role("textbox", name=f"Message to {room}")).to_be_focused()
    expect(ada.page.get_by_role("main")).to_have_count(1)
    expect(ada.page.get_by_role("heading", level=1)).to_have_count(1)


def test_with_reduced_motion_nothing_moves(meet: Meet, room: str) -> None:
    ada = meet(reduced_motion="reduce").enter(room)
    ada.page.locator("#chat-message-submit").hover()
    assert ada.page.evaluate(
        "() => [...document.querySelectorAll('*')].every((element) =>"
        " getComputedStyle(element).transitionDuration.split(', ').every((time) => parseFloat(time) === 0))"
    )


@pytest.mark.parametrize("colours", COLOURS)
def test_the_theme_follows_the_system_until_it_is_chosen(meet: Meet, room: str, colours: str) -> None:
    ada = meet(color_scheme=colours).enter(room)
    other = {"light": "dark", "dark": "light"}[colours]

    def lightness() -> str:
        dark = ada.page.evaluate(
            "() => { const box = document.createElement('canvas').getContext('2d');"
            " box.fillStyle = getComputedStyle(document.body).backgroundColor; box.fillRect(0, 0, 1, 1);"
            " return box.getImageData(0, 0, 1, 1).data[0] < 128; }"
        )
        return "dark" if dark else "light"

    assert lightness() == colours
    ada.page.get_by_role("button", name="Light or dark").click()
    assert lightness() == other
    ada.page.reload()
    assert lightness() == other
