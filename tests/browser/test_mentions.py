"""What calls somebody reaches them: counted apart in every window, listed, leading to its place; a room that is starred
or muted is so in every window; and by forms without scripts.
"""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fresh_room
from tests.browser.test_accessibility import nothing_wrong, widths


def calls_in(person: Person, room: str) -> Locator:
    return person.page.locator(f'.sidebar [data-room="{room}"] .rooms__calls')


def all_calls(person: Person) -> Locator:
    return person.page.locator(".rooms__link--called .rooms__calls")


def named(meet: Meet, room: str, name: str, **options: object) -> Person:
    """Somebody who has spoken in the room under this name."""
    person = meet(**options).enter(room).rename(name)
    expect(person.page.locator(".you__label")).to_have_text(name)
    person.enter(room).say(f"{name} was here")
    expect(person.message(f"{name} was here")).to_be_visible()
    return person


def test_a_call_is_counted_listed_and_leads_to_its_place(meet: Meet) -> None:
    room, other = fresh_room(), fresh_room()
    otter, ben = named(meet, room, "Quiet Otter"), meet().enter(room)
    otter.enter(other)
    ben.say("nothing to you").say("hello @Quiet Otter")
    expect(otter.unread_in(room)).to_have_text("2")
    expect(calls_in(otter, room)).to_have_text("1")
    expect(all_calls(otter)).to_have_text("1")
    phone = otter.another_tab(other)
    expect(calls_in(phone, room)).to_have_text("1")
    for window in (otter, phone):
        expect(window.page).to_have_title(re.compile(r"^\(1\) "))
        expect(window.page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("icon-calls"))
    otter.page.locator(".rooms__link--called").click()
    expect(otter.page.locator(".mentions__entry")).to_have_count(1)
    otter.page.get_by_role("link", name="go there").click()
    expect(otter.page.locator(".message--marked")).to_contain_text("hello @Quiet Otter")
    expect(calls_in(phone, room)).to_have_text("")
    expect(all_calls(phone)).to_have_text("")
    expect(phone.page.locator("link[rel=icon]")).not_to_have_attribute("href", re.compile("icon-(calls|unread)"))


def test_a_room_is_starred_and_muted_in_every_window_at_once(meet: Meet) -> None:
    room, other = fresh_room(), fresh_room()
    ada = named(meet, room, "Ada")
    ada.enter(other).say("here too")
    phone = ada.another_tab(other)
    links = phone.page.locator("hubbub-rooms [data-room]")
    ada.enter(room)
    ada.page.get_by_role("button", name="Star this room").click()
    expect(phone.page.locator(f'[data-room="{room}"]')).to_have_attribute("data-starred", "")
    expect(links.first).to_have_attribute("data-room", room)
    ada.page.get_by_role("button", name="What to be told of").click()
    ada.page.get_by_label("Mute").check()
    expect(phone.page.locator(f'[data-room="{room}"]')).to_have_attribute("data-muted", "")
    ada.enter(other)
    ben = meet().enter(room).say("psst").say("psst @Ada")
    expect(ben.stored).to_have_count(3)
    expect(calls_in(phone, room)).to_have_text("1")
    expect(phone.unread_in(room)).to_have_text("")
    phone.page.reload()
    expect(links.first).to_have_attribute("data-room", room)
    expect(phone.unread_in(room)).to_have_text("")


def test_without_scripts_rooms_are_starred_and_commands_answered_by_forms(meet: Meet, room: str) -> None:
    ada = meet(java_script_enabled=False).enter(room)
    ada.composer.fill("/me waves")
    ada.page.get_by_role("button", name="Send").click()
    expect(ada.stored).to_have_count(1)
    ada.page.get_by_role("button", name="Star this room").click()
    expect(ada.page.get_by_role("button", name="Star this room")).to_have_attribute("aria-pressed", "true")
    expect(ada.page.locator(f'.sidebar [data-room="{room}"]')).to_have_attribute("data-starred", "")
    ada.composer.fill("/help")
    ada.page.get_by_role("button", name="Send").click()
    expect(ada.page.locator("hubbub-notice")).to_contain_text("/shrug")


@widths
def test_axe_finds_nothing_where_one_is_called(meet: Meet, room: str, viewport: dict[str, int]) -> None:
    ada = meet(viewport=viewport).enter(room).say("here")
    expect(ada.stored).to_have_count(1)
    name = ada.page.locator(".you__label").text_content()
    meet().enter(room).say(f"@{name} and @room, see #{room}")
    expect(ada.page.locator(".mention")).to_have_count(3)
    ada.tool("Star this room").click()
    expect(ada.page.locator(f'[data-room="{room}"][data-starred]')).to_have_count(1)
    nothing_wrong(ada)
    ada.tool("What to be told of").click()
    nothing_wrong(ada)
    ada.page.goto("/chat/-/mentions/")
    expect(ada.page.locator(".mentions__entry")).to_have_count(1)
    nothing_wrong(ada)
