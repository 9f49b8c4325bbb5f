"""Rich messages in the browser: what is hidden, copied, wide, large; by mouse, by keyboard and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, speak
from tests.browser.test_accessibility import NARROW, WIDE, nothing_wrong, widths
from tests.servers import Server

CODE = (
    "```python\n# How many benches?\ndef benches(people: int) -> int:\n    return people // 4 + 1"
    + "  # x" * 60
    + "\n```"
)
TABLE = (
    "| Stall | Who | Benches | Notes |\n|:--|:-:|--:|---|\n"
    + "| Honey | Ben | 12 | needs shade and `power` and more |\n" * 2
    + "| Seeds |"
)
RICH = ["*a* **b** ~~c~~ `d` https://example.org/ [words](https://example.org/x) ![a picture](https://example.org/p.png)",
    "The end: ||the *gardener*, see https://example.org/||", "- [ ] to do\n- [x] **done**\n  1. nested",
    "> said\n> > and said before", TABLE, CODE, "```diff\n- old\n+ new\n```", ":tada: 🎉", "fun :smile:"]  # fmt: skip

shown_live = pytest.mark.parametrize("live", [True, False], ids=["said just now", "said before"])


def enter(meet: Meet, server: Server, room: str, *texts: str, live: bool = False, **options: object) -> Person:
    """Somebody in the room, where these texts are said before they come or while they look on."""
    if not live:
        speak(server, room, *texts)
    person = meet(**options).enter(room)
    if live:
        speak(server, room, *texts)
    expect(person.stored).to_have_count(len(texts))
    return person


def hidden(person: Person) -> Locator:
    return person.page.locator(".spoiler__text")


@widths
def test_axe_finds_nothing_in_rich_messages(meet: Meet, server: Server, room: str, viewport: dict[str, int]) -> None:
    ada = enter(meet, server, room, *RICH, viewport=viewport)
    nothing_wrong(ada)
    ada.page.get_by_role("checkbox", name="Spoiler").check()
    nothing_wrong(ada)
    ada.composer.press_sequentially("well :smi")
    expect(ada.page.get_by_role("option").first).to_be_visible()
    nothing_wrong(ada)


@shown_live
def test_a_spoiler_is_shown_by_a_click_and_hidden_again_by_a_key(
    meet: Meet, server: Server, room: str, live: bool
) -> None:
    ada = enter(meet, server, room, "||the gardener, see https://example.org/||", live=live)
    expect(hidden(ada)).to_be_hidden()
    ada.page.locator(".spoiler").click()
    expect(hidden(ada)).to_be_visible()
    ada.page.locator(".spoiler a").click(trial=True)  # nothing lies over it any more
    ada.page.locator(".spoiler__switch").focus()
    ada.page.keyboard.press("Space")
    expect(hidden(ada)).to_be_hidden()
    ada.page.keyboard.press("Space")
    expect(hidden(ada)).to_be_visible()


def test_a_screen_reader_meets_a_checkbox_and_not_what_is_hidden(meet: Meet, server: Server, room: str) -> None:
    ada = enter(meet, server, room, "It was ||the gardener||")
    said = ada.log.aria_snapshot()
    assert 'checkbox "Spoiler"' in said
    assert "gardener" not in said
    ada.page.get_by_role("checkbox", name="Spoiler").check()
    assert "gardener" in ada.log.aria_snapshot()


def test_without_scripts_too_a_spoiler_opens_and_code_has_no_button(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, "||the gardener||", CODE)
    ada = meet(java_script_enabled=False).enter(room)
    expect(hidden(ada)).to_be_hidden()
    ada.page.locator(".spoiler").click()
    expect(hidden(ada)).to_be_visible()
    expect(ada.page.locator(".code__copy")).to_have_count(0)
    expect(ada.page.locator(".code__keyword").first).to_have_text("def")


@shown_live
def test_code_is_copied_as_it_was_typed(meet: Meet, server: Server, room: str, live: bool) -> None:
    ada = enter(meet, server, room, "```py\nif 1 < 2:\n\tprint('&')\n```", live=live)
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = ada.page.locator(".code").get_by_role("button")
    expect(button).to_have_count(1)
    button.focus()
    expect(button).to_have_css("opacity", "1")
    ada.page.keyboard.press("Enter")
    expect(button).to_have_text("Copied")
    assert ada.page.evaluate("() => navigator.clipboard.readText()") == "if 1 < 2:\n\tprint('&')\n"
    expect(button).to_have_text("Copy")


@pytest.mark.parametrize("viewport", [{"width": 320, "height": 640}, NARROW, WIDE], ids=["320", "390", "1280"])
def test_what_is_wide_scrolls_inside_itself(meet: Meet, server: Server, room: str, viewport: dict[str, int]) -> None:
    ada = enter(meet, server, room, *RICH, "a" * 300, "`" + "b" * 300 + "`", "||" + "c" * 300 + "||", viewport=viewport)
    assert ada.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    assert ada.log.evaluate("(log) => log.scrollWidth <= log.clientWidth")
    code = ada.page.locator("pre").first
    assert code.evaluate("(block) => block.scrollWidth > block.clientWidth")
    code.focus()
    ada.page.keyboard.press("ArrowRight")
    ada.until(lambda: bool(code.evaluate("(block) => block.scrollLeft > 0")))


def test_boxes_of_tasks_can_not_be_clicked(meet: Meet, server: Server, room: str) -> None:
    ada = enter(meet, server, room, "- [ ] to do\n- [x] done")
    boxes = ada.log.get_by_role("checkbox")
    assert [box.is_checked() for box in boxes.all()] == [False, True]
    expect(ada.log.get_by_role("checkbox", name="to do")).to_be_disabled()


def test_nothing_but_emoji_is_large(meet: Meet, server: Server, room: str) -> None:
    ada = enter(meet, server, room, ":tada:", "a :tada:")
    sizes = [
        float(p.evaluate("(p) => parseFloat(getComputedStyle(p).fontSize)"))
        for p in ada.page.locator(".message__body p").all()
    ]
    assert sizes[0] >= 2 * sizes[1]


# ── the names of emoji, while one writes ────────────────────────────────────────────────────────────


def test_a_shortcode_is_completed_by_keys_alone(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    options = ada.page.get_by_role("listbox", name="Emoji").get_by_role("option")
    ada.composer.press_sequentially("well :smi")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(ada.composer).to_have_attribute("aria-activedescendant", "composer-completion-0")
    ada.page.keyboard.press("ArrowDown")
    ada.page.keyboard.press("ArrowUp")
    expect(options.first).to_have_text("😄:smile:")
    ada.page.keyboard.press("Enter")
    expect(ada.composer).to_have_value("well 😄 ")
    expect(ada.composer).to_be_focused()
    expect(options).to_have_count(0)
    ada.composer.press_sequentially(":tada")
    expect(options.first).to_be_visible()
    ada.page.keyboard.press("Tab")
    ada.page.keyboard.press("Enter")
    ada.sees("well 😄 🎉")


def test_a_shortcode_is_completed_by_a_click(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.composer.press_sequentially(":+1")
    ada.page.get_by_role("option").filter(has_text=":+1:").click()
    expect(ada.composer).to_have_value("👍 ")
    expect(ada.composer).to_be_focused()


@pytest.mark.parametrize("text", ["at 10:30", "http://ex", "a:smile", ":", ":x", ":nonsense", "::sm"])
def test_what_is_no_shortcode_opens_nothing_and_enter_sends(meet: Meet, room: str, text: str) -> None:
    ada = meet().enter(room)
    ada.composer.press_sequentially(text)
    expect(ada.page.get_by_role("option")).to_have_count(0)
    ada.page.keyboard.press("Enter")
    ada.sees(text)


def test_escape_closes_the_list_and_then_enter_sends(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.composer.press_sequentially(":smi")
    expect(ada.page.get_by_role("option").first).to_be_visible()
    ada.page.keyboard.press("Escape")
    expect(ada.page.get_by_role("option")).to_have_count(0)
    ada.page.keyboard.press("Enter")
    ada.sees(":smi")
