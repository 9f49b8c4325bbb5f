"""A day of the log is found by its date: from the bar, from the lines between days, by keyboard, without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fill, fresh_room, speak
from tests.browser.test_accessibility import nothing_wrong
from tests.servers import Server

AGE = """
from datetime import datetime, timedelta, UTC
from hubbub.models import Message
for message in Message.objects.filter(room__key={room!r}):
    message.at = datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=message.seq // 20)
    message.save()
"""


@pytest.fixture(scope="module")
def aged(server: Server) -> str:
    """A room in which twenty messages were said each day from 1 March 2026 on, and one today."""
    room = fresh_room("aged")
    fill(server, room, 199)
    server.command("shell", "-v", "0", "-c", AGE.format(room=room))
    speak(server, room, "today")
    return room


def on_day(person: Person) -> str | None:
    """The day above the marked message."""
    return person.page.evaluate(
        """() => {
          let line = document.querySelector("[aria-current=true].message");
          while (line && !line.matches(".day")) line = line.previousElementSibling;
          return line?.querySelector("time").dateTime ?? null;
        }"""
    )


def test_a_day_is_a_click_away_and_so_are_beginning_and_present(meet: Meet, aged: str) -> None:
    ada = meet().enter(aged)
    ada.page.get_by_role("button", name="Go to a day").click()
    field = ada.page.get_by_label("Go to a day").and_(ada.page.locator("input"))
    expect(field).to_be_focused()
    field.fill("2026-03-04")
    ada.page.get_by_role("button", name="Go", exact=True).click()
    marked = ada.page.locator("[aria-current=true].message")
    expect(marked).to_contain_text("line 60")
    expect(marked).to_be_in_viewport()
    expect(field).to_be_hidden()
    ada.until(lambda: on_day(ada) == "2026-03-04")
    ada.page.get_by_role("button", name="Go to a day").click()
    expect(field).to_have_value(re.compile("2026-03-0[34]"))
    ada.page.get_by_role("link", name="The beginning").click()
    expect(ada.message("line 3")).to_be_in_viewport()
    ada.page.get_by_role("button", name="Go to a day").click()
    ada.page.locator("#when").get_by_role("link", name="The present").click()
    expect(ada.message("today")).to_be_in_viewport()
    expect(ada.page).to_have_url(re.compile(f"/chat/{aged}/$"))


def test_a_line_between_days_opens_the_field_at_its_day(meet: Meet, aged: str) -> None:
    ada = meet().enter(aged)
    ada.page.locator("#chat-log .day button").last.click()
    field = ada.page.locator("#when input")
    expect(field).to_be_visible()
    today = ada.page.evaluate("() => document.querySelector('#chat-log .day:last-of-type time').dateTime")
    expect(field).to_have_value(today)


def test_a_day_by_keyboard_alone(meet: Meet, aged: str) -> None:
    ada = meet().enter(aged)
    ada.page.keyboard.press("Alt+Shift+D")
    expect(ada.page.locator("#when input")).to_be_focused()
    for part in ("03", "03", "2026"):  # the same whether day or month comes first
        ada.page.keyboard.type(part)
    ada.page.keyboard.press("Enter")
    expect(ada.page.locator("[aria-current=true].message")).to_contain_text("line 40")
    expect(ada.page.locator("[aria-current=true].message")).to_be_focused()
    ada.page.keyboard.press("Escape")  # from the message back to writing
    expect(ada.composer).to_be_focused()
    ada.page.keyboard.press("Escape")
    expect(ada.message("today")).to_be_in_viewport()


def test_axe_finds_nothing_on_the_ways_through_the_log(meet: Meet, server: Server, aged: str) -> None:
    ada = meet()
    ada.page.goto(f"/chat/{aged}/60/")
    ada.until_heard("synced")
    nothing_wrong(ada)
    ada.page.keyboard.press("Shift+U")
    ada.page.get_by_role("button", name="Go to a day").click()
    expect(ada.page.locator("#when input")).to_be_visible()
    nothing_wrong(ada)
    ada.page.locator("#when").get_by_role("link", name="The present").click()
    expect(ada.message("today")).to_be_in_viewport()
    nothing_wrong(ada)


def test_a_day_without_javascript(meet: Meet, aged: str) -> None:
    ada = meet(java_script_enabled=False).enter(aged)
    ada.page.get_by_role("button", name="Go to a day").click()
    ada.page.locator("#when input[type=date]").fill("2026-03-03")
    ada.page.get_by_role("button", name="Go", exact=True).click()
    expect(ada.page).to_have_url(re.compile(f"/chat/{aged}/40/$"))
    marked = ada.page.locator("[aria-current=true].message")
    expect(marked).to_contain_text("line 40")
    expect(marked).to_be_in_viewport()
