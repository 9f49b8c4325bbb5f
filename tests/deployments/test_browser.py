"""Two people before real browsers, through the front door: they sign up and talk, and a restart goes by."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.people import LINE_BROKE, Person, launch
from tests.deployments.deployments import Deployment
from tests.people import PASSWORD

UNAVAILABLE = r"50[234] \(|Error during WebSocket handshake"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The one Chromium."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.mark.parametrize("deployment", ["one_process", "two_nodes", "under_a_prefix"], indirect=True)
def test_two_people_talk_over_a_restart(browser: Browser, deployment: Deployment, room: str) -> None:
    ada, ben = (Person(browser, deployment, ignore_https_errors=True) for _ in range(2))  # type: ignore[arg-type]
    ada.enter(room)
    ada.page.get_by_role("link", name="Sign up").click()
    ada.page.get_by_label("Username").fill(f"ada-{room}")
    ada.page.get_by_label("Password", exact=True).fill(PASSWORD)
    ada.page.get_by_label("Password confirmation").fill(PASSWORD)
    ada.page.locator("main form button[type=submit]").click()
    expect(ada.page).to_have_url(f"{deployment.url}/chat/{room}/")
    expect(ada.page.locator(".you__label")).to_have_text(f"ada-{room}")
    ada.is_well()
    ben.enter(room)
    ada.say("hello Ben")
    ben.sees("hello Ben").say("hello Ada")
    ada.sees("hello Ben", "hello Ada")

    for person in (ada, ben):
        person.excuse(LINE_BROKE).excuse(UNAVAILABLE)
    deployment.restart()
    ada.say("still there?")
    ben.sees("hello Ben", "hello Ada", "still there?").say("yes")
    ada.sees("hello Ben", "hello Ada", "still there?", "yes")
    for person in (ada, ben):
        person.close()
