"""The styles: what changes in one place costs no more where the log is long."""

from __future__ import annotations

import json
from collections.abc import Callable

from playwright.sync_api import Browser, expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fill, speak
from tests.servers import Server

FEW = 150  # elements; the log has some six hundred


def styled(browser: Browser, person: Person, deed: Callable[[], None]) -> int:
    """How many elements the browser looked for styles for at most, at once, while `deed` was done."""
    browser.start_tracing(page=person.page, categories=["disabled-by-default-devtools.timeline", "devtools.timeline"])
    deed()
    person.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    events = json.loads(browser.stop_tracing())["traceEvents"]
    counts = [event["args"].get("elementCount", 0) for event in events if event["name"] == "UpdateLayoutTree"]
    assert any(counts), "nothing was seen of what is styled"
    return int(max(counts))


def test_a_message_under_the_pointer_or_a_new_one_does_not_restyle_the_log(
    browser: Browser, meet: Meet, server: Server, room: str
) -> None:
    fill(server, room, 50)
    ada = meet().enter(room)
    ada.message("line 48").hover()

    def points() -> None:
        ada.message("line 45").hover()
        expect(ada.page.locator(".message > .toolbar")).to_be_visible()

    def hears() -> None:
        speak(server, room, "one more")
        expect(ada.message("one more")).to_have_count(1)

    assert styled(browser, ada, points) < FEW
    assert styled(browser, ada, hears) < FEW
