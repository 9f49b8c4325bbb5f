"""Keys: each action has one, `?` lists them, they keep out of the way of who writes."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fresh_room, speak
from tests.browser.test_accessibility import NARROW, nothing_wrong, widths
from tests.browser.test_tabs import sign_up
from tests.servers import ROOT, Server


def opened(person: Person, name: str) -> bool:
    return bool(person.page.evaluate("(id) => document.getElementById(id).open", name))


def away(person: Person) -> None:
    """Take the hands off the field."""
    person.page.evaluate("() => document.activeElement.blur()")


def test_a_question_mark_lists_the_keys_unless_one_writes_it(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.composer.press("?")
    expect(ada.composer).to_have_value("?")
    assert not opened(ada, "keys")
    away(ada)
    ada.page.keyboard.press("?")
    dialog = ada.page.get_by_role("dialog", name="Keys")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Next unread room")
    ada.page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    ada.composer.focus()
    ada.page.keyboard.press("Control+/")
    expect(dialog).to_be_visible()
    ada.page.keyboard.press("Escape")
    expect(ada.composer).to_be_focused()


def test_every_action_has_its_words_and_every_line_its_action(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    registered = ada.page.evaluate("async () => (await import('hubbub/keys')).keys.names")
    written = ada.page.evaluate(
        "() => [...document.querySelectorAll('#keys [data-name]')].map((it) => it.dataset.name)"
    )
    assert len(written) == len(set(written))
    assert set(registered) <= set(written), "an action without words in keys.html"
    sources = "".join(path.read_text() for path in (ROOT / "hubbub/static/hubbub").rglob("*.js"))
    known = set(re.findall(r'keys\.add\(\{\s*name: "([\w-]+)"', sources))
    assert set(written) <= known | set(registered), "a line in keys.html without an action on any page"


# What can be clicked in a room, by what it is called, and the action whose key does the same.
CLICKED = {
    "Skip to the message field": "write",
    "Hubbub": "all-rooms",
    "Go to…": "switch",
    "Search": "search",
    "Mentions unread": "mentions",
    "People": "people",
    "All rooms": "all-rooms",
    "New message": "new-message",
    "New room": "new-room",
    "Mark all as read": "read-all",
    "Change your name": "name",
    "Sign out": "sign-out",
    "Keys": "keys",
    "Light or dark": "theme",
    "About this room": "about",
    "Search in this room": "search-here",
    "Star this room": "star",
    "What to be told of": "attention",
    "Go to a day": "go-to-day",
    "Pinned messages": "pins",
    "here": "here",
    "To the newest message": "mark-read",
    "Send": "send",
    **{
        deed: f"message-{deed}"
        for deed in ("react", "reply", "edit", "pin", "copy-text", "copy-link", "earlier", "delete")
    },
    "unread": "mark-unread",
    "menu": "message-menu",
}
CLICKABLE = """() => [...document.querySelectorAll("button, a[href], summary")].flatMap((it) => {
  if (it.dataset.deed) return [it.dataset.deed];
  if (!it.checkVisibility() || it.closest("#chat-log, hubbub-rooms")) return [];
  return [it.title || it.ariaLabel || [...it.childNodes].filter((node) => !node.classList?.contains("cap-place"))
    .map((node) => node.textContent).join("").trim().replace(/^[0-9]+ /, "")];
})"""
WITHOUT_A_KEY = """async (names) => {
  const { keys } = await import("hubbub/keys");
  return names.filter((name) => !keys.get(name)?.keys.length);
}"""


def test_whatever_can_be_clicked_has_a_key(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, "hello")
    ada = meet().enter(room)
    sign_up(ada, fresh_room("ada"))
    ada.enter(room).say("mine").sees("hello", "mine")
    expect(ada.page.locator("hubbub-people")).to_be_visible()
    clickable = set(ada.page.evaluate(CLICKABLE))
    assert clickable <= set(CLICKED), "something without a key"
    assert {"Sign out", "About this room", "Star this room", "here", "earlier"} <= clickable
    assert ada.page.evaluate(WITHOUT_A_KEY, sorted(set(CLICKED.values()))) == []


def test_a_room_is_starred_searched_and_one_s_name_changed_by_keys_alone(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.say("hello").sees("hello")
    page = ada.page
    page.keyboard.press("Alt+Shift+F")
    expect(page.get_by_role("button", name="Star this room")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Alt+Shift+F")
    expect(page.get_by_role("button", name="Star this room")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Alt+Shift+L")
    expect(page.get_by_label("Every message")).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Only what calls me")).to_be_checked()
    page.keyboard.press("Escape")
    expect(page.locator("#attention")).to_be_hidden()
    page.keyboard.press("Alt+Shift+G")
    expect(page.locator("#finder-words")).to_be_focused()
    expect(page.get_by_role("radio", name=f"Only in {room}")).to_be_checked()
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+Shift+C")
    expect(page.get_by_label("Your name here")).to_be_focused()
    page.keyboard.type("Ada ")
    page.locator("hubbub-name details").dispatch_event("toggle")  # as late as the browser may say that it opened
    page.keyboard.type("of the keys")
    page.keyboard.press("Enter")
    expect(page.locator(".you__label")).to_have_text("Ada of the keys")


def test_single_keys_can_be_switched_off_and_stay_off(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.page.keyboard.press("Control+/")
    ada.page.get_by_label("Single keys").uncheck()
    ada.page.keyboard.press("Escape")
    ada.page.reload()
    away(ada)
    ada.page.keyboard.press("?")
    assert not opened(ada, "keys")
    ada.page.keyboard.press("Control+/")
    assert opened(ada, "keys")


def test_a_key_of_a_composition_is_no_command(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    away(ada)
    press = "(more) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key: '?', bubbles: true, ...more}))"
    ada.page.evaluate(press, {"isComposing": True})
    assert not opened(ada, "keys")
    ada.page.evaluate(press, {})
    assert opened(ada, "keys")


def test_letters_of_other_scripts_are_found_by_their_place(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    press = """(key) => document.body.dispatchEvent(
      new KeyboardEvent("keydown", { key, code: "KeyK", ctrlKey: true, bubbles: true }))"""
    ada.page.evaluate(press, "л")
    assert opened(ada, "switcher")
    ada.page.keyboard.press("Escape")
    ada.page.evaluate(press, "x")  # a Latin layout that has another letter there
    assert not opened(ada, "switcher")


def test_one_key_leads_to_the_next_unread_room_and_round_again(meet: Meet, server: Server) -> None:
    rooms = [fresh_room(name) for name in ("one", "two", "three")]
    ada = meet()
    for room in rooms:
        ada.enter(room).say("I was here").sees("I was here")
    ada.enter(rooms[0])
    for room in rooms[1:]:
        speak(server, room, "news")
        expect(ada.unread_in(room)).to_have_text("1")
    seen = set()
    for _ in range(2):
        ada.page.keyboard.press("Alt+Shift+ArrowDown")
        ada.page.wait_for_url(lambda url: any(name in url for name in rooms if name not in seen and name != rooms[0]))
        seen.add(ada.page.get_by_role("heading", level=1).inner_text())
        ada.until_heard("synced", "reset")
        ada.until(lambda: ada.page.locator('.rooms__link[aria-current]:not([data-unread="0"])').count() == 0)
    assert seen == set(rooms[1:])
    away(ada)
    ada.page.keyboard.press("n")
    expect(ada.page.locator("#hubbub-note")).to_have_text("Nothing unread in your rooms.")


def test_escape_reads_everything_and_leads_to_the_end(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, *(f"word {number}" for number in range(45)))
    ada = meet(viewport=NARROW).enter(room)
    ada.log.evaluate("(log) => { log.scrollTop = 0; }")
    expect(ada.pill).to_be_visible()
    ada.composer.focus()
    ada.page.keyboard.press("Escape")
    expect(ada.pill).to_be_hidden()


@widths
def test_axe_finds_nothing_in_the_dialogs(meet: Meet, room: str, viewport: dict[str, int]) -> None:
    ada = meet(viewport=viewport).enter(room).say("hello").sees("hello")
    ada.page.keyboard.press("Control+/")
    nothing_wrong(ada)
    ada.page.keyboard.press("Control+k")
    expect(ada.page.get_by_role("option").first).to_be_visible()
    nothing_wrong(ada)
    ada.page.keyboard.type("zzz qqq")
    nothing_wrong(ada)
    ada.page.goto("/chat/-/people/")
    nothing_wrong(ada)
    ada.page.locator(".listing__person").first.click()
    nothing_wrong(ada)
