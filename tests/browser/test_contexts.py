"""Who comes later in a browser context that others had finds nothing of theirs."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.contexts import Contexts
from tests.browser.people import Person
from tests.servers import Server

FULL = """() => {
  localStorage.setItem("left", "behind");
  sessionStorage.setItem("left", "behind");
  document.cookie = "left=behind;path=/";
  addEventListener("pagehide", () => localStorage.setItem("left last", "behind"));
  return Promise.all([caches.open("left"), new Promise((done) => { indexedDB.open("left").onsuccess = done; })])
    .then(() => document.documentElement.dataset.full = "yes");
}"""
KEPT = """async () => [
  Object.keys(localStorage).filter((key) => key.startsWith("left")), Object.keys(sessionStorage),
  document.cookie.split("; ").filter((cookie) => cookie.startsWith("left")),
  await caches.keys(), (await indexedDB.databases()).map((database) => database.name),
]"""


@pytest.fixture
def contexts(browser: Browser, server: Server) -> Contexts:
    return Contexts(browser, server.url)


def test_nothing_is_left_of_who_was_there_before(contexts: Contexts, server: Server, room: str) -> None:
    ada = Person(contexts, server).enter(room)
    name, context = ada.name, ada.page.context
    ada.composer.fill("never sent")
    ada.page.evaluate(FULL)
    ada.another_tab(room)
    ada.close()
    ben = Person(contexts, server).enter(room)
    assert ben.page.context is context
    assert ben.page.context.pages == [ben.page]
    assert ben.page.evaluate(KEPT) == [[], [], [], [], []]
    assert ben.composer.input_value() == ""
    assert ben.name != name
    ben.close()


def test_nobody_else_has_what_a_test_asked_for_or_wants_otherwise(contexts: Contexts, server: Server) -> None:
    ada = Person(contexts, server)
    context = ada.context
    ada.close()
    ben, cleo = Person(contexts, server), Person(contexts, server)
    dora = Person(contexts, server, color_scheme="dark")
    assert len({context, *(person.page.context for person in (ben, cleo, dora))}) == 4
    for person in (ben, cleo, dora):
        person.close()
