"""A person before a browser: enters rooms, writes, reads. Tests speak through it, and it minds the browser's console.

Knows the page by its ids, roles and names of parts; never by sleeping: every wait is for a condition.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright, expect
from websockets.sync.client import ClientConnection, connect

from tests.browser.contexts import PATIENCE, Contexts
from tests.servers import Server

LINE_BROKE = (
    r"WebSocket connection to .* failed|net::ERR_(CONNECTION|INTERNET|EMPTY|SOCKET|NETWORK|CONTENT_LENGTH|HTTP2)"
)

# The address bar's popups are two more renderers for each window.
NOT_NEEDED = "WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,OptimizationHints,MediaRouter,HttpsUpgrades"

expect.set_options(timeout=PATIENCE)

STORED = "#chat-log .message[data-id]"
PENDING = "#chat-log .message[data-state]"


def launch(playwright: Playwright) -> Browser:
    """The system's Chromium, quiet and without a line to anywhere else."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert path, "Chromium is missing: install it (Debian: apt-get install chromium) and try again."
    arguments = [
        "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--no-first-run", f"--disable-features={NOT_NEEDED}", *(["--no-sandbox"] if os.geteuid() == 0 else []),
    ]  # fmt: skip
    return playwright.chromium.launch(executable_path=path, args=arguments)


class Person:
    """Somebody with a browser of their own. `page` is the tab they look at."""

    def __init__(self, browser: Browser | Contexts, server: Server, **options: Any) -> None:
        self.server = server
        self.scripted = options.get("java_script_enabled", True)
        self._contexts = browser if isinstance(browser, Contexts) else Contexts(browser, server.url)
        self._context = self._contexts.lend(
            **{"base_url": server.url, "locale": "en-GB", "timezone_id": "Europe/London", **options}
        )
        if self._contexts is not browser:  # one that they have for themselves
            self._contexts.retire(self._context)
        self.trouble: list[str] = []
        self.frames: list[dict[str, Any]] = []
        self.requests: list[str] = []
        self.excused: list[str] = []
        self.page: Page = self.open_tab()
        self._contexts.clear(self.page)

    @property
    def context(self) -> BrowserContext:
        """Their browser. Whoever asks for it may change it for good, so it is not used again."""
        self._contexts.retire(self._context)
        return self._context

    # Going somewhere

    def open_tab(self) -> Page:
        """A new tab of this browser, minded."""
        page = self._context.new_page()
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.trouble.append(f"uncaught: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", self._opened)
        return page

    def enter(self, room: str, *, wait: bool = True) -> Person:
        """Open a room and wait until its log is live."""
        del self.frames[:]
        self.page.goto(f"{self.server.url}/chat/{quote(room, safe='')}/")
        if wait and self.scripted:
            self.until_heard("synced", "reset")
        return self

    def another_tab(self, room: str) -> Person:
        """The same person in a second tab of the same browser; their `page` is that tab."""
        twin: Person = object.__new__(Person)  # it shares the browser, the troubles and the excuses
        for shared in ("server", "scripted", "_contexts", "_context", "trouble", "requests", "excused"):
            setattr(twin, shared, getattr(self, shared))
        twin.frames, twin.page = [], twin.open_tab()
        return twin.enter(room)

    def close_tab(self) -> None:
        """Close the tab they look at."""
        self.page.close()

    # Saying

    def say(self, text: str) -> Person:
        """Write it and press Enter; Shift+Enter between the lines."""
        first, *rest = text.split("\n")
        self.composer.focus()
        self.page.keyboard.insert_text(first)
        for line in rest:
            self.page.keyboard.press("Shift+Enter")
            self.page.keyboard.insert_text(line)
        self.page.keyboard.press("Enter")
        return self

    def rename(self, name: str) -> Person:
        """Change the name in place."""
        form = self.page.locator("hubbub-name")
        form.locator("summary").click()
        form.get_by_label("Your name here").fill(name)
        form.get_by_role("button", name="Save").click()
        return self

    def tool(self, name: str) -> Locator:
        """What the room's bar has of this name; in a narrow window it lies behind a button, which is pressed."""
        more = self.page.locator(".header__more")
        if more.is_visible() and not self.page.locator(".tools").is_visible():
            more.click()
        return (
            self.page.locator(".tools")
            .get_by_role("button", name=name)
            .or_(self.page.locator(".tools").get_by_role("link", name=name))
        )

    # Seeing

    @property
    def name(self) -> str:
        """The name they go by."""
        return self.page.locator(".you__label").inner_text()

    @property
    def composer(self) -> Locator:
        return self.page.locator("#chat-message-input")

    @property
    def log(self) -> Locator:
        return self.page.locator("#chat-log")

    @property
    def stored(self) -> Locator:
        """The messages of the log that the server has."""
        return self.page.locator(STORED)

    @property
    def pending(self) -> Locator:
        """What they wrote that the server does not have yet."""
        return self.page.locator(PENDING)

    @property
    def bar(self) -> Locator:
        """How the line is; says nothing when it is well."""
        return self.page.locator("hubbub-connection")

    def is_well(self) -> Person:
        """Wait until the line is."""
        expect(self.bar).to_have_text("", use_inner_text=True, timeout=PATIENCE)
        return self

    @property
    def pill(self) -> Locator:
        return self.page.locator(".pill")

    def message(self, text: str) -> Locator:
        """The stored message that says this."""
        return self.stored.filter(has=self.page.locator(".message__body", has_text=re.compile(f"^{re.escape(text)}$")))

    def sees(self, *texts: str) -> Person:
        """Wait until the log's messages are exactly these, in this order."""
        expect(self.stored.locator(".message__body")).to_have_text(list(texts), timeout=PATIENCE)
        return self

    def heads(self, *texts: str) -> list[bool]:
        """Whether each of these messages shows who said it (a hidden head is still there for screen readers)."""
        boxes = [self.message(text).locator(".message__author").bounding_box() for text in texts]
        return [box is not None and box["width"] > 2 for box in boxes]

    def unread_in(self, room: str) -> Locator:
        """The count beside a room in the sidebar."""
        return self.page.locator(f'.sidebar [data-room="{room}"] .rooms__count')

    def texts(self) -> list[str]:
        """What the log's stored messages say, now."""
        return [text.strip() for text in self.stored.locator(".message__body").all_inner_texts()]

    def until(self, condition: Callable[[], bool], *, seconds: float = PATIENCE / 1000) -> None:
        """Wait for a condition that no locator can tell."""
        for _ in range(int(seconds * 100)):
            if condition():
                return
            self.page.wait_for_timeout(10)
        raise AssertionError("it did not come to pass")

    def until_heard(self, *types: str, after: int = 0) -> dict[str, Any]:
        """Wait for a frame of one of these types, past the first `after` frames. Returns the newest."""

        def heard() -> list[dict[str, Any]]:
            return [frame for frame in self.frames[after:] if frame["type"] in types]

        self.until(lambda: bool(heard()))
        return heard()[-1]

    # Minding the browser

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Within: the network is gone, and the browser knows."""
        self.excuse(LINE_BROKE)
        self._context.set_offline(True)
        try:
            yield
        finally:
            self._context.set_offline(False)

    def excuse(self, pattern: str) -> Person:
        """What the browser will rightly complain about in this test."""
        self.excused.append(pattern)
        return self

    def close(self) -> None:
        """Leave; fails when the browser complained or asked a stranger for anything."""
        self._contexts.take_back(self._context)
        complaints = [line for line in self.trouble if not any(re.search(known, line) for known in self.excused)]
        assert not complaints, f"the browser complained: {complaints}"
        strangers = [url for url in self.requests if not self._is_home(url)]
        assert not strangers, f"asked somebody else: {strangers}"

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.trouble.append(f"{message.text} ({message.location.get('url', '')})")

    def _opened(self, socket: Any) -> None:
        self.requests.append(socket.url)
        socket.on("framereceived", lambda text: self.frames.append(json.loads(text)))

    def _is_home(self, url: str) -> bool:
        return url.startswith(("data:", "about:", "blob:")) or urlsplit(url).netloc == urlsplit(self.server.url).netloc


def fresh_room(kind: str = "room") -> str:
    """A room that no other test speaks in."""
    return f"{kind}-{secrets.token_hex(4)}"


def speak(server: Server, room: str, *texts: str) -> list[dict[str, Any]]:
    """Say it over the plain room socket, as one guest; the stored messages, oldest first."""
    heard: list[dict[str, Any]] = []
    with connect(f"{server.ws}/ws/chat/{quote(room, safe='')}/") as socket:
        for text in texts:
            socket.send(json.dumps({"message": text}))
            heard.append(_stored(socket, text))
    return heard


FILL = """
from hubbub import chat, journal
from hubbub.identity import Identity
import uuid
who = Identity(uuid.UUID(int=0xB0B), "Bob")
text = lambda number: f"line {number}" + "\\nand one more" * (number %% 3)
for start in range(0, %d, 500):
    numbers = range(start + 1, min(start + 500, %d) + 1)
    journal.write([chat.draft(who, %r, text(number), create_room=True) for number in numbers])
"""


def fill(server: Server, room: str, count: int) -> None:
    """Say "line 1" to "line `count`" there, many at once; every third of one line, of two, of three."""
    server.command("shell", "-v", "0", "-c", FILL % (count, count, room))


def _stored(socket: ClientConnection, text: str) -> dict[str, Any]:
    """The message with these words; what others say in the room meanwhile passes by."""
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(timeout=PATIENCE / 1000))
        assert frame["type"] == "message", frame
        if frame["message"] == text:
            return frame
