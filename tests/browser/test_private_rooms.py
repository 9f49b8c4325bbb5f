"""Two people and a room of their own: made, let in, named, closed and taken away, each seen by the other at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person
from tests.browser.test_accessibility import nothing_wrong
from tests.people import PASSWORD
from tests.servers import Server


@pytest.fixture
def accounts(server: Server, room: str) -> tuple[str, str]:
    """The names of two accounts, in lower case."""
    names = (f"ada{room[-6:]}", f"ben{room[-6:]}")
    code = (
        "from django.contrib.auth.models import User\n"
        "from hubbub.api import post_message\n"
        f"for name in {names!r}:\n"
        f"    post_message({room!r}, 'hello', author=User.objects.create_user(name, password={PASSWORD!r}))\n"
    )
    server.command("shell", "-v", "0", "-c", code)
    return names


def sign_in(person: Person, name: str) -> Person:
    person.page.goto("/accounts/sign-in/")
    person.page.get_by_label("Username").fill(name)
    person.page.get_by_label("Password").fill(PASSWORD)
    person.page.keyboard.press("Enter")
    expect(person.page).to_have_url(re.compile(r"/chat/$"))
    return person


def about(person: Person) -> Person:
    """The page about the room that they are in."""
    person.page.locator("[data-go=about]").click()
    expect(person.page).to_have_url(re.compile("/-/about/$"))
    return person


def test_a_private_room_from_the_first_word_to_the_last(meet: Meet, room: str, accounts: tuple[str, str]) -> None:
    ada, ben = sign_in(meet(), accounts[0]), sign_in(meet(), accounts[1])
    ben.enter(room)

    ada.page.get_by_role("link", name="New room").first.click()
    dialog = ada.page.get_by_role("dialog", name="New room")
    nothing_wrong(ada)
    dialog.get_by_label("Name").fill("a/b")
    dialog.get_by_role("button", name="Make the room").click()
    ada.excuse("status of 400")
    expect(dialog.get_by_role("alert")).to_contain_text("/")
    dialog.get_by_label("Name").fill("Committee")
    dialog.get_by_label("Only who is let in").check()
    dialog.get_by_role("button", name="Make the room").click()
    expect(ada.page).to_have_url(re.compile("/chat/-/room/[^/]+/$"))
    ada.until_heard("synced")
    ada.say("Only for us").sees("Only for us")

    about(ada).page.get_by_role("combobox", name="Whom").fill(accounts[1])
    nothing_wrong(ada)
    ada.page.get_by_role("button", name="Add").click()
    expect(ada.page.get_by_role("heading", name="2 people in it")).to_be_visible()

    link = ben.page.locator(".sidebar [data-kind=private]", has_text="Committee")
    expect(link).to_be_visible()
    link.click()
    ben.sees("Only for us").say("Thank you")
    ben.sees("Only for us", "Thank you")

    ada.page.get_by_label("What this room is about").fill("Money")
    ada.page.get_by_role("button", name="Save").first.click()
    expect(ben.page.locator(".header__topic")).to_have_text("Money")
    ada.page.get_by_role("textbox", name="Name", exact=True).fill("Council")
    ada.page.get_by_role("button", name="Rename").click()
    expect(ben.page.get_by_role("heading", level=1)).to_have_text("Council")
    expect(ben.page).to_have_title(re.compile("Council"))
    expect(ben.page.locator(".sidebar [aria-current]")).to_contain_text("Council")
    expect(ben.composer).to_have_attribute("placeholder", "Message to Council")

    ada.page.get_by_role("button", name="Archive it").click()
    expect(ben.composer).to_be_hidden()
    expect(ben.page.locator(".composer__archived")).to_be_visible()
    nothing_wrong(ben)
    ada.page.get_by_role("button", name="Open it again").click()
    expect(ben.composer).to_be_visible()

    line = ada.page.locator(".member", has_text=accounts[1])
    line.locator("summary").click()
    nothing_wrong(ada)
    line.get_by_role("button", name="Remove").click()
    expect(ben.bar).to_contain_text("This room is not there for you any more.")
    expect(ben.bar.get_by_role("button")).to_have_count(0)
    expect(ben.bar.get_by_role("link", name="All rooms")).to_have_attribute("href", "/chat/")
    expect(ben.log).to_be_hidden()
    expect(ben.composer).to_be_hidden()
    assert "Only for us" not in ben.page.locator("body").inner_text()
    expect(ben.page.locator(".sidebar", has_text="Council")).to_have_count(0)

    ada.page.get_by_role("link", name="What moderators did here").click()
    expect(ada.page.locator(".act").first).to_contain_text(f"{accounts[0]} removed {accounts[1]}")
    nothing_wrong(ada)


def test_a_link_for_one_person_is_copied_used_and_gone(meet: Meet, room: str, accounts: tuple[str, str]) -> None:
    ada, guest = (
        sign_in(meet(permissions=["clipboard-read", "clipboard-write"]), accounts[0]),
        meet(java_script_enabled=False),
    )
    ada.page.goto("/chat/-/new/?kind=private")
    ada.page.locator("main").get_by_label("Name").fill("Committee")
    ada.page.locator("main").get_by_role("button", name="Make the room").click()
    about(ada).page.get_by_label("It holds for").select_option("1 hour")
    ada.page.get_by_label("It lets in").select_option("1 person")
    ada.page.get_by_role("button", name="Make a link").click()
    link = ada.page.locator(".link")
    expect(link).to_contain_text("for 1 person more.")
    nothing_wrong(ada)
    link.get_by_role("button", name="Copy").click()
    expect(ada.page.locator("#hubbub-note")).to_have_text("Copied.")
    url = ada.page.evaluate("navigator.clipboard.readText()")
    assert url == link.get_by_role("textbox").input_value()

    guest.page.goto(url)
    guest.page.get_by_role("button", name="Come in").click()
    expect(guest.page).to_have_url(re.compile("/chat/-/room/[^/]+/$"))
    expect(ada.page.get_by_role("heading", name="2 people in it")).to_be_visible()
    expect(link).to_have_count(0)
    late = meet(java_script_enabled=False)
    late.page.goto(url)
    expect(late.page.locator("main")).to_contain_text("This invitation leads nowhere")
    late.excuse("status of 404")
    ada.page.get_by_role("link", name="What moderators did here").click()
    expect(ada.page.locator(".act").first).to_contain_text(f"came in by a link of {accounts[0]}")


def test_two_people_meet_by_keyboard_alone(meet: Meet, room: str, accounts: tuple[str, str]) -> None:
    ada, ben = sign_in(meet(), accounts[0]), sign_in(meet(), accounts[1])
    ben.enter(room)
    ada.page.keyboard.press("Alt+Shift+N")
    dialog = ada.page.get_by_role("dialog", name="New room")
    expect(dialog.get_by_label("Name")).to_be_focused()
    ada.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    ada.page.goto("/chat/-/people/")
    ada.page.get_by_role("link", name=accounts[1]).focus()
    ada.page.keyboard.press("Enter")
    write = ada.page.get_by_role("dialog", name=accounts[1]).get_by_role("button", name="Message")
    write.focus()
    before = len(ada.frames)
    write.press("Enter")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(accounts[1])
    ada.until_heard("welcome", after=before)
    ada.until_heard("synced", after=before)
    ada.page.keyboard.insert_text("Psst")
    ada.page.keyboard.press("Enter")
    ada.sees("Psst")
    expect(ben.page.locator(".sidebar [data-kind=direct]", has_text=accounts[0])).to_have_attribute("data-unread", "1")
