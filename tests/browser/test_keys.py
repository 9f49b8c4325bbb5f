"""Keys: each action has one, `?` lists them, they keep out of the way of who writes; and the quick switcher."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fresh_room, speak
from tests.browser.test_accessibility import NARROW, looks, nothing_wrong, widths
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


@looks
@widths
def test_axe_finds_nothing_in_the_dialogs(meet: Meet, room: str, colours: str, viewport: dict[str, int]) -> None:
    ada = meet(color_scheme=colours, viewport=viewport).enter(room).say("hello").sees("hello")
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


# ── the switcher ──


def test_the_switcher_leads_to_a_room_by_keyboard_alone(meet: Meet, server: Server) -> None:
    room, other = fresh_room("garden plans"), fresh_room("kitchen")
    speak(server, room, "in the garden")
    ada = meet().enter(other)
    ada.page.keyboard.press("Control+k")
    field = ada.page.get_by_role("combobox", name="Room, person or command")
    expect(field).to_be_focused()
    ada.page.keyboard.type(f"grdn {room[-4:]}")
    chosen = ada.page.locator("#switcher-list [aria-selected=true]")
    expect(chosen).to_contain_text(room)
    expect(field).to_have_attribute("aria-activedescendant", chosen.get_attribute("id") or "?")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(room)
    ada.sees("in the garden")


def test_the_switcher_by_mouse_finds_people_and_runs_commands(meet: Meet, room: str) -> None:
    name = f"Zoë {room[-6:]}"
    zoe = meet().enter(room).rename(name)
    expect(zoe.page.locator(".you__label")).to_have_text(name)
    zoe.say("hello").sees("hello")
    ada = meet().enter(room).say("hello Zoë").sees("hello", "hello Zoë")
    ada.page.get_by_role("button", name="Go to…").click()
    ada.page.keyboard.type(f"@zoe {room[-6:]}")
    ada.page.get_by_role("option", name=name).click()
    expect(ada.page.locator("#person-card")).to_have_accessible_name(name)
    ada.enter(room)
    ada.page.get_by_role("button", name="Go to…").click()
    ada.page.keyboard.type(">dark")
    before = ada.page.evaluate("() => getComputedStyle(document.body).backgroundColor")
    ada.page.get_by_role("option", name="Light or dark").click()
    assert ada.page.evaluate("() => getComputedStyle(document.body).backgroundColor") != before


def test_a_name_of_no_room_yet_is_one_to_enter(meet: Meet, room: str) -> None:
    ada, fresh = meet().enter(room), fresh_room("Brand new & odd")
    ada.page.keyboard.press("Control+k")
    ada.page.keyboard.type(f"#{fresh}")
    ada.page.get_by_role("option", name=f"Enter the room “{fresh}”").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(fresh)


def test_without_a_line_the_rooms_of_the_sidebar_are_still_there(meet: Meet, room: str) -> None:
    other = fresh_room("other")
    ada = meet().enter(other).say("x").sees("x").enter(room)
    with ada.alone():
        ada.page.keyboard.press("Control+k")
        expect(ada.page.get_by_role("option", name=other)).to_be_visible()
        ada.page.keyboard.press("Escape")


# ── pure rules ──

NAMES = ["general", "Garden plans", "garage", "Größe & Tee", "ｗｉｄｅ", "日本語", "big green garden", "random"]


ANSWERS = {
    "ga": "garage", "gar": "garage", "gp": "Garden plans", "plans gar": "Garden plans", "große": "Größe & Tee",
    "tee": "Größe & Tee", "wide": "ｗｉｄｅ", "本語": "日本語", "GREEN": "big green garden", "xyz": None,
    "nedrag": None,
}  # fmt: skip


def test_names_answer_to_letters(meet: Meet, room: str) -> None:
    rank = """async ([typed, names]) => {
      const { best, folded } = await import("hubbub/fuzzy");
      return typed.map((one) => best(one, names.map((name) => ({ name, folded: folded(name) })), 5)[0]?.name ?? null);
    }"""
    found = meet().enter(room).page.evaluate(rank, [list(ANSWERS), NAMES])
    assert dict(zip(ANSWERS, found, strict=True)) == ANSWERS


def test_in_the_browser_as_on_the_server_the_same_sign_stands_for_a_name(meet: Meet, room: str) -> None:
    from hubbub.initial import initial_of

    names = [
        "ada",
        " éva",
        "e\u0301va",
        "ßen",
        "🇩🇪 T",
        "🇩x",
        "👩‍💻 G",
        "👍🏽",
        "日本",
        "ǆ",
        "ﬁn",
        "a" + "\u0301" * 20,
        "\u200dx",
        "",
    ]
    ask = "async (names) => names.map((await import('hubbub/elements/avatar')).initial)"
    told = meet().enter(room).page.evaluate(ask, names)
    assert told == [initial_of(name) for name in names]
