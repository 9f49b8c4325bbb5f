"""Names, rooms and commands are completed as one types, by keyboard or mouse; what is chosen calls whom it shows."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fresh_room, speak
from tests.browser.test_accessibility import nothing_wrong, widths
from tests.servers import Server


def offers(person: Person) -> Locator:
    return person.page.get_by_role("option")


def named(meet: Meet, room: str, name: str, **options: object) -> Person:
    """Somebody in the room under this name."""
    person = meet(**options).enter(room).rename(name)
    expect(person.page.locator(".you__label")).to_have_text(name)
    return person.enter(room)


def test_a_person_is_called_by_keyboard_alone_and_sees_it(meet: Meet, room: str) -> None:
    ada, ben = named(meet, room, "Ada"), named(meet, room, "Quiet Otter")
    ben.say("hello")
    ada.composer.press_sequentially("good morning @q")
    expect(ada.page.get_by_role("option", name="Quiet Otter is here guest", exact=True)).to_be_visible()
    expect(ada.composer).to_have_attribute("aria-activedescendant", "composer-completion-0")
    ada.page.keyboard.press("Enter")
    expect(ada.composer).to_have_value("good morning @Quiet Otter ")
    expect(offers(ada)).to_have_count(0)
    ada.composer.press_sequentially("and welcome")
    ada.page.keyboard.press("Enter")
    name = ben.message("good morning @Quiet Otter and welcome").locator(".mention")
    expect(name).to_have_attribute("data-you", "")
    assert ben.page.evaluate("(node) => getComputedStyle(node).backgroundColor", name.element_handle()) != (
        ada.page.evaluate(
            "(node) => getComputedStyle(node).backgroundColor", ada.page.locator(".mention").element_handle()
        )
    )
    expect(ada.page.locator(".mention")).not_to_have_attribute("data-you", "")


def test_a_room_is_linked_by_mouse_and_leads_there(meet: Meet, server: Server, room: str) -> None:
    shed = fresh_room("shed")
    speak(server, shed, "cold in here")
    ada = meet().enter(room)
    ada.composer.press_sequentially(f"see #{shed[:8]}")
    offers(ada).filter(has_text=f"#{shed}").click()
    expect(ada.composer).to_have_value(f"see #{shed} ")
    ada.page.keyboard.press("Enter")
    ada.page.locator(".mention--room").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(shed)


def test_of_two_with_one_name_the_composer_writes_who_is_meant(meet: Meet, room: str) -> None:
    ada, one, two = named(meet, room, "Ada"), named(meet, room, "Twin"), named(meet, room, "Twin")
    for twin in (one, two):
        twin.say("hello")
    expect(ada.stored).to_have_count(2)
    ada.composer.press_sequentially("@tw")
    expect(offers(ada)).to_have_count(2)
    ada.page.keyboard.press("ArrowDown")
    ada.page.keyboard.press("Tab")
    assert ada.composer.input_value().startswith("@Twin#")
    ada.page.keyboard.press("Enter")
    for twin in (one, two):
        expect(twin.stored).to_have_count(3)
    assert sorted(twin.page.locator(".mention[data-you]").count() for twin in (one, two)) == [0, 1]


def test_commands_are_completed_answer_their_writer_alone_and_say_things(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    ada.composer.press_sequentially("/he")
    expect(offers(ada)).to_have_count(1)
    expect(offers(ada)).to_contain_text("/help")
    ada.page.keyboard.press("Enter")
    expect(ada.composer).to_have_value("/help ")
    ada.page.keyboard.press("Enter")
    notice = ada.page.locator("hubbub-notice")
    expect(notice).to_contain_text("/shrug")
    expect(ada.pending).to_have_count(0)
    ada.page.keyboard.press("Escape")
    expect(notice).to_be_hidden()
    ada.say("/me waves").say("/shrug").say("//help")
    for person in (ada, ben):
        person.sees("waves", "¯\\_(ツ)_/¯", "/help")
    expect(ben.page.locator("hubbub-notice")).to_be_hidden()
    ada.say("/helf")
    expect(ada.pending).to_contain_text("There is no command /helf.")
    ada.pending.get_by_role("button", name="Discard").click()
    expect(ada.pending).to_have_count(0)


def test_escape_closes_the_list_and_enter_sends_what_is_written(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), named(meet, room, "Bea")
    ben.say("hello")
    ada.composer.press_sequentially("@be")
    expect(offers(ada)).to_have_count(1)
    ada.page.keyboard.press("Escape")
    expect(offers(ada)).to_have_count(0)
    ada.page.keyboard.press("Enter")
    ada.sees("hello", "@be")


def test_who_writes_a_whole_name_sends_with_one_enter(meet: Meet, room: str) -> None:
    ada, ben, longer = meet().enter(room), named(meet, room, "Bea"), named(meet, room, "Bea Long")
    ben.say("hello").sees("hello")
    longer.say("hello too")
    ada.sees("hello", "hello too")
    for written in ("good morning @bea", f"see #{room}"):
        ada.composer.press_sequentially(written)
        expect(offers(ada).and_(ada.page.locator("[aria-selected=true]"))).to_contain_text(
            written.split()[-1][1:], ignore_case=True
        )
        ada.page.keyboard.press("Enter")
        expect(ada.page.locator(".message__body", has_text=written).locator(".mention")).to_have_count(1)
    expect(ben.page.locator(".mention[data-you]")).to_have_count(1)
    expect(longer.page.locator(".mention")).to_have_count(2)
    expect(longer.page.locator(".mention[data-you]")).to_have_count(0)


@widths
def test_axe_finds_nothing_while_names_are_completed_and_answers_shown(
    meet: Meet, server: Server, room: str, viewport: dict[str, int]
) -> None:
    speak(server, room, "hello", f"#{room}")
    ada = meet(viewport=viewport).enter(room)
    for typed in ("@", f"#{room[:6]}", "/"):
        ada.composer.fill("")
        ada.composer.press_sequentially(typed)
        expect(offers(ada).first).to_be_visible()
        nothing_wrong(ada)
    ada.composer.fill("")
    ada.say("/help")
    expect(ada.page.locator("hubbub-notice")).to_be_visible()
    nothing_wrong(ada)


def test_drafts_are_kept_for_each_room(meet: Meet) -> None:
    one, two = fresh_room(), fresh_room()
    ada = meet().enter(one)
    ada.composer.fill("half a thought for @")
    ada.enter(two)
    expect(ada.composer).to_have_value("")
    ada.composer.fill("another")
    ada.enter(one)
    expect(ada.composer).to_have_value("half a thought for @")
    ada.page.reload()
    expect(ada.composer).to_have_value("half a thought for @")
    ada.enter(two)
    expect(ada.composer).to_have_value("another")
