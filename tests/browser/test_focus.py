"""The keyboard lies where it lay, whatever others do meanwhile, and a key that comes before an answer is not lost."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, speak
from tests.browser.test_deeds import do
from tests.browser.test_private_rooms import accounts, sign_in
from tests.servers import Server

__all__ = ["accounts"]  # a fixture


def test_the_keyboard_stays_on_a_link_and_an_emoji_of_a_message_that_changes(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    ben.say("see https://example.org/map there").sees("see https://example.org/map there")
    link = ada.stored.get_by_role("link", name="https://example.org/map")
    link.focus()
    do(ben, ben.stored, "edit")
    ben.page.locator(".editor__field").fill("it is https://example.org/map")
    ben.page.keyboard.press("Enter")
    expect(ada.stored.locator(".message__body")).to_have_text("it is https://example.org/map")
    expect(link).to_be_focused()
    react(ada, "tada")
    chip = ada.stored.get_by_role("button", name=re.compile("🎉"))
    chip.focus()
    react(ben, "heart_eyes")
    expect(ada.stored.locator(".reaction:not(.reaction--add)")).to_have_count(2)
    expect(chip).to_be_focused()


def react(person: Person, name: str) -> None:
    do(person, person.stored, "react")
    person.page.locator(".picker__field").fill(name)
    expect(person.page.locator(".picker__name")).to_have_text(f":{name}:")
    person.page.keyboard.press("Enter")


def test_the_keyboard_stays_on_whom_it_stood_when_somebody_comes(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    meet().enter(room)
    ada.page.locator("hubbub-people").get_by_role("button").click()
    person = ada.page.locator(".people__list a").nth(1)
    name = person.inner_text()
    person.focus()
    meet().enter(room)
    expect(ada.page.locator(".people__list a")).to_have_count(3)
    expect(ada.page.locator(".people__list a", has_text=name)).to_be_focused()


def test_who_unpins_by_the_keyboard_goes_on_with_the_next(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, "one", "two", "three")
    ada = meet().enter(room)
    for text in ("one", "two", "three"):
        do(ada, ada.message(text), "pin")
        expect(ada.message(text).locator(".message__notes")).to_be_visible()
    ada.page.keyboard.press("Alt+Shift+I")
    unpin = ada.page.locator("#pins").get_by_role("button", name="Unpin")
    expect(unpin).to_have_count(3)
    unpin.nth(1).focus()
    ada.page.keyboard.press("Enter")
    expect(unpin).to_have_count(2)
    expect(unpin.nth(1)).to_be_focused()
    ada.page.keyboard.press("Enter")
    expect(unpin).to_have_count(1)
    expect(unpin).to_be_focused()
    ada.page.keyboard.press("Enter")
    expect(unpin).to_have_count(0)
    expect(ada.page.locator("#pins")).to_be_focused()


def held(person: Person, pattern: str | re.Pattern[str]) -> list[Route]:
    """The answers of the server to addresses like this, until they are let go."""
    routes: list[Route] = []
    person.page.route(pattern, lambda route: routes.append(route))  # noqa: PLW0108  Playwright marks what it calls
    return routes


def test_enter_before_the_emoji_are_there_takes_the_first_that_is_found(meet: Meet, room: str) -> None:
    ada = meet().enter(room).say("hello").sees("hello")
    names = held(ada, "**/shortcodes*.js")
    do(ada, ada.message("hello"), "react")
    ada.page.keyboard.type("tada")
    ada.page.keyboard.press("Enter")
    ada.until(lambda: bool(names))
    names[0].continue_()
    expect(ada.stored.get_by_role("button", name=re.compile("🎉"))).to_be_visible()
    expect(ada.page.locator("hubbub-picker")).to_be_hidden()


CARD = re.compile("/-/people/[0-9a-f]+/$")


def card(person: Person) -> Locator:
    return person.page.locator("#person-card")


def test_of_two_cards_that_are_asked_for_the_last_is_shown_and_none_to_who_went_on(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    ben.say("from ben").sees("from ben")
    ada.say("from ada").sees("from ben", "from ada")
    cards = held(ada, CARD)
    for name in ("from ben", "from ada"):
        ada.message(name).locator(".message__author").click()
    ada.until(lambda: len(cards) == 2)
    cards[1].continue_()
    expect(card(ada)).to_contain_text(ada.name)
    cards[0].continue_()
    ada.page.keyboard.press("Escape")
    expect(card(ada)).to_be_hidden()
    ada.message("from ben").locator(".message__author").click()
    ada.until(lambda: len(cards) == 3)
    ada.composer.click()
    with ada.page.expect_response(CARD):
        cards[2].continue_()
    ada.composer.press_sequentially("written")
    expect(card(ada)).to_be_hidden()
    expect(ada.composer).to_have_value("written")


MOVED = """async () => {
  const { morph } = await import("hubbub/morph");
  const list = (...keys) => Object.assign(document.createElement("ul"), {
    innerHTML: keys.map((key) => `<li data-key="${key}"><button>${key}</button></li>`).join("") });
  const old = list("a", "b", "c");
  document.body.append(old);
  old.querySelectorAll("button")[2].focus();
  morph(old, list("c", "a", "b"), () => false);
  const morphed = document.activeElement.textContent;
  const rooms = document.querySelector("hubbub-rooms");
  rooms.add({ key: "other", name: "other", url: "#other" });
  rooms.querySelector("[data-room=other]").focus();
  rooms.attend("other", { starred: true });
  return [morphed, document.activeElement.dataset.room];
}"""


def test_what_moves_in_a_list_keeps_the_keyboard(meet: Meet, room: str) -> None:
    assert meet().enter(room).page.evaluate(MOVED) == ["c", "other"]


def test_enter_before_the_server_said_whom_it_means_takes_the_first(
    meet: Meet, room: str, accounts: tuple[str, str]
) -> None:
    sign_in(meet(), accounts[1]).enter(room)
    ada = sign_in(meet(), accounts[0]).enter(room)
    ada.page.keyboard.press("Alt+Shift+W")
    dialog = ada.page.get_by_role("dialog", name="New message")
    answers = held(ada, "**/-/whom/**")
    ada.page.keyboard.type(accounts[1][:-1])
    ada.page.keyboard.press("Enter")
    ada.until(lambda: bool(answers))
    answers[0].continue_()
    expect(dialog.get_by_role("checkbox", name=accounts[1])).to_be_checked()
    expect(dialog.locator(".field__error")).to_have_text("")


def test_enter_twice_asks_for_one_room_and_who_closes_the_dialog_stays(
    meet: Meet, room: str, accounts: tuple[str, str]
) -> None:
    ada = sign_in(meet(), accounts[0]).enter(room)
    ada.page.keyboard.press("Alt+Shift+N")
    dialog = ada.page.get_by_role("dialog", name="New room")
    answers = held(ada, "**/-/new/**")
    dialog.get_by_label("Name").fill(f"{room} two")
    ada.page.keyboard.press("Enter")
    ada.page.keyboard.press("Enter")
    ada.until(lambda: bool(answers))
    ada.page.keyboard.press("Escape")
    answers[0].continue_()
    expect(ada.page.locator("hubbub-rooms").get_by_role("link", name=f"{room} two")).to_be_visible()
    assert len(answers) == 1
    expect(ada.page.locator("#sidebar [aria-current]")).to_contain_text(room)
    assert ada.page.url.endswith(f"/{room}/")
