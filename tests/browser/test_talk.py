"""Two people talk: what one says, the other sees, and nobody in another room."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import fresh_room, speak
from tests.servers import Server


def test_everyone_in_the_room_sees_it_and_nobody_in_another(meet: Meet, room: str) -> None:
    ada, ben, cleo = meet().enter(room), meet().enter(room), meet().enter(fresh_room("elsewhere"))
    ada.say("hello")
    ben.sees("hello").say("hello yourself")
    ada.sees("hello", "hello yourself")
    cleo.say("only here").sees("only here")
    ada.sees("hello", "hello yourself")


def test_the_composer_has_the_keyboard_and_the_button_sends_too(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    expect(ada.composer).to_be_focused()
    ada.page.keyboard.type("by button")
    ada.page.click("#chat-message-submit")
    ada.sees("by button")
    expect(ada.composer).to_be_focused()
    expect(ada.composer).to_have_value("")


def test_shift_enter_breaks_the_line(meet: Meet, room: str) -> None:
    ada = meet().enter(room).say("one\ntwo")
    ada.until(lambda: ada.texts() == ["one\ntwo"])


def test_nothing_but_white_space_is_not_sent(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.say("  ").say("something")
    ada.sees("something")
    expect(ada.pending).to_have_count(0)


def test_markup_is_shown_as_it_was_typed_and_links_are_links(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.say("<img src=x onerror=alert(1)> `code` https://example.org/a")
    ada.sees("<img src=x onerror=alert(1)> code https://example.org/a")
    link = ada.stored.locator(".message__body").get_by_role("link")
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    expect(link).to_have_attribute("href", "https://example.org/a")
    expect(ada.stored.locator("code")).to_have_text("code")


def test_guests_have_names_of_their_own(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    names = {ada.name, ben.name}
    assert len(names) == 2
    ada.say("I am")
    expect(ben.message("I am").locator(".message__author")).to_have_text(ada.name)


def test_a_new_name_is_seen_at_once_on_what_was_said_before(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    ada.say("under my first name")
    ben.sees("under my first name")
    ada.rename("Ada Lovelace")
    expect(ben.message("under my first name").locator(".message__author")).to_have_text("Ada Lovelace")
    expect(ada.message("under my first name").locator(".message__author")).to_have_text("Ada Lovelace")
    ada.say("and under this one")
    expect(ben.message("and under this one").locator(".message__author")).to_have_text("Ada Lovelace")
    ada.page.reload()
    assert ada.name == "Ada Lovelace"


def test_a_name_that_can_not_be_is_refused_in_place(meet: Meet, room: str) -> None:
    ada = meet().enter(room).excuse("status of 400")
    before = ada.name
    ada.rename("x" * 41)
    expect(ada.page.locator("hubbub-name").get_by_role("alert")).to_contain_text("at most 40")
    ada.page.keyboard.press("Escape")
    assert ada.name == before


def test_who_writes_is_told_until_the_message_comes(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    line = ben.page.locator("hubbub-typing")
    ada.composer.press_sequentially("hel")
    expect(line).to_have_text(f"{ada.name} is typing…")
    expect(ada.page.locator("hubbub-typing")).to_have_text("")
    ada.composer.press("Enter")
    ben.sees("hel")
    expect(line).to_have_text("")


def test_who_is_here_is_counted_and_listed_until_they_go(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    people = ada.page.locator("hubbub-people")
    expect(people.locator(".people__count")).to_have_text("2")
    people.get_by_role("button").click()
    expect(people.locator(".person__name")).to_have_count(2)
    assert set(people.locator(".person__name").all_inner_texts()) == {ada.name, ben.name}
    ben.page.close()
    expect(people.locator(".people__count")).to_have_text("1")


def test_one_author_in_a_row_has_one_head(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    ada.say("one").sees("one").say("two").sees("one", "two")
    ben.say("three").sees("one", "two", "three")
    ada.sees("one", "two", "three").say("four").sees("one", "two", "three", "four")
    for person in (ada, ben):
        assert person.heads("one", "two", "three", "four") == [True, False, True, True]
    ben.enter(room).sees("one", "two", "three", "four")
    assert ben.heads("one", "two", "three", "four") == [True, False, True, True]


def test_the_plain_socket_talks_along(meet: Meet, server: Server, room: str) -> None:
    ada = meet().enter(room)
    [frame] = speak(server, room, "from ten lines")
    ada.sees("from ten lines")
    expect(ada.stored.locator(".message__author")).to_have_text(frame["author"]["name"])


def test_a_post_from_another_process_arrives_live(meet: Meet, server: Server, room: str) -> None:
    ada = meet().enter(room)
    server.command(
        "shell", "-c",
        "from hubbub.api import post_message; from hubbub.models import Person; "
        f"post_message({room!r}, 'the backup is done', author=Person.objects.create(name='Robot'))",
    )  # fmt: skip
    ada.sees("the backup is done")
