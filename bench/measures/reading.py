"""Reading and writing in a real Chromium: from a key press to the paint, and a long room that scrolls by."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import Page, sync_playwright

from bench.machine import Missing
from bench.run import Run
from bench.servers import ROOT, NotStarted, Server, hubbub_command, hubbub_environment, running, start_hubbub
from bench.table import Row
from tests.browser.people import launch

LONG = 100_000
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WALK = (ROOT / "tests" / "browser" / "walk.js").read_text()
PACE = (Path(__file__).parent / "reading.js").read_text()

# Messages of one, two, four and ten lines, a day after another, by three people.
FILL = """
import uuid
from datetime import timedelta
from django.utils import timezone
from hubbub import chat, journal
from hubbub.identity import Identity
from hubbub.models import Message
people = [Identity(uuid.UUID(int=0xB0B + number), name) for number, name in enumerate(("Ada", "Ben", "Cleo"))]
lines = (1, 1, 2, 1, 4, 1, 1, 10)
def text(number):
    return "\\n".join(f"This is line {{line}} of message {{number}}." for line in range(lines[number % 8]))
for start in range(0, {count}, 500):
    drafts = [chat.draft(people[n // 3 % 3], "long", text(n), create_room=True) for n in range(start, start + 500)]
    journal.write(drafts)
"""


def key_press(run: Run) -> list[Row]:
    """From Enter in the composer to the frame that shows the message, and to the one that shows it stored."""
    with _opened(run, 500, "/chat/long/") as page:
        page.locator("#chat-message-input").focus()
        pace: dict[str, list[float]] = {"shown": [], "stored": []}
        for number in range(run.pick(60, 20)):
            page.keyboard.insert_text(f"Something to say, number {number}")
            page.evaluate("() => pace.begin()")
            page.keyboard.press("Enter")
            for name, took in page.evaluate("() => pace.end()").items():
                pace[name].append(took)
    rows = []
    for name, words, most_allowed in (("shown", "shows it", 50), ("stored", "shows it as stored", None)):
        middle, most = median(pace[name]), quantiles(pace[name], n=20)[-1]
        run.say(f"the frame that {words}: {middle:.0f} ms, 95 of 100 within {most:.0f} ms")
        rows.append(
            Row(
                f"key press to the frame that {words}, sender's side, Chromium: median · 95 of 100 within",
                f"{middle:.0f} ms · {most:.0f} ms",
                target=f"≤ {most_allowed} ms" if most_allowed else "–",
                met=most <= most_allowed if most_allowed else None,
                samples={f"{name}_ms": pace[name]},
            )
        )
    return rows


def long_scroll(run: Run) -> list[Row]:
    """A room of 100,000 messages by the wheel, and page by page: frames over budget, elements alive, what moved."""
    count = run.pick(LONG, 10_000)
    with _opened(run, count, f"/chat/long/{count // 2}/") as page:
        box = page.locator("#chat-log").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.evaluate("() => wheel.begin()")
        for turn in range(run.pick(600, 150)):
            page.mouse.wheel(0, -200 if turn % 300 < 200 else 200)
            page.wait_for_timeout(16)
        frames: dict[str, Any] = page.evaluate("() => wheel.end()")
        page.wait_for_timeout(1_000)  # until the last turn of the wheel has rolled out
        walked = [
            json.loads(page.evaluate("([direction, most]) => walk(direction, most)", [direction, run.pick(60, 15)]))
            for direction in ("up", "down")
        ]
    late = frames["late"] / max(1, frames["frames"]) * 100
    most = max(frames["most"], *(walk["most"] for walk in walked))
    drift = max(walk["drift"] for walk in walked)
    pages = frames["pages"] + sum(walk["pages"] for walk in walked)
    run.say(f"{frames['frames']} frames by the wheel, {frames['longest']:.0f} ms the longest; {pages} pages came")
    return [
        Row(
            f"a room of {count:,} messages by the wheel, Chromium: frames over 33 ms · message elements alive at most",
            f"{late:.1f} % of {frames['frames']} · {most}",
            target="≤ 2 % · ≤ 400",
            met=late <= 2 and most <= 400,
            samples={"late_percent": [late], "longest_ms": [frames["longest"]], "alive": [most]},
        ),
        Row(
            f"the same, {pages} pages fetched: how far what is read moved at worst",
            f"{drift:.0f} px",
            target="0 px",
            met=drift < 1,
            samples={"drift_px": [drift]},
        ),
    ]


@contextmanager
def _opened(run: Run, messages: int, path: str) -> Iterator[Page]:
    """A window of 1280×800 at a page of a server whose room `long` has so many messages."""
    if not any(map(shutil.which, BROWSERS)):
        raise Missing("These rows are measured in a real browser: install Chromium (Debian: apt install chromium).")
    with running(_filled(run, messages)) as server, sync_playwright() as playwright:
        browser = launch(playwright)
        try:
            page = browser.new_context(bypass_csp=True, viewport={"width": 1280, "height": 800}).new_page()
            page.goto(f"http://127.0.0.1:{server.port}{path}")
            page.evaluate(
                "([pace, walk]) => import(`data:text/javascript,${encodeURIComponent(pace)}`)"
                ".then(({ equip }) => equip(`data:text/javascript,${encodeURIComponent(walk)}`))",
                [PACE, WALK],
            )
            yield page
        finally:
            browser.close()


def _filled(run: Run, messages: int) -> Server:
    data = run.new_data()
    start_hubbub(data).stop()
    done = subprocess.run(
        [hubbub_command(), "shell", "-v", "0", "-c", FILL.format(count=messages)],
        cwd=ROOT,
        env=hubbub_environment(data),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise NotStarted(f"hubbub shell filled no room: {done.stderr.strip()[-600:]}")
    return start_hubbub(data)
