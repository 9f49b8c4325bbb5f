"""One Chromium and one server for all browser tests, a context per person; whoever complains in the end fails the test.

Playwright's own event loop runs while the browser is open, so both end with this package: asyncio tests come after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.contexts import Contexts
from tests.browser.people import Person, fresh_room, launch
from tests.servers import Server

Meet = Callable[..., Person]


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """The one Chromium."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The one server: quick talkers are not held up. Tests that kill a server start their own."""
    settings = {"DJANGO_SETTINGS_MODULE": "tests.quick_settings", "HUBBUB_RATE_LIMITS": "off"}
    server = Server(tmp_path_factory.mktemp("browser") / "data", **settings).start()
    yield server
    server.kill()


@pytest.fixture(scope="package")
def contexts(browser: Browser, server: Server) -> Contexts:
    """What people see the one server's pages in."""
    return Contexts(browser, server.url)


@pytest.fixture
def room() -> str:
    """A room for this test alone."""
    return fresh_room()


@pytest.fixture
def meet(browser: Browser, server: Server, contexts: Contexts) -> Iterator[Meet]:
    """Bring people: `ada = meet()`; `meet(color_scheme="dark")`, `meet(at=other_server)`."""
    here: list[Person] = []

    def bring(at: Server | None = None, **options: Any) -> Person:
        person = Person(browser if at else contexts, at or server, **options)
        here.append(person)
        return person

    yield bring
    errors = []
    for person in here:
        try:
            person.close()
        except AssertionError as error:
            errors.append(str(error))
    assert not errors, "\n".join(errors)
