"""Somebody is in sixty rooms, of which a socket follows three: each of them counts what is new, in every window."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person
from tests.browser.test_private_rooms import sign_in
from tests.conftest import StartServer
from tests.people import PASSWORD

ROOMS = 60
MAKE = f"""
from django.contrib.auth.models import User
from hubbub.api import make_room, post_message
ada, ben = (User.objects.create_user(name, password={PASSWORD!r}) for name in ("ada", "ben"))
for n in range({ROOMS}):
    post_message(make_room(f"room {{n}}", author=ben), "first", author=ada)
"""

TWO = """
from django.contrib.auth.models import User
from hubbub import chat, identity
ada, ben = (identity.of_user(User.objects.get(username=name)) for name in ("ada", "ben"))
"""


def counts(person: Person, room: str) -> tuple[str, str]:
    """What is unread in a room, and how much of it calls them, as the sidebar says."""
    link = person.page.locator(f'.sidebar [data-room="{room}"]')
    return link.locator(".rooms__count").inner_text(), link.locator(".rooms__calls").inner_text()


def knows(person: Person, room: str) -> None:
    """It knows where a room stands that it does not follow."""
    person.until(lambda: any(one["room"] == room for one in person.frames if one["type"] == "headlines"))


def test_every_one_of_sixty_rooms_counts_what_is_new(start_server: StartServer, meet: Meet) -> None:
    server = start_server(DJANGO_SETTINGS_MODULE="tests.few_rooms_settings", HUBBUB_RATE_LIMITS="off")
    server.command("shell", "-v", "0", "-c", MAKE)
    ada, ben, list_of_people = sign_in(meet(server), "ada"), sign_in(meet(server), "ben"), meet(server)
    sign_in(list_of_people, "ada").page.goto("/chat/-/people/")
    ada.enter("room 59")
    expect(ada.page.locator(".sidebar [data-room]")).to_have_count(ROOMS)
    windows = (ada, list_of_people)
    for window in windows:
        knows(window, "room 0")

    ben.enter("room 0").say("for everybody").say("for you, @ada")
    for window in windows:
        window.until(lambda window=window: counts(window, "room 0") == ("2", "1"), seconds=10)
        expect(window.page).to_have_title(re.compile(r"^\(1\) "))
        expect(window.page.locator(".rooms__link--called .rooms__calls")).to_have_text("1")
    del ada.frames[:]
    ada.page.goto(f"/chat/-/people/{ben.frames[0]['you']['id']}/")
    ada.until_heard("synced")
    for name, calls in (("Block", ""), ("Unblock", "1")):
        ada.page.get_by_role("button", name=name, exact=True).click()
        for window in windows:
            window.until(lambda window=window, calls=calls: counts(window, "room 0") == ("2", calls), seconds=10)
    ada.enter("room 59")
    ben.composer.focus()
    ben.page.keyboard.press("ArrowUp")
    ben.page.locator(".message textarea").fill("for nobody")
    ben.page.keyboard.press("Enter")
    for window in windows:
        window.until(lambda window=window: counts(window, "room 0") == ("2", ""), seconds=10)
        expect(window.page).to_have_title(re.compile(r"^\(2\) "))

    third = ada.another_tab("room 0")  # which reads them
    third.sees("first", "for everybody", "for nobody")
    for window in windows:
        window.until(lambda window=window: counts(window, "room 0") == ("", ""), seconds=10)
        expect(window.page).not_to_have_title(re.compile(r"^\("))
    third.close_tab()

    server.command("shell", "-v", "0", "-c", f"{TWO}chat.act_now(ben, 'room 0', 'remove', whom=ada.id)")
    for window in windows:
        expect(window.page.locator('.sidebar [data-room="room 0"]')).to_have_count(0)
