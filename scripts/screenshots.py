#!/usr/bin/env python
"""The pictures in docs/screenshots: a room, the list of rooms and a search, light and dark, wide and narrow; and each
state that a room comes into while somebody does something in it, wide in the light and narrow, by touch, in the dark.

    python scripts/screenshots.py

Starts a server in a temporary folder, tells it a conversation of two days, opens real Chromium at a fixed hour, and
prints each file it makes. Nothing of the machine's own data is touched.
"""

from __future__ import annotations

import json
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser.people import Person, launch  # noqa: E402  from this tree
from tests.servers import Server  # noqa: E402  likewise

PICTURES = ROOT / "docs" / "screenshots"
LARGEST = 250_000  # bytes
NOW = "2026-03-12T16:47:00Z"
SIZES = {"": {"width": 1280, "height": 800}, "-narrow": {"width": 390, "height": 844}}
TOUCHED = {"": False, "-narrow": True}

ACCOUNTS = ["Mara Lindqvist", "Tomás Rey", "Aiko Tanaka", "Ben Okafor", "Leila Haddad"]
MARA, TOMAS, AIKO, BEN, LEILA = ACCOUNTS
GUEST = "Quiet Otter"

# (room, who, when, what), oldest first
SAID = [
    ("music 🎶", BEN, "2026-03-10 19:20", "Who still has the *red* songbook?"),
    ("music 🎶", MARA, "2026-03-10 19:31", "Me! I bring it on Sunday."),
    ("bike repair", AIKO, "2026-03-11 11:02", "The truing stand is free again."),
    ("bike repair", MARA, "2026-03-11 11:15", "Great, I'll come by at six."),
    ("garden fair", TOMAS, "2026-03-11 17:02", "The town said yes: we have the old orchard for the whole weekend 🌿"),
    ("garden fair", AIKO, "2026-03-11 17:04", "Wonderful!! That leaves room for the seed swap *and* the workshop."),
    ("garden fair", AIKO, "2026-03-11 17:05", "I can draw the map tonight."),
    ("garden fair", MARA, "2026-03-11 17:11", "Then I write to the stalls. Same list as last year?\n"
     "https://garden.example/stalls/2025"),
    ("garden fair", TOMAS, "2026-03-11 17:12", "Yes, plus the beekeepers. They asked twice already 🐝"),
    ("book club", LEILA, "2026-03-11 20:40", "Chapter 7 until Thursday, please."),
    ("kitchen", TOMAS, "2026-03-12 08:55", "Coffee is on."),
    ("kitchen", MARA, "2026-03-12 09:01", "You are a saint."),
    ("garden fair", BEN, "2026-03-12 15:58", "The sign-up page is live. If you want the numbers yourself:\n"
     "```\ncurl -s https://garden.example/signups.json | jq length\n```"),
    ("garden fair", BEN, "2026-03-12 15:59", "It says `47` right now, and it is only Thursday."),
    ("garden fair", LEILA, "2026-03-12 16:20", "47 already? We need more benches 🎉"),
    ("garden fair", MARA, "2026-03-12 16:22", "The school lends us twenty. I asked this morning."),
    ("kitchen", BEN, "2026-03-12 16:30", "There is cake. I repeat: there is cake."),
    ("kitchen", AIKO, "2026-03-12 16:32", "On my way!"),
    ("book club", LEILA, "2026-03-12 16:35", "And bring the second volume, if you have it."),
    ("garden fair", GUEST, "2026-03-12 16:41", "Hello! I am new in town. Can I help with the *music*?"),
    ("garden fair", TOMAS, "2026-03-12 16:43", "Welcome! Yes, very much: we have two hours on Sunday and nobody yet."),
    ("garden fair", TOMAS, "2026-03-12 16:44", "Come by at the orchard on Saturday, around ten?"),
]  # fmt: skip
REACTED = [
    (AIKO, "47 already", "🎉"),
    (TOMAS, "47 already", "🎉"),
    (BEN, "47 already", "🌿"),
    (LEILA, "The school", "❤️"),
]
PINNED = [(TOMAS, "The town said yes"), (BEN, "The sign-up page")]
READ_UNTIL = "The school lends us twenty"  # by Mara, in the garden fair

TELL = """
import json, uuid
from datetime import datetime, timezone
from django.contrib.auth import get_user_model
from django.test import Client
from hubbub.api import pin_message, post_message, react
from hubbub.models import Membership, Message, Person, Room
accounts, said, guest, reacted, pinned = json.loads(input())
users, sessions = {}, {}
for name in accounts:
    first, last = name.split(" ", 1)
    users[name] = get_user_model().objects.create_user(first.lower(), first_name=first, last_name=last)
    client = Client()
    client.force_login(users[name])
    sessions[name] = client.cookies["sessionid"].value
users[guest] = Person.objects.create(id=uuid.UUID(int=0xc << 124), name=guest)
for room, who, at, text in said:
    at = datetime.fromisoformat(at).replace(tzinfo=timezone.utc)
    message = post_message(room, text, author=users[who])
    Message.objects.filter(id=message.id).update(at=at)
    Room.objects.filter(name=room).update(last_at=at)
for who, words, emoji in reacted:
    react(Message.objects.get(text__startswith=words).id, emoji, author=users[who])
for who, words in pinned:
    pin_message(Message.objects.get(text__startswith=words).id, author=users[who])
print(json.dumps(sessions))
"""

FORGET = """
from hubbub.models import Membership, Message
last = Message.objects.get(text__startswith={text!r})
Membership.objects.filter(room=last.room, person=last.author).update(read_seq=last.seq, read_ordinal=last.ordinal)
"""


def main() -> int:
    """Make the pictures. Returns the exit code."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="hubbub-screenshots-") as folder, sync_playwright() as playwright:
        server = Server(Path(folder) / "data")
        server.command("migrate", "--verbosity", "0")
        sessions = json.loads(
            server.command("shell", "-v", "0", "-c", TELL, input=json.dumps([ACCOUNTS, SAID, GUEST, REACTED, PINNED]))
        )
        browser = launch(playwright)
        try:
            server.start()
            for picture in pictures(browser, server, sessions):
                squeeze(picture)
                size = picture.stat().st_size
                print(f"{picture.relative_to(ROOT)} ({size // 1000} kB)", flush=True)
                assert size <= LARGEST, f"{picture} is larger than {LARGEST} bytes"
        finally:
            browser.close()
            server.kill()
    return 0


def pictures(browser: Browser, server: Server, sessions: dict[str, str]) -> Iterator[Path]:
    """Take each picture as Mara sees it, with the others in the room."""
    others = {name: arrive(browser, server, sessions[name]) for name in (AIKO, BEN, LEILA, TOMAS)}
    for other in others.values():
        other.enter("garden fair")
    for suffix, size in SIZES.items():
        for colours in ("light", "dark"):
            server.command("shell", "-v", "0", "-c", FORGET.format(text=READ_UNTIL))
            hand = {"has_touch": TOUCHED[suffix], "is_mobile": TOUCHED[suffix]}
            mara = arrive(browser, server, sessions[MARA], viewport=size, color_scheme=colours, **hand)
            yield of_rooms(mara, PICTURES / f"rooms{suffix}-{colours}.png")
            yield of_room(mara, others[TOMAS], PICTURES / f"room{suffix}-{colours}.png")
            yield of_search(mara, PICTURES / f"search{suffix}-{colours}.png")
            mara.close()
    for suffix, colours in (("", "light"), ("-narrow", "dark")):
        hand = {"has_touch": TOUCHED[suffix], "is_mobile": TOUCHED[suffix]}
        mara = arrive(browser, server, sessions[MARA], viewport=SIZES[suffix], color_scheme=colours, **hand)
        for name, state in STATES.items():
            yield of_state(mara, state, PICTURES / f"{name}{suffix}-{colours}.png")
        mara.close()
    for other in others.values():
        other.close()


def arrive(browser: Browser, server: Server, session: str, **options: Any) -> Person:
    """Somebody who is signed in, at the hour of the pictures."""
    person = Person(browser, server, timezone_id="UTC", reduced_motion="reduce", **options)
    person.context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
    person.page.clock.set_fixed_time(NOW)
    return person


def of_rooms(mara: Person, picture: Path) -> Path:
    """The list of rooms."""
    mara.page.goto("/chat/")
    expect(mara.page.locator("main")).to_contain_text("garden fair")
    mara.page.evaluate("() => document.fonts.ready")
    mara.page.screenshot(path=picture)
    return picture


def of_room(mara: Person, tomas: Person, picture: Path) -> Path:
    """The garden fair, while Tomás writes."""
    tomas.enter("garden fair").composer.fill("")  # to a stopped clock, only a new page types anew
    mara.enter("garden fair")
    expect(mara.page.locator(".people__count")).to_have_text("5")
    tomas.composer.press_sequentially("By the way")
    expect(mara.page.locator("hubbub-typing")).to_contain_text("Tomás Rey is typing")
    mara.page.screenshot(path=picture)
    return picture


def of_search(mara: Person, picture: Path) -> Path:
    """A search over the garden fair, in all rooms."""
    mara.enter("garden fair")
    mara.page.keyboard.press("Control+Shift+F")
    mara.page.keyboard.type("we")
    expect(mara.page.locator(".finder .found")).not_to_have_count(0)
    mara.page.screenshot(path=picture)
    return picture


def of_state(mara: Person, state: Callable[[Person], None], picture: Path) -> Path:
    """The garden fair, or what leads away from it, after somebody did something."""
    mara.enter("garden fair")
    expect(mara.page.locator(".people__count")).to_have_text("5")
    state(mara)
    mara.page.screenshot(path=picture)
    if mara.composer.count():
        mara.page.keyboard.press("Escape")
        mara.composer.press("Escape")  # and nothing is answered any more
    return picture


def hand_on(mara: Person, words: str) -> Locator:
    """The buttons at a message: under the mouse, or after a tap."""
    message = mara.stored.filter(has_text=words).last
    message.scroll_into_view_if_needed()
    if mara.page.evaluate("() => matchMedia('(hover: none)').matches"):
        message.locator(".message__body").tap()
    else:
        message.hover()
    return message.locator("hubbub-toolbar")


def menu(mara: Person) -> None:
    hand_on(mara, "The school lends us").locator("[data-deed=menu]").click()


def picker(mara: Person) -> None:
    hand_on(mara, "47 already").locator("[data-deed=react]").click()
    expect(mara.page.locator(".picker__emoji").first).to_be_visible()


def editing(mara: Person) -> None:
    hand_on(mara, "The school lends us").locator("[data-deed=edit]").click()


def replying(mara: Person) -> None:
    hand_on(mara, "Come by at the orchard").locator("[data-deed=reply]").click()


def pins(mara: Person) -> None:
    mara.tool("Pinned messages").click()
    expect(mara.page.locator("#pins .message").first).to_be_visible()


def day(mara: Person) -> None:
    mara.tool("Go to a day").click()


def switcher(mara: Person) -> None:
    mara.page.keyboard.press("Escape")
    mara.page.keyboard.press("Control+K")
    expect(mara.page.locator(".switcher__option").first).to_be_visible()


def keys(mara: Person) -> None:
    mara.page.keyboard.press("Control+/")


def naming(mara: Person) -> None:
    mara.composer.press_sequentially("Thanks, @")
    expect(mara.page.locator(".completion__option").first).to_be_visible()


def card(mara: Person) -> None:
    mara.composer.fill("")
    mara.stored.filter(has_text="47 already").last.locator(".message__avatar").click()
    expect(mara.page.locator("#person-card")).to_be_visible()


def about(mara: Person) -> None:
    mara.page.locator(".header__about").click()
    mara.page.wait_for_url("**/-/about/")


STATES: dict[str, Callable[[Person], None]] = {
    "menu": menu, "picker": picker, "editing": editing, "replying": replying, "pins": pins, "day": day,
    "switcher": switcher, "keys": keys, "naming": naming, "card": card, "about": about,
}  # fmt: skip


def squeeze(picture: Path) -> None:
    """Pack the pixels of a PNG tighter (RFC 2083: one zlib stream over all IDAT chunks); drop what is not needed."""
    raw = picture.read_bytes()
    chunks, place = [], 8
    while place < len(raw):
        (length,) = struct.unpack(">I", raw[place : place + 4])
        chunks.append((raw[place + 4 : place + 8], raw[place + 8 : place + 8 + length]))
        place += 12 + length
    pixels = zlib.decompress(b"".join(content for kind, content in chunks if kind == b"IDAT"))
    kept = [
        next(chunk for chunk in chunks if chunk[0] == b"IHDR"),
        (b"IDAT", zlib.compress(pixels, 9)),
        (b"IEND", b""),
    ]
    packed = b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in kept
    )
    if len(packed) < len(raw) - 8:
        picture.write_bytes(raw[:8] + packed)


if __name__ == "__main__":
    sys.exit(main())
