"""Saying it otherwise, in the message's own place: nothing left, too much, names in it, what others do meanwhile."""

from __future__ import annotations

from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fill
from tests.browser.test_accessibility import nothing_wrong
from tests.browser.test_deeds import do
from tests.servers import Server


def retype(person: Person, before: str, now: str) -> None:
    """Put another text in the place of the one that the editor has, once it has come."""
    field = person.page.locator(".editor__field")
    expect(field).to_have_value(before)
    field.fill(now)


def test_to_leave_nothing_of_a_message_is_to_delete_it(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    ada.say("hasty words").sees("hasty words")
    keys, field = ada.page.keyboard, ada.page.locator(".editor__field")
    keys.press("ArrowUp")
    field.fill("  ")
    keys.press("Enter")
    question = ada.page.get_by_role("dialog", name="Delete this message?")
    question.get_by_role("button", name="Keep it").click()
    expect(field).to_be_focused()
    keys.press("Enter")
    question.get_by_role("button", name="Delete", exact=True).click()
    expect(ben.page.locator(".message--deleted")).to_be_visible()
    expect(field).to_have_count(0)
    expect(ada.composer).to_be_focused()


def test_too_much_is_said_and_stays_in_its_place(meet: Meet, room: str) -> None:
    ada = meet(viewport={"width": 390, "height": 700}).enter(room).say("short").sees("short")
    ada.page.keyboard.press("ArrowUp")
    field = ada.page.locator(".editor__field")
    field.fill("z" * 8_010)
    field.press("Enter")
    expect(ada.page.locator(".editor__note")).to_have_text("10 characters too many")
    assert ada.log.evaluate("(log) => log.scrollWidth <= log.clientWidth")
    field.press("Backspace")
    expect(ada.page.locator(".editor__note")).to_have_text("")


def test_names_and_emoji_are_completed_in_what_is_edited(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    ben.rename("Quiet Otter")
    ada.say("hello").sees("hello")
    ada.page.keyboard.press("ArrowUp")
    field, offers = ada.page.locator(".editor__field"), ada.page.get_by_role("option")
    field.press_sequentially(" @qui")
    expect(offers).to_have_count(1)
    expect(field).to_have_attribute("aria-activedescendant", "editor-completion-0")
    ada.page.keyboard.press("Tab")
    expect(field).to_have_value("hello @Quiet Otter ")
    field.press_sequentially(":tada")
    expect(offers.first).to_be_in_viewport()
    offers.first.click()
    expect(field).to_have_value("hello @Quiet Otter 🎉 ")
    field.press_sequentially(":smi")
    expect(offers.first).to_be_visible()
    ada.page.keyboard.press("Escape")
    expect(offers).to_have_count(0)
    expect(field).to_be_focused()
    field.fill("hello @Quiet Otter ")
    field.press("Enter")
    expect(ben.message("hello @Quiet Otter").locator(".mention")).to_have_attribute("data-you", "")


def test_who_edits_what_is_deleted_meanwhile_is_told(meet: Meet, room: str) -> None:
    ada = meet().enter(room).say("soon gone").sees("soon gone")
    elsewhere = ada.another_tab(room)
    do(ada, ada.message("soon gone"), "edit")
    ada.page.keyboard.type(", or not")
    do(elsewhere, elsewhere.message("soon gone"), "delete")
    elsewhere.page.locator("#confirm-delete [value=yes]").click()
    expect(ada.page.locator("#hubbub-note")).to_have_text("The message that you were editing was deleted.")
    expect(ada.composer).to_be_focused()
    expect(ada.page.locator(".editor")).to_have_count(0)


def test_a_message_is_copied_as_it_was_typed(meet: Meet, room: str) -> None:
    typed = "see [the map](https://example.org/map)\n```py\nx = 1\n```\n- [x] ||done||"
    ada, ben = meet().enter(room), meet().enter(room)
    ada.say(typed)
    for person in (ada, ben, meet().enter(room)):  # said just now, by oneself and by others; and said before
        person.context.grant_permissions(["clipboard-read", "clipboard-write"])
        expect(person.stored).to_have_count(1)
        do(person, person.stored, "copy-text")
        expect(person.page.locator("#hubbub-note")).to_have_text("Copied.")
        assert person.page.evaluate("() => navigator.clipboard.readText()") == typed
        do(person, person.stored, "copy-link")
        person.until(lambda person=person: "/1/" in person.page.evaluate("() => navigator.clipboard.readText()"))  # type: ignore[misc]
    ada.page.evaluate("() => Object.defineProperty(navigator, 'clipboard', {value: undefined})")  # as without HTTPS
    do(ada, ada.stored, "copy-text")
    ben.until(lambda: ben.page.evaluate("() => navigator.clipboard.readText()") == typed)


def top(message: Locator) -> float:
    """How far below the window's top it stands, in px."""
    return float(message.evaluate("(message) => message.getBoundingClientRect().top"))


def test_back_from_what_was_answered_everything_stands_where_it_stood(meet: Meet, server: Server, room: str) -> None:
    fill(server, room, 90)
    ada = meet().enter(room)
    ada.page.goto(f"/chat/{room}/3/")
    ada.until_heard("synced")
    ada.page.locator(".message--marked").focus()
    ada.page.keyboard.press("r")
    ada.say("the answer")
    answer = ada.message("the answer")
    expect(answer).to_be_in_viewport(ratio=1)
    before = top(answer)
    answer.locator(".quote").click()
    expect(ada.page.locator(".message--marked")).to_be_in_viewport()
    expect(answer).not_to_be_in_viewport()
    ada.page.go_back()
    expect(answer).to_be_in_viewport(ratio=1)
    ada.until(lambda: abs(top(answer) - before) < 2)


ASK_TWICE = """async () => {
  const { confirmed } = await import("hubbub/elements/confirm");
  const dialog = document.getElementById("confirm-delete"), quote = { author: { name: "" }, message: "" };
  const first = confirmed("delete", quote);
  dialog.close("");
  const second = confirmed("delete", quote);  // before the browser tells that the first is closed
  await new Promise((passed) => setTimeout(passed));
  dialog.close("yes");
  return [await first, await second];
}"""


def test_a_question_asked_again_at_once_gets_its_own_answer(meet: Meet, room: str) -> None:
    assert meet().enter(room).page.evaluate(ASK_TWICE) == [False, True]


NEWER = "It was changed elsewhere while you were editing. Above is what it says now."


def test_two_windows_that_edit_one_message_lose_neither_text(meet: Meet, room: str) -> None:
    ada = meet().enter(room).say("tea at three").sees("tea at three")
    elsewhere = ada.another_tab(room)
    do(ada, ada.message("tea at three"), "edit")
    field, news = ada.page.locator(".editor__field"), ada.page.locator(".editor__news")
    ada.page.keyboard.type(", or coffee")
    do(elsewhere, elsewhere.message("tea at three"), "edit")
    retype(elsewhere, "tea at three", "tea at four")
    elsewhere.page.keyboard.press("Enter")
    expect(news).to_have_text(NEWER)
    expect(ada.stored.locator(".message__body")).to_have_text("tea at four")
    expect(field).to_have_value("tea at three, or coffee")
    expect(field).to_be_focused()
    nothing_wrong(ada)
    ada.page.reload()
    expect(news).to_have_text(NEWER)
    expect(field).to_have_value("tea at three, or coffee")
    field.press("Enter")
    question = ada.page.get_by_role("dialog", name="Save yours over a newer text?")
    expect(question.locator(".quote__line")).to_have_text("tea at four")
    nothing_wrong(ada)
    ada.page.keyboard.press("Enter")
    expect(question).to_be_hidden()
    expect(field).to_be_focused()
    expect(field).to_be_editable()
    expect(elsewhere.stored.locator(".message__body")).to_have_text("tea at four")
    field.press("Enter")
    question.get_by_role("button", name="Save over it").click()
    expect(elsewhere.stored.locator(".message__body")).to_have_text("tea at three, or coffee")
    expect(ada.page.locator(".editor")).to_have_count(0)
    expect(ada.composer).to_be_focused()


def test_a_window_that_typed_nothing_follows_and_one_that_did_may_take_the_newer_text(meet: Meet, room: str) -> None:
    ada = meet().enter(room).say("one").sees("one")
    elsewhere = ada.another_tab(room)
    ada.page.keyboard.press("ArrowUp")
    field, take = ada.page.locator(".editor__field"), ada.page.get_by_role("button", name="Take that text")
    for before, text in (("one", "two"), ("two", "three")):
        elsewhere.page.keyboard.press("ArrowUp")
        retype(elsewhere, before, text)
        elsewhere.page.keyboard.press("Enter")
        if text == "two":
            expect(field).to_have_value("two")
            ada.page.keyboard.type(" and a half")
    take.click()
    expect(field).to_have_value("three")
    expect(take).to_be_hidden()
    ada.page.keyboard.type("!")
    ada.page.keyboard.press("Enter")
    expect(elsewhere.stored.locator(".message__body")).to_have_text("three!")


def test_what_is_typed_before_the_text_has_come_is_typed_into_it(meet: Meet, room: str) -> None:
    ada = meet().enter(room).say("hello").sees("hello")
    ada.page.reload()
    ada.until_heard("synced")
    asked: list[Route] = []
    ada.page.route("**/message/**", lambda route: asked.append(route))  # noqa: PLW0108  Playwright marks what it calls
    ada.composer.press("ArrowUp")
    ada.page.keyboard.type(" there")
    ada.page.keyboard.press("Enter")
    ada.until(lambda: bool(asked))
    asked[0].continue_()
    expect(ada.stored.locator(".message__body")).to_have_text("hello there")
    expect(ada.composer).to_have_value("")
