"""The line breaks: killed servers, lost networks, refused posts. Nothing that was said is lost, nothing comes twice."""

from __future__ import annotations

import os
import signal

from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import LINE_BROKE, Person, speak
from tests.conftest import StartServer
from tests.servers import Server


def test_after_a_killed_server_both_see_what_was_written_meanwhile(
    meet: Meet, start_server: StartServer, room: str
) -> None:
    server = start_server()
    ada, ben = (meet(at=server).excuse(LINE_BROKE).enter(room) for _ in range(2))
    ada.say("before").sees("before")
    ben.sees("before")
    server.kill()
    expect(ada.bar).to_contain_text("Reconnecting")
    ada.say("while it was gone")
    expect(ada.pending).to_have_count(1)
    server.start()
    speak(server, room, "first after the start")
    ben.until(lambda: len(ben.texts()) == 3)
    ben.say("and on")
    ada.until(lambda: len(ada.texts()) == 4)
    ben.until(lambda: len(ben.texts()) == 4)
    assert ada.texts() == ben.texts()
    assert sorted(ada.texts()) == ["and on", "before", "first after the start", "while it was gone"]
    assert ada.texts()[0] == "before"
    numbers = [int(node.get_attribute("data-seq") or 0) for node in ada.stored.all()]
    assert numbers == sorted(set(numbers))
    expect(ada.pending).to_have_count(0)
    ada.is_well()
    ada.enter(room)
    assert ada.texts() == ben.texts()


def test_a_server_that_stops_in_good_order_is_found_again_too(meet: Meet, start_server: StartServer, room: str) -> None:
    server = start_server()
    ada = meet(at=server).excuse(LINE_BROKE).enter(room).say("before").sees("before")
    server.stop()
    server.start()
    speak(server, room, "after")
    ada.sees("before", "after")


def test_a_stopped_process_that_answers_nothing_loses_nothing(meet: Meet, start_server: StartServer, room: str) -> None:
    server = start_server()
    ada = meet(at=server).excuse(LINE_BROKE).enter(room)
    os.kill(server.pid, signal.SIGSTOP)
    try:
        ada.say("into the silence")
        expect(ada.pending).to_have_count(1)
    finally:
        os.kill(server.pid, signal.SIGCONT)
    ada.sees("into the silence")
    expect(ada.pending).to_have_count(0)


def test_offline_what_is_written_waits_and_is_sent_once(meet: Meet, server: Server, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    with ada.alone():
        expect(ada.bar).to_contain_text("Offline")
        ada.say("one").say("two")
        expect(ada.pending).to_have_count(2)
        expect(ada.pending.first).to_contain_text("Waiting to send")
        speak(server, room, "meanwhile")
        ben.sees("meanwhile")
    ada.sees("meanwhile", "one", "two")
    ben.sees("meanwhile", "one", "two")
    expect(ada.pending).to_have_count(0)
    ada.is_well()
    assert kept(ada) == []
    ben.enter(room).sees("meanwhile", "one", "two")


def test_what_was_written_offline_outlives_the_page(meet: Meet, room: str) -> None:
    ada, ben = meet().enter(room), meet().enter(room)
    ada.say("hello").sees("hello")
    with ada.alone():
        ada.say("written in a tunnel")
        expect(ada.pending).to_have_count(1)
        assert len(kept(ada)) == 1
        ada.page.close()
    ada.page = ada.open_tab()
    ada.enter(room).sees("hello", "written in a tunnel")
    ben.sees("hello", "written in a tunnel")
    ada.until(lambda: kept(ada) == [])
    ada.enter(room).sees("hello", "written in a tunnel")


def test_what_waits_can_be_taken_back(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    with ada.alone():
        expect(ada.bar).to_contain_text("Offline")
        ada.say("rather not").say("rather so")
        ada.pending.filter(has_text="rather not").get_by_role("button", name="Discard").click()
        expect(ada.pending).to_have_count(1)
    ada.sees("rather so")


def test_a_draft_is_still_there_after_a_reload(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.composer.fill("half a tho")
    ada.page.reload()
    expect(ada.composer).to_have_value("half a tho")


def test_a_refused_post_says_why_and_can_be_tried_again_or_thrown_away(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.page.locator("hubbub-composer").evaluate("(composer) => { composer.dataset.limit = '100000'; }")
    for reason_wanted in ("Try again", "Discard"):
        ada.say("x" * 8_001)
        failed = ada.pending.first
        expect(failed).to_contain_text("at most 8,000 characters")
        expect(failed.get_by_role("button", name=reason_wanted)).to_be_visible()
        ada.composer.fill("")
        ada.page.reload()
        expect(ada.pending).to_have_count(1)
        expect(ada.pending).to_contain_text("at most 8,000 characters")
        count = len(ada.frames)
        ada.pending.get_by_role("button", name="Try again").click()
        ada.until_heard("refused", after=count)
        expect(ada.pending).to_contain_text("at most 8,000 characters")
        ada.pending.get_by_role("button", name="Discard").click()
        expect(ada.pending).to_have_count(0)
        ada.page.locator("hubbub-composer").evaluate("(composer) => { composer.dataset.limit = '100000'; }")
    ada.page.reload()
    expect(ada.pending).to_have_count(0)
    ada.say("short").sees("short")


def test_too_much_text_is_counted_and_not_sent(meet: Meet, room: str) -> None:
    ada = meet().enter(room)
    ada.composer.fill("x" * 8_003)
    expect(ada.page.locator("#composer-note")).to_contain_text("3 characters too many")
    ada.composer.press("Enter")
    expect(ada.composer).to_have_value("x" * 8_003)
    expect(ada.pending).to_have_count(0)
    ada.composer.fill("x" * 8_000)
    ada.composer.press("Enter")
    expect(ada.stored).to_have_count(1)


def test_who_writes_faster_than_allowed_is_held_back_and_loses_nothing(
    meet: Meet, start_server: StartServer, room: str
) -> None:
    ada = meet(at=start_server()).enter(room)
    lines = [f"quick {number}" for number in range(30)]
    ada.page.evaluate(
        """(lines) => { const composer = document.querySelector("hubbub-composer");
        for (const message of lines) {
          composer.dispatchEvent(new CustomEvent("hubbub:post", { bubbles: true, detail: { message } }));
        } }""",
        lines,
    )
    ada.sees(*lines)
    expect(ada.pending).to_have_count(0)


def kept(person: Person) -> list[str]:
    """What the browser keeps to be sent later."""
    keys: list[str] = person.page.evaluate("() => Object.keys(localStorage)")
    return [key for key in keys if ":outbox:" in key]
