"""Reading: what is new is counted and marked, and nothing moves under the reader's eyes."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Meet
from tests.browser.people import Person, fresh_room, speak
from tests.servers import Server

LINES = [f"line {number}" for number in range(1, 121)]
MANY = [f"{line}\nwith a second line" for line in LINES]


def place_of(person: Person, text: str) -> float:
    """How far below the top of the window a message stands."""
    box = person.message(text).bounding_box()
    assert box is not None
    return box["y"]


def scroll_to(person: Person, top: int) -> None:
    person.log.evaluate("(log, top) => { log.scrollTop = top; }", top)


def is_at_end(person: Person) -> bool:
    return bool(person.log.evaluate("(log) => log.scrollHeight - log.scrollTop - log.clientHeight < 2"))


def settled(person: Person) -> None:
    """Two frames later: whatever was going to move has moved."""
    person.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_another_room_counts_what_is_unread_until_it_is_opened(meet: Meet, server: Server, room: str) -> None:
    other = fresh_room("other")
    ada = meet().enter(other).say("I was here").sees("I was here").enter(room)
    expect(ada.unread_in(other)).to_have_text("")
    speak(server, other, "one", "two")
    expect(ada.unread_in(other)).to_have_text("2")
    ada.enter(other).sees("I was here", "one", "two")
    expect(ada.unread_in(other)).to_have_text("")
    ada.until_heard("read")
    line = ada.page.locator("#chat-log .unread")
    expect(line).to_have_count(1)
    assert place_of(ada, "I was here") < line.bounding_box()["y"] < place_of(ada, "one")  # type: ignore[index]
    ada.enter(room)
    expect(ada.unread_in(other)).to_have_text("")


def test_what_was_read_is_not_new_when_one_comes_back(meet: Meet, server: Server, room: str) -> None:
    ada = meet().enter(room).say("mine").sees("mine")
    [seen] = speak(server, room, "seen")
    ada.sees("mine", "seen")
    ada.until(lambda: ada.until_heard("read")["seq"] == seen["seq"])
    ada.page.goto("/chat/")
    speak(server, room, "unseen")
    ada.enter(room).sees("mine", "seen", "unseen")
    line = ada.page.locator("#chat-log .unread")
    assert place_of(ada, "seen") < line.bounding_box()["y"] < place_of(ada, "unseen")  # type: ignore[index]


def test_what_was_seen_is_read_however_soon_one_leaves(meet: Meet, server: Server, room: str) -> None:
    ada = meet().enter(room).say("mine").sees("mine")
    for text in ("one", "two"):
        speak(server, room, text)
        ada.enter(room)
        expect(ada.message(text)).to_be_in_viewport()
        ada.page.goto("/chat/")
    ada.page.reload()
    expect(ada.unread_in(room)).to_have_text("")


def test_the_newest_is_shown_and_followed(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, *LINES[:40])
    ada = meet().enter(room).sees(*LINES[:40])
    assert is_at_end(ada)
    speak(server, room, "one more")
    expect(ada.message("one more")).to_be_in_viewport()
    ada.until(lambda: is_at_end(ada))
    expect(ada.pill).to_be_hidden()


def test_reading_further_up_nothing_jumps_and_a_pill_counts_what_is_new(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, *LINES[:50])
    ada = meet().enter(room).sees(*LINES[:50])
    scroll_to(ada, 300)
    settled(ada)
    before = place_of(ada, "line 20")
    speak(server, room, "new one", "new two", "new three")
    expect(ada.pill).to_have_text("3 new")
    settled(ada)
    assert place_of(ada, "line 20") == before
    ada.pill.click()
    expect(ada.message("new three")).to_be_in_viewport()
    ada.until(lambda: is_at_end(ada))
    expect(ada.pill).to_be_hidden()


def test_scrolling_up_brings_older_messages_and_keeps_the_place(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, *MANY)
    ada = meet(viewport={"width": 1000, "height": 600}).enter(room)
    expect(ada.stored).to_have_count(50)
    settled(ada)
    read, before = ada.page.evaluate(
        """() => {
          const log = document.getElementById("chat-log");
          log.scrollTop = 200;
          const edge = log.getBoundingClientRect().top;
          const read = [...log.querySelectorAll(".message")].find((row) => row.getBoundingClientRect().top > edge);
          return [read.id, read.getBoundingClientRect().top];
        }"""
    )
    expect(ada.stored.nth(74)).to_be_attached()
    settled(ada)
    after = ada.page.evaluate("(id) => document.getElementById(id).getBoundingClientRect().top", read)
    assert abs(after - before) <= 1
    for count in (100, 120):
        scroll_to(ada, 0)
        expect(ada.stored).to_have_count(count)
    ada.until(lambda: [text.split("\n")[0] for text in ada.texts()] == LINES)
    expect(ada.page.get_by_role("link", name="Older messages")).to_be_hidden()


def test_each_day_begins_with_its_line(meet: Meet, server: Server, room: str) -> None:
    speak(server, room, "on one day", "on the next", "and on")
    server.command(
        "shell", "-c",
        "from datetime import timedelta; from hubbub.models import Message; "
        f"m = Message.objects.filter(room__key={room!r}).order_by('seq').first(); m.at -= timedelta(days=1); m.save()",
    )  # fmt: skip
    ada = meet().enter(room).sees("on one day", "on the next", "and on")
    days = ada.page.locator("#chat-log .day")
    expect(days).to_have_text(["Yesterday", "Today"])
    boxes = [day.bounding_box() for day in days.all()]
    assert boxes[0]
    assert boxes[1]
    assert boxes[0]["y"] < place_of(ada, "on one day") < boxes[1]["y"] < place_of(ada, "on the next")
    assert ada.heads("on one day", "on the next", "and on") == [True, True, False]


def test_times_are_those_of_the_readers_clock(meet: Meet, server: Server, room: str) -> None:
    [frame] = speak(server, room, "what time is it?")
    here, there = meet(timezone_id="UTC").enter(room), meet(timezone_id="Asia/Tokyo").enter(room)
    hour = int(frame["at"][11:13])
    for person, wanted in ((here, hour), (there, (hour + 9) % 24)):
        expect(person.stored.locator(".message__time")).to_have_text(re.compile(f"^{wanted:02d}:"))


def test_a_link_to_a_message_leads_to_it(meet: Meet, server: Server, room: str) -> None:
    frames = speak(server, room, *LINES[:50])
    ada = meet()
    ada.page.goto(f"/chat/{room}/#m{frames[9]['id']}")
    expect(ada.message("line 10")).to_be_in_viewport()
