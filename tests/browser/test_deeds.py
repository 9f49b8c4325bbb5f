"""What one does with messages besides writing them, as two people do it: by mouse, by keyboard, without scripts."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fill
from tests.browser.test_accessibility import nothing_wrong
from tests.servers import Server


def do(person: Person, message: Locator, deed: str) -> None:
    """By mouse: from the toolbar at the message, or from its menu."""
    message.hover()
    button = message.locator(f"hubbub-toolbar [data-deed={deed}]:visible")
    if button.count():
        button.click()
        return
    message.locator("hubbub-toolbar [data-deed=menu]").click()
    person.page.locator(f"#message-menu [data-deed={deed}]").click()


def test_two_people_answer_react_edit_pin_and_take_back_by_mouse(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    ada.say("Soup at *noon*?")
    do(ben, ben.message("Soup at noon?"), "reply")
    ben.say("Yes, with bread")
    quote = ada.message("Yes, with bread").locator(".quote")
    expect(quote).to_contain_text("Soup at noon?")
    quote.click()
    expect(ada.message("Soup at noon?")).to_have_attribute("aria-current", "true")

    do(ben, ben.message("Soup at noon?"), "react")
    ben.page.locator(".picker__field").fill("tada")
    ben.page.locator(".picker__emoji[aria-selected=true]").click()
    chip = ada.message("Soup at noon?").locator(".reaction").first
    expect(chip).to_contain_text("🎉")
    expect(chip).to_have_attribute("aria-pressed", "false")
    expect(chip.locator(".reaction__who")).to_contain_text(ben.name)
    chip.click()
    expect(ben.message("Soup at noon?").locator(".reaction__count")).to_have_text("2")
    chip.click()
    expect(ben.message("Soup at noon?").locator(".reaction__count")).to_have_text("1")

    do(ada, ada.message("Soup at noon?"), "edit")
    ada.page.keyboard.press("Control+A")
    ada.page.keyboard.type("Soup at one?")
    ada.page.keyboard.press("Enter")
    expect(ben.message("Soup at one?").locator(".message__edited")).to_be_visible()
    expect(ben.message("Yes, with bread").locator(".quote")).to_contain_text("Soup at one?")

    do(ben, ben.message("Soup at one?"), "pin")
    ada.page.locator(".header__pins").click()
    expect(ada.page.locator("#pins .message__body")).to_have_text("Soup at one?")
    ada.page.locator("#pins .pins__unpin").click()
    expect(ada.page.locator("#pins .pins__state")).to_contain_text("Nothing is pinned")
    ada.page.keyboard.press("Escape")

    ben.message("Soup at one?").hover()
    expect(ben.page.locator("#message-menu [data-deed=delete]")).to_be_hidden()
    do(ada, ada.message("Soup at one?"), "delete")
    ada.page.get_by_role("dialog", name="Delete this message?").get_by_role("button", name="Delete").click()
    expect(ben.page.locator(".message--deleted")).to_have_count(1)
    expect(ben.message("Yes, with bread").locator(".quote--gone")).to_be_visible()
    for person in (ada, ben, meet().enter(room)):
        assert "Soup" not in person.page.content()


def test_all_of_it_by_keyboard_alone(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    keys = ada.page.keyboard
    ben.say("first").say("second")
    expect(ada.stored).to_have_count(2)
    keys.press("Shift+Tab")
    while not ada.page.evaluate("document.activeElement.matches('#chat-log, .message[data-id]')"):
        keys.press("Shift+Tab")
    keys.press("ArrowUp")
    if ada.page.evaluate("document.activeElement.innerText.includes('second')"):
        keys.press("ArrowUp")
    keys.press("+")
    keys.type("rocket")
    expect(ada.page.locator(".picker__emoji[aria-selected=true]")).to_contain_text("🚀")
    keys.press("Enter")
    expect(ben.message("first").locator(".reaction").first).to_contain_text("🚀")
    keys.press("r")
    keys.type("third")
    keys.press("Enter")
    expect(ben.message("third").locator(".quote")).to_contain_text("first")
    keys.press("ArrowUp")
    keys.type(" time lucky")
    keys.press("Enter")
    expect(ben.message("third time lucky")).to_be_visible()
    expect(ada.composer).to_be_focused()
    keys.type("r")
    expect(ada.composer).to_have_value("r")


def test_axe_finds_nothing_in_any_state(meet: Meet, room: str) -> None:
    ada = meet(viewport={"width": 390, "height": 844}).enter(room)
    ada.say("something to look at").say("more")
    message = ada.message("something to look at")
    do(ada, message, "react")
    expect(ada.page.locator(".picker__emoji").first).to_be_visible()
    nothing_wrong(ada)
    ada.page.locator(".picker__emoji").first.click()
    expect(message.locator(".reaction").first).to_be_visible()
    message.hover()
    message.locator("[data-deed=menu]").click()
    nothing_wrong(ada)
    ada.page.locator("#message-menu [data-deed=pin]").click()
    do(ada, message, "reply")
    nothing_wrong(ada)
    do(ada, message, "edit")
    nothing_wrong(ada)
    ada.page.keyboard.press("Escape")
    ada.tool("Pinned messages").click()
    expect(ada.page.locator("#pins .message")).to_be_visible()
    nothing_wrong(ada)
    ada.page.keyboard.press("Escape")
    do(ada, message, "delete")
    nothing_wrong(ada)
    ada.page.get_by_role("button", name="Delete", exact=True).click()
    expect(ada.page.locator(".message--deleted")).to_be_visible()
    nothing_wrong(ada)


def test_without_scripts_each_has_a_page_with_forms(meet: Meet, room: str) -> None:
    ben, ada = meet().enter(room), meet(java_script_enabled=False)
    ada.page.goto(f"/chat/{room}/")
    ada.page.locator("#chat-message-input").fill("plainly")
    ada.page.locator("#chat-message-submit").click()
    ada.page.locator(".message__more").click()
    nothing = ada.page.locator("#deed-edit")
    nothing.fill("plainly, again")
    ada.page.get_by_role("button", name="Save").click()
    expect(ben.message("plainly, again")).to_be_visible()
    ada.page.locator(".message__more").click()
    ada.page.get_by_role("button", name="Pin to the room").click()
    ada.page.locator(".header__pins").click()
    expect(ada.page.locator(".deeds__message")).to_contain_text("plainly, again")
    ada.page.locator(".deeds__message .message__link").click()
    ada.page.locator(".message__more").click()
    ada.page.locator(".deeds__delete summary").click()
    ada.page.get_by_role("button", name="Delete it").click()
    expect(ben.page.locator(".message--deleted")).to_be_visible()


def test_what_is_being_answered_survives_a_reload_and_a_line_that_is_away(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.say("question")
    asked = ada.page.locator("#chat-log .message[data-id]")
    asked.hover()
    asked.locator("[data-deed=reply]").click()
    ada.enter(room)
    expect(ada.page.locator(".reply")).to_contain_text("question")
    with ada.alone():
        expect(ada.bar).to_contain_text("Offline")
        ada.say("answer")
        expect(ada.pending.locator(".quote")).to_contain_text("question")
    expect(ada.stored.locator(".quote")).to_contain_text("question")
    expect(ada.page.locator(".reply")).to_have_count(0)


def test_what_is_being_answered_shows_nothing_that_was_deleted_meanwhile(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    ben.say("a secret")
    do(ada, ada.message("a secret"), "reply")
    expect(ada.page.locator(".reply")).to_contain_text("a secret")
    ada.page.goto(f"{ada.server.url}/chat/")
    do(ben, ben.message("a secret"), "delete")
    ben.page.locator("#confirm-delete [value=yes]").click()
    expect(ben.page.locator(".message--deleted")).to_be_visible()
    ada.enter(room)
    expect(ada.page.locator(".reply")).to_contain_text("deleted message")
    assert "a secret" not in ada.page.evaluate("JSON.stringify(localStorage)")


def test_escape_leads_from_a_message_back_to_writing(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.say("one")
    expect(ada.stored).to_have_count(1)
    ada.page.locator("#chat-log").focus()
    ada.page.keyboard.press("ArrowUp")
    expect(ada.stored).to_be_focused()
    ada.page.keyboard.press("Escape")
    expect(ada.composer).to_be_focused()


def test_what_is_being_edited_survives_a_reload_and_being_far_away(meet: Meet, server: Server, room: str) -> None:
    ada = meet().enter(room).say("one word").say("the last").sees("one word", "the last")
    do(ada, ada.message("one word"), "edit")
    ada.page.keyboard.type(" and another")
    ada.enter(room)
    field = ada.page.locator(".editor__field")
    expect(field).to_have_value("one word and another")
    expect(ada.composer).to_be_focused()
    fill(server, room, 402)
    expect(ada.message("line 402")).to_be_in_viewport()
    expect(field).to_have_count(0)
    ada.log.focus()
    ada.page.keyboard.press("Control+Home")
    expect(field).to_have_value("one word and another")
    field.press("Enter")
    expect(ada.message("one word and another")).to_be_visible()
    ada.enter(room).log.focus()
    ada.page.keyboard.press("Control+Home")
    expect(ada.message("one word and another")).to_be_visible()
    expect(field).to_have_count(0)


def test_a_message_past_its_time_is_not_offered_to_be_edited(meet: Meet, room: str) -> None:
    ada = meet()
    ada.page.add_init_script(
        """const parse = JSON.parse;
        JSON.parse = (text) => {
          const page = parse(text);
          if (page?.limits?.edit_hours === 0) page.limits.edit_hours = 1;
          return page;
        };"""
    )
    ada.enter(room).say("hello").sees("hello")
    ada.message("hello").hover()
    edit = ada.page.locator("hubbub-toolbar [data-deed=edit]")
    expect(edit).to_be_visible()
    ada.page.evaluate("() => { const now = Date.now; Date.now = () => now() + 7_200_000; }")
    edit.evaluate("(button) => button.click()")  # offered a moment before its time was over
    expect(ada.page.locator("#hubbub-note")).to_have_text("The time in which that could be done is over.")
    expect(ada.page.locator(".editor")).to_have_count(0)
    ada.message("hello").locator(".message__body").hover()
    expect(edit).to_be_hidden()
    ada.composer.press("ArrowUp")
    expect(ada.page.locator(".editor")).to_have_count(0)


MANY = """
from uuid import uuid4
from hubbub import chat
from hubbub.identity import Identity
from hubbub.models import Message
id = Message.objects.get(room__name=%r, text="Who comes?").pk
for number in range(12):
    chat.react_now(Identity(uuid4(), f"Guest {number:02}"), id, "👍")
"""


def test_who_is_not_named_under_an_emoji_sees_that_it_is_theirs_and_all_names(
    meet: Meet, room: str, server: Server
) -> None:
    ada = meet().enter(room)
    ada.say("Who comes?")
    server.command("shell", "-v", "0", "-c", MANY % room)
    chip = ada.message("Who comes?").locator(".reaction").first
    expect(chip.locator(".reaction__count")).to_have_text("12")
    expect(chip).to_have_attribute("aria-pressed", "false")
    chip.click()
    expect(chip.locator(".reaction__count")).to_have_text("13")
    expect(chip).to_have_attribute("aria-pressed", "true")
    ada.page.reload()
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.hover()
    expect(chip.locator(".reaction__who")).to_contain_text("Guest 11, ")
    expect(chip.locator(".reaction__who")).not_to_contain_text("others")
    chip.click()
    expect(chip.locator(".reaction__count")).to_have_text("12")
    expect(chip).to_have_attribute("aria-pressed", "false")
