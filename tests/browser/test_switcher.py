"""The quick switcher: rooms, people and commands by a few letters, with and without a line."""

from __future__ import annotations

import unicodedata

from playwright.sync_api import Route, expect

from hubbub.called import plain
from tests.browser.conftest import Meet
from tests.browser.people import Person, fresh_room, speak
from tests.servers import Server

NOBODY_LISTED = {"rooms": [], "people": [], "more": True, "administration": None}  # a large server: one has to ask


def hold_answers(person: Person, most: int = 1) -> list[Route]:
    """The first questions of the switcher to the server from now on, unanswered until the test does."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if len(held) < most:
            held.append(route)
        else:
            route.continue_()

    person.page.route("**/-/switcher/**", hold)
    return held


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


def test_on_a_large_server_who_types_fast_finds_what_was_not_listed(meet: Meet, server: Server, room: str) -> None:
    far = fresh_room("Große Küche")
    speak(server, far, "hello")
    ada = meet().enter(room)
    held = hold_answers(ada)
    ada.page.keyboard.press("Control+k")
    ada.page.keyboard.type(f"grosse kuche {far[-6:]}")
    ada.until(lambda: bool(held))
    held[0].fulfill(json=NOBODY_LISTED)
    expect(ada.page.get_by_role("option", name=far)).to_have_attribute("aria-selected", "true")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(far)


def test_enter_before_the_list_came_leads_to_the_first_that_fits(meet: Meet, room: str) -> None:
    grace = meet().enter(room).say("hello").sees("hello")
    ada = meet().enter(room).say("hello you").sees("hello", "hello you")
    held = hold_answers(ada)
    ada.page.keyboard.press("Control+k")
    ada.page.keyboard.type(f"@{grace.name}")
    ada.page.keyboard.press("Enter")
    ada.until(lambda: bool(held))
    expect(ada.page.locator("#switcher-list [role=option]")).to_have_count(0)
    expect(ada.page.locator(".switcher__none")).to_be_empty()
    held[0].continue_()
    expect(ada.page.locator("#person-card")).to_have_accessible_name(grace.name)


def test_enter_before_the_search_came_is_not_a_new_room(meet: Meet, server: Server, room: str) -> None:
    far = fresh_room("distant")
    speak(server, far, "hello")
    ada = meet().enter(room)
    held = hold_answers(ada, most=2)
    ada.page.keyboard.press("Control+k")
    ada.page.keyboard.type(far[:-1])
    ada.until(lambda: len(held) == 1)
    held[0].fulfill(json=NOBODY_LISTED)
    ada.until(lambda: len(held) == 2)
    expect(ada.page.get_by_role("option", name=f"Enter the room “{far[:-1]}”")).to_be_visible()
    ada.page.keyboard.press("Enter")
    held[1].continue_()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(far)
    ada.sees("hello")


def test_a_late_answer_leaves_chosen_what_was_gone_down_to(meet: Meet, room: str) -> None:
    rooms = [fresh_room(f"late {number}") for number in range(3)]
    ada = meet()
    for other in (*rooms, room):
        ada.enter(other).say("x").sees("x")
    held = hold_answers(ada)
    ada.page.keyboard.press("Control+k")
    ada.page.keyboard.type("late")
    options = ada.page.get_by_role("option", name="late")
    expect(options).to_have_count(4)  # with the room of that very name that one could enter
    ada.page.keyboard.press("ArrowDown")
    chosen = ada.page.locator("#switcher-list [aria-selected=true] .switcher__name").inner_text()
    ada.until(lambda: bool(held))
    with ada.page.expect_response("**/-/switcher/**"):
        held[0].continue_()
    expect(ada.page.locator("#switcher-list [aria-selected=true] .switcher__name")).to_have_text(chosen)


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
    page = meet().enter(room).page
    assert page.evaluate(ask, names) == [initial_of(name) for name in names]
    letters = ["Große Küche", "Jon Bø", "ŁÓDŹ", "ÆŒÞ đðħŧ", "ΑΘΗΝΑΣ", "İIı", "Ｆｕｌｌ", "C++, #1"]
    folded = "async (names) => names.map((await import('hubbub/fuzzy')).folded)"
    assert page.evaluate(folded, letters) == [unicodedata.normalize("NFKD", plain(name)) for name in letters]
