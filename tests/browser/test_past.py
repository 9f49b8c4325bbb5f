"""The past of a room: however long it is, a few hundred messages are alive, and what one reads stays where it is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import LINE_BROKE, Person, fill, speak
from tests.browser.test_reading import is_at_end, place_of, scroll_to, settled
from tests.servers import Server

WALK = (Path(__file__).parent / "walk.js").read_text()


def walk(person: Person, direction: str) -> dict[str, Any]:
    """Scroll through the log to one end, page by page."""
    outcome: str = person.page.evaluate(
        """async ([source, direction]) => {
          const { walk } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
          return JSON.stringify(await walk(document.getElementById("chat-log"), direction));
        }""",
        [WALK, direction],
    )
    found: dict[str, Any] = json.loads(outcome)
    return found


def seq_of(person: Person, text: str) -> int:
    return int(person.message(text).get_attribute("data-seq") or 0)


def test_from_the_present_to_the_first_word_and_back(meet: Meet, server: Server, room: str) -> None:
    fill(server, room, 1200)
    ada = meet(bypass_csp=True).enter(room)
    up = walk(ada, "up")
    assert (up["last"], up["pages"] > 20) == ("line 1", True)
    assert up["most"] <= 350
    assert up["drift"] <= 1
    down = walk(ada, "down")
    assert (down["last"], down["most"] <= 350, down["drift"] <= 1) == ("line 1200", True, True), down
    ada.until(lambda: is_at_end(ada))
    expect(ada.pill).to_be_hidden()
    speak(server, room, "live again")
    expect(ada.message("live again")).to_be_in_viewport()


def test_who_goes_elsewhere_while_a_page_comes_gets_there(meet: Meet, server: Server, room: str) -> None:
    fill(server, room, 400)
    ada = meet().enter(room)
    scroll_to(ada, 0)
    settled(ada)
    first, at_end = ada.page.evaluate(
        """() => new Promise((done) => {
          const log = document.getElementById("chat-log");
          const rows = log.getElementsByClassName("message"), first = rows[0];
          const leave = new MutationObserver(() => {
            if (rows[0] === first) return;
            leave.disconnect();
            log.scrollTop = log.scrollHeight;
            setTimeout(() => done([rows[0] === first, log.scrollHeight - log.scrollTop - log.clientHeight < 100]), 200);
          });
          leave.observe(log, { childList: true, subtree: true });
          log.scrollTop = 1;
        })"""
    )
    assert (first, at_end) == (False, True)


def test_a_link_leads_to_a_message_long_ago_and_the_way_back_is_open(meet: Meet, server: Server, room: str) -> None:
    fill(server, room, 600)
    ada, ben = meet(), meet().enter(room)
    ada.page.goto(f"/chat/{room}/39/")
    ada.until_heard("synced")
    marked = ada.page.locator("[aria-current=true].message")
    expect(marked).to_contain_text("line 39")
    expect(marked).to_be_in_viewport()
    expect(marked).to_be_focused()
    ben.say("are you there?")
    expect(ada.pill).to_have_text("1 new")
    expect(ada.message("are you there?")).to_have_count(0)
    ada.pill.click()
    expect(ada.message("are you there?")).to_be_in_viewport()
    expect(ada.page).to_have_url(re.compile(f"/chat/{room}/$"))
    ada.say("I am").page.wait_for_timeout(0)
    expect(ben.message("I am")).to_be_in_viewport()
    ada.page.go_back()
    expect(ada.message("line 39")).to_be_in_viewport()


def test_who_writes_in_the_past_is_in_the_present(meet: Meet, server: Server, room: str) -> None:
    fill(server, room, 600)
    ada = meet()
    ada.page.goto(f"/chat/{room}/39/")
    ada.until_heard("synced")
    ada.say("and now?")
    expect(ada.message("and now?")).to_be_in_viewport()
    expect(ada.message("line 600")).to_be_in_viewport()
    expect(ada.pending).to_have_count(0)


def test_the_time_of_a_message_is_its_link(meet: Meet, server: Server, room: str) -> None:
    fill(server, room, 120)
    ada = meet().enter(room)
    ada.message("line 99").locator("time").click()
    expect(ada.page).to_have_url(re.compile(f"/chat/{room}/99/$"))
    expect(ada.page.locator("[aria-current=true].message")).to_contain_text("line 99")
    ada.page.reload()
    expect(ada.page.locator("[aria-current=true].message")).to_contain_text("line 99")
    expect(ada.message("line 99")).to_be_in_viewport()


def test_who_was_away_too_long_still_reads_where_they_were(meet: Meet, server: Server, room: str) -> None:
    fill(server, room, 150)
    ada = meet().enter(room)
    scroll_to(ada, 0)
    expect(ada.message("line 90")).to_have_count(1)
    ada.message("line 90").scroll_into_view_if_needed()
    settled(ada)
    before = place_of(ada, "line 90")
    ada.excuse(LINE_BROKE)
    before_that = len(ada.frames)
    with ada.alone():
        expect(ada.bar).to_contain_text("Offline")
        fill(server, room, 520)
    ada.until_heard("reset", after=before_that)
    ada.until_heard("history", after=before_that)
    expect(ada.message("line 90")).to_have_count(1)
    settled(ada)
    assert abs(place_of(ada, "line 90") - before) <= 1


def test_a_log_that_is_followed_for_long_stays_short(meet: Meet, server: Server, room: str) -> None:
    ada = meet().enter(room)
    for _ in range(4):
        speak(server, room, *[f"word {number}" for number in range(100)])
        expect(ada.stored.last).to_contain_text("word 99")
    assert ada.stored.count() <= 301
    assert is_at_end(ada)


def test_who_reads_the_end_stays_there_however_much_comes_at_once(meet: Meet, server: Server, room: str) -> None:
    ada = meet().enter(room).say("hello").sees("hello")
    fill(server, room, 402)  # more than a log holds: its oldest are let go while the newest still come
    expect(ada.message("line 402")).to_be_in_viewport()
    ada.until(lambda: is_at_end(ada))
    expect(ada.pill).to_be_hidden()
