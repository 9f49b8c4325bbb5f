"""A message to several: from the sidebar and from the keyboard, with names completed; and somebody let into a room."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Meet
from tests.browser.people import Person
from tests.browser.test_accessibility import nothing_wrong, widths
from tests.browser.test_private_rooms import about, accounts, sign_in
from tests.people import PASSWORD
from tests.servers import Server

__all__ = ["accounts"]  # a fixture


def never_came(server: Server, room: str) -> str:
    """The user name of an account that never did anything here."""
    name = f"zoe{room[-6:]}"
    code = f"from django.contrib.auth.models import User; User.objects.create_user({name!r}, password={PASSWORD!r})"
    server.command("shell", "-v", "0", "-c", code)
    return name


def dialog_of(person: Person) -> Locator:
    return person.page.get_by_role("dialog", name="New message")


def test_several_are_written_to_by_keyboard_alone(
    meet: Meet, server: Server, room: str, accounts: tuple[str, str]
) -> None:
    ada, ben, zoe = sign_in(meet(), accounts[0]), sign_in(meet(), accounts[1]), never_came(server, room)
    ben.enter(room)
    ada.enter(room).page.keyboard.press("Alt+Shift+W")
    field = dialog_of(ada).get_by_role("combobox", name="To whom")
    expect(field).to_be_focused()
    ada.page.keyboard.type(accounts[1][:-1])
    expect(dialog_of(ada).get_by_role("option", name=accounts[1])).to_have_attribute("aria-selected", "true")
    ada.page.keyboard.press("Enter")
    expect(dialog_of(ada).get_by_role("checkbox", name=accounts[1])).to_be_checked()
    ada.page.keyboard.type(zoe[:-1])
    expect(dialog_of(ada).get_by_role("option", name=zoe)).to_be_visible()
    ada.page.keyboard.press("Escape")
    expect(dialog_of(ada).get_by_role("option")).to_have_count(0)
    expect(field).to_be_focused()
    ada.page.keyboard.press(zoe[-1])
    expect(dialog_of(ada).get_by_role("option", name=zoe)).to_be_visible()
    ada.page.keyboard.press("Tab")
    expect(dialog_of(ada).get_by_role("checkbox")).to_have_count(2)
    ada.page.keyboard.press("Backspace")
    expect(dialog_of(ada).get_by_role("checkbox")).to_have_count(1)
    ada.page.keyboard.type(zoe)
    expect(dialog_of(ada).get_by_role("option", name=zoe)).to_be_visible()
    ada.page.keyboard.press("Enter")
    expect(field).to_have_value("")
    ada.page.keyboard.press("Enter")
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(f"{accounts[1]}, {zoe}")
    ada.until_heard("synced")
    ada.say("Tea?").sees("Tea?")
    link = ben.page.locator(".sidebar [data-kind=direct]", has_text=zoe)
    expect(link).to_have_attribute("data-unread", "1")
    third = sign_in(meet(), zoe)
    third.page.locator(".sidebar [data-kind=direct]").click()
    third.sees("Tea?")


def test_who_is_meant_is_asked_and_what_was_chosen_stays(meet: Meet, room: str, accounts: tuple[str, str]) -> None:
    ada = sign_in(meet(), accounts[0]).enter(room)
    ada.page.get_by_role("link", name="New message").click()
    ada.excuse("status of 400")
    dialog = dialog_of(ada)
    dialog.get_by_role("combobox").fill(f"{accounts[1]}, nemo")
    dialog.get_by_role("button", name="Go to the conversation").click()
    expect(dialog.get_by_role("alert")).to_have_text("Nobody is called nemo.")
    dialog.get_by_role("combobox").fill(accounts[1][:4])
    dialog.get_by_role("option", name=accounts[1]).click()
    dialog.get_by_role("checkbox", name=accounts[1]).press("Space")
    expect(dialog.get_by_role("checkbox")).to_have_count(0)
    expect(dialog.get_by_role("combobox")).to_be_focused()


def test_somebody_who_never_came_is_let_into_a_room(
    meet: Meet, server: Server, room: str, accounts: tuple[str, str]
) -> None:
    ada, zoe = sign_in(meet(), accounts[0]).enter(room), never_came(server, room)
    ada.page.get_by_role("link", name="New room").first.click()
    dialog = ada.page.get_by_role("dialog", name="New room")
    dialog.get_by_label("Name").fill("Committee")
    dialog.get_by_label("Only who is let in").check()
    dialog.get_by_role("button", name="Make the room").click()
    expect(ada.page).to_have_url(re.compile("/chat/-/room/[^/]+/$"))
    about(ada).page.get_by_role("combobox", name="Whom").fill(zoe[:-2])
    ada.page.get_by_role("option", name=zoe).click()
    nothing_wrong(ada)
    ada.page.get_by_role("button", name="Add").click()
    expect(ada.page.get_by_role("heading", name="2 people in it")).to_be_visible()


@widths
def test_axe_finds_nothing_where_somebody_is_written_to(
    meet: Meet, room: str, accounts: tuple[str, str], viewport: dict[str, int]
) -> None:
    ada = sign_in(meet(viewport=viewport), accounts[0]).enter(room)
    ada.page.keyboard.press("Alt+Shift+W")
    nothing_wrong(ada)
    field = dialog_of(ada).get_by_role("combobox")
    field.fill(accounts[1][:4])
    dialog_of(ada).get_by_role("option", name=accounts[1]).click()
    field.fill(accounts[0][:3])
    expect(dialog_of(ada).locator(".whom__said")).not_to_be_empty()
    nothing_wrong(ada)


def test_without_scripts_a_plain_form_leads_there(meet: Meet, room: str, accounts: tuple[str, str]) -> None:
    ada = sign_in(meet(java_script_enabled=False), accounts[0])
    ada.page.get_by_role("link", name="New message").click()
    ada.page.get_by_role("textbox", name="To whom").fill("nemo")
    ada.page.get_by_role("button", name="Go to the conversation").click()
    ada.excuse("status of 400")
    expect(ada.page.get_by_role("alert")).to_have_text("Nobody is called nemo.")
    ada.page.get_by_role("textbox", name="To whom").fill(accounts[1].upper())
    ada.page.get_by_role("button", name="Go to the conversation").click()
    expect(ada.page.get_by_role("heading", level=1)).to_have_text(accounts[1])
