"""Where one writes: what is written is not lost, comes back, and is taken back; a key does what the writer means."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.browser.conftest import Meet
from tests.browser.people import fresh_room
from tests.browser.test_deeds import do


def test_what_was_completed_is_taken_back_by_the_key_for_it(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.composer.press_sequentially("well :smi")
    expect(ada.page.get_by_role("option").first).to_be_visible()
    ada.page.keyboard.press("Enter")
    expect(ada.composer).to_have_value("well 😄 ")
    ada.page.keyboard.press("Control+z")
    expect(ada.composer).to_have_value("well :smi")
    ada.page.keyboard.press("Control+Shift+z")
    expect(ada.composer).to_have_value("well 😄 ")


def test_a_draft_is_the_same_in_all_windows_and_closing_one_takes_nothing(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    idle, other = ada.another_tab(room), ada.another_tab(room)
    ada.composer.press_sequentially("half a thought")
    for window in (idle, other):
        expect(window.composer).to_have_value("half a thought")
    idle.page.goto(f"{ada.server.url}/chat/")
    expect(ada.another_tab(room).composer).to_have_value("half a thought")
    other.composer.press_sequentially(", and the rest")
    expect(ada.composer).to_have_value("half a thought, and the rest")
    ada.page.bring_to_front()
    ada.composer.press("Enter")
    ada.sees("half a thought, and the rest")
    expect(other.composer).to_have_value("")
    other.composer.fill("next")
    expect(ada.composer).to_have_value("next")


TYPED_A_MOMENT_AGO = """() => {
  document.querySelector("#chat-message-input").value = "mine";  // and not kept yet
  addEventListener("storage", () => setTimeout(() => { window.heard = true; }));
}"""


def test_a_window_with_words_of_its_own_keeps_them(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    other = ada.another_tab(room)
    other.page.evaluate(TYPED_A_MOMENT_AGO)
    ada.composer.fill("yours")
    other.page.wait_for_function("() => window.heard")
    expect(other.composer).to_have_value("mine")


def test_what_is_being_answered_is_the_same_in_all_windows(meet: Meet, room: str) -> None:
    ada = meet().enter(room).say("so?").sees("so?")
    other = ada.another_tab(room)
    do(ada, ada.message("so?"), "reply")
    expect(other.page.locator(".reply")).to_contain_text("so?")
    ada.say("answer")
    author = ada.message("answer").locator(".quote__author")
    assert author.evaluate("(name) => name.scrollWidth <= name.clientWidth"), (
        "a name is not cut off beside a short line"
    )
    expect(other.page.locator(".reply")).to_have_count(0)


def test_enter_goes_on_with_a_block_of_code_until_it_ends(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.composer.press_sequentially("```py\nx = 1\n")
    note = ada.page.locator("#composer-note")
    expect(note).to_contain_text("Ctrl+Enter")
    expect(ada.composer).to_have_value("```py\nx = 1\n")
    ada.composer.press_sequentially("```")
    expect(note).to_have_text("")
    ada.page.keyboard.press("Enter")
    expect(ada.stored.locator("pre")).to_have_text("x = 1\n")
    ada.composer.press_sequentially("``` inline ``` is none\n")
    expect(ada.stored).to_have_count(2)
    ada.composer.press_sequentially("~~~\nnever ended")
    ada.page.keyboard.press("Control+Enter")
    expect(ada.stored.locator("pre").last).to_have_text("never ended\n")
    ada.page.keyboard.press("ArrowUp")
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator(".editor__field")).to_have_value("~~~\nnever ended\n")


def test_what_was_refused_goes_back_to_where_it_was_written(meet: Meet, room: str) -> None:
    ada = meet().enter(room).say("question").sees("question")
    do(ada, ada.message("question"), "reply")
    ada.say("/sortof an answer")
    expect(ada.pending).to_contain_text("There is no command /sortof.")
    ada.composer.fill("something else")
    ada.pending.get_by_role("button", name="Edit").click()
    expect(ada.pending).to_have_count(0)
    expect(ada.composer).to_have_value("/sortof an answer\nsomething else")
    expect(ada.composer).to_be_focused()
    expect(ada.page.locator(".reply")).to_contain_text("question")
    ada.composer.fill("/helf")
    ada.page.keyboard.press("Enter")
    expect(ada.pending).to_contain_text("There is no command /helf.")
    ada.page.keyboard.press("ArrowUp")
    expect(ada.composer).to_have_value("/helf")
    expect(ada.pending).to_have_count(0)
    expect(ada.page.locator(".editor")).to_have_count(0)


PRESS_IN_COMPOSITION = """(field) => field.dispatchEvent(new KeyboardEvent("keydown",
  { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }))"""


def test_enter_that_ends_a_composition_takes_no_offer_and_sends_nothing(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.composer.press_sequentially(":smi")
    expect(ada.page.get_by_role("option").first).to_be_visible()
    ada.composer.evaluate(PRESS_IN_COMPOSITION)  # as some browsers tell it: the composition is over, its key is not
    expect(ada.composer).to_have_value(":smi")
    expect(ada.page.get_by_role("option").first).to_be_visible()
    assert ada.stored.count() + ada.pending.count() == 0


def test_what_is_written_past_an_offer_is_sent_as_it_stands(meet: Meet, room: str) -> None:
    shed = fresh_room("shed")
    ada, ben = meet().enter(room), meet().enter(shed)
    ben.say("hello").sees("hello")
    ada.composer.press_sequentially(f"#{shed[:8]}")
    expect(ada.page.get_by_role("option")).to_have_count(1)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    ada.page.route("**/completions/**", hold)  # a slow line: what was offered stands for a while
    ada.composer.press_sequentially(" or so")
    ada.page.keyboard.press("Enter")
    ada.sees(f"#{shed[:8]} or so")
    for route in held:
        route.abort()
    ada.excuse("net::ERR_FAILED")


def test_a_key_marks_what_is_selected_and_takes_the_marks_away(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    keys = ada.page.keyboard
    ada.composer.press_sequentially("so loud")
    for _ in "loud ":
        keys.press("Shift+ArrowLeft")  # and the space before it
    keys.press("Control+b")
    expect(ada.composer).to_have_value("so **loud**")
    keys.press("Control+i")
    expect(ada.composer).to_have_value("so **_loud_**")
    keys.press("Control+i")
    keys.press("Control+b")
    expect(ada.composer).to_have_value("so loud")
    keys.press("Control+z")
    expect(ada.composer).to_have_value("so **loud**")
    keys.press("End")
    keys.type(" and ")
    keys.press("Control+i")
    keys.type("soft")
    keys.press("Enter")
    expect(ada.stored.locator("em")).to_have_text("soft")
    keys.press("ArrowUp")
    keys.press("Control+a")
    keys.press("Control+b")
    expect(ada.page.locator(".editor__field")).to_have_value("**so **loud** and _soft_**")


def test_an_address_pasted_over_words_makes_them_a_link(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ada.page.evaluate("() => navigator.clipboard.writeText('https://example.org/a_(b)')")
    ada.composer.press_sequentially("the map")
    ada.page.keyboard.press("Control+a")
    ada.page.keyboard.press("Control+v")
    expect(ada.composer).to_have_value("[the map](<https://example.org/a_(b)>)")
    ada.page.keyboard.press("Enter")
    expect(ada.stored.locator("a", has_text="the map")).to_have_attribute("href", "https://example.org/a_(b)")
    ada.page.keyboard.press("Control+v")  # over nothing it stands for itself
    expect(ada.composer).to_have_value("https://example.org/a_(b)")
    ada.page.keyboard.press("Control+a")
    ada.page.keyboard.press("Control+v")
    expect(ada.composer).to_have_value("https://example.org/a_(b)")
