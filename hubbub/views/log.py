"""The log of a room's page: messages in the one markup there is for a message, with day and unread dividers.

What it shows depends on the room's number alone, so a page is kept under that number; and a message's markup on its
present state and its author's name, so it is kept too. The next page that shows it costs a look-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from sys import getsizeof
from typing import Any

import msgspec
from django.template.loader import get_template
from django.utils import timezone, translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from msgspec.structs import asdict

from hubbub import history
from hubbub.conf import settings
from hubbub.history import Head, Page
from hubbub.protocol import Message, Quote, ReactionView
from hubbub.shelf import Shelf
from hubbub.views.addressed import addressed, is_named
from hubbub.views.page import deeds_url, person_url

NAMED = 20  # who reacted, by name
GROUPED = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Log:
    """A page of a room's log as HTML, and where it stands: the seqs of its first and last message, whether there are
    older ones, whether it reaches the present, and the seq of the message that it was opened for. 0 stands for none.
    `named`: names in it are still to be addressed."""

    html: SafeString
    first: int
    last: int
    older: bool
    present: bool
    focus: int = 0
    named: bool = False


@dataclass(frozen=True, slots=True)
class Where:
    """Which page of a log: before or after a seq, or around one; the newest without any."""

    before: int | None = None
    after: int | None = None
    around: int | None = None


@dataclass(frozen=True, slots=True)
class _Look:
    """What a message's markup depends on besides the message: the room's address, the language and the time zone."""

    url: str
    language: str
    zone: str


# Bytes: some 170 pages, some 4,000 messages as they usually are.
_pages: Shelf[Log] = Shelf(8_000_000, lambda page: getsizeof(page.html))
_messages: Shelf[str] = Shelf(8_000_000, getsizeof)


def log(epoch: str, head: Head, url: str, read: int | None, where: Where = Where()) -> Log:
    """A page of the room that stands at `head`, with an unread divider after seq `read` (None: no divider).

    Everything that shows on it takes the room's next number when it changes, so a page is kept under that number.
    """
    look = _Look(url, translation.get_language() or "", timezone.get_current_timezone_name())
    size = settings().page_messages
    return _pages.get((epoch, head, read, where, size, look), lambda: _log(head, read, where, size, look))


def _log(head: Head, read: int | None, where: Where, size: int, look: _Look) -> Log:
    page = _read(head, where, size)
    if not page.messages:
        return Log(mark_safe(""), 0, 0, False, True)
    first, last = page.messages[0], page.messages[-1]
    if read is not None and page.more and first.seq > read:
        read = None  # the first unread message stands on an older page: the line would lie
    focus = page.focus if page.focus == where.around else 0
    html = _html(page.messages, read, focus, look)
    return Log(html, first.seq, last.seq, page.more, last.ordinal >= head.ordinal, focus, is_named(html))


def _read(head: Head, where: Where, size: int) -> Page:
    if where.around is not None:
        return history.around(head, where.around, size)
    return history.page(head, size, where.before) if where.after is None else history.after(head, where.after, size)


def _html(messages: Sequence[Message], read: int | None, focus: int, look: _Look) -> SafeString:
    parts = []
    before: Message | None = None
    for message in messages:
        new_day = before is None or _local(before.at).date() != _local(message.at).date()
        first_unread = read is not None and message.seq > read
        if new_day:
            parts.append(_day(_local(message.at).date().isoformat(), look.language))
        if first_unread:
            parts.append(_unread(look.language))
            read = None
        grouped = (
            not (new_day or first_unread or message.seq == focus) and before is not None and _continues(before, message)
        )
        parts.append(_message(message, grouped, message.seq == focus, look))
        before = message
    return mark_safe("".join(parts))  # noqa: S308  each part is a rendered template


def _continues(before: Message, message: Message) -> bool:
    if message.reply_to is not None:
        return False
    near = _local(message.at) - _local(before.at) < GROUPED
    return before.author.id == message.author.id and near


def _local(at: str) -> datetime:
    return timezone.localtime(datetime.fromisoformat(at))


def _message(message: Message, grouped: bool, focus: bool, look: _Look) -> str:
    return _messages.get(
        (_face(message), grouped, focus, look),
        lambda: get_template("hubbub/message.html").render(
            {"message": shown(message, look.url), "grouped": grouped, "focus": focus}
        ),
    )


def _face(message: Message) -> tuple[Any, ...]:
    """The same for two that look the same. What a message quotes and the names under it change without its number."""
    hangs = msgspec.json.encode((message.reply_to, message.reactions)) if message.reply_to or message.reactions else b""
    return message.id, message.changed, message.author.name, message.author.guest, message.seq, hangs


def shown(m: Message, room_url: str) -> dict[str, Any]:
    """What the template shows of a message, in the room at this address."""
    return {
        "id": m.id, "seq": m.seq, "changed": m.changed, "ordinal": m.ordinal, "author": m.author, "message": m.message,
        "html": mark_safe(m.html), "at": _local(m.at), "at_iso": m.at, "nonce": m.nonce, "url": f"{room_url}{m.seq}/",  # noqa: S308  render.py's
        "author_url": person_url(m.author.id),
        "deleted": m.deleted, "pinned": m.pinned, "reply_to": m.reply_to and _quote(m.reply_to, room_url),
        "edited_at": m.edited_at and _local(m.edited_at), "edited_iso": m.edited_at, "deeds_url": deeds_url(m.id),
        "reactions": [{"emoji": r.emoji, "count": r.count, "who": _who(r)} for r in m.reactions],
        "reactions_json": msgspec.json.encode(m.reactions).decode() if m.reactions else "",
    }  # fmt: skip


def _quote(quote: Quote, room_url: str) -> dict[str, Any]:
    return {**asdict(quote), "url": f"{room_url}{quote.seq}/"}


def _who(reaction: ReactionView) -> str:
    """The names of who reacted, as far as one reads on."""
    people = reaction.people[:NAMED]
    names, others = ", ".join(person.name for person in people), reaction.count - len(people)
    return f"{names} {gettext('and {n} others').format(n=others)}" if others else names


def one(message: Message, room_url: str, you: str) -> SafeString:
    """The markup of one message by itself, for the person with this id."""
    look = _Look(room_url, translation.get_language() or "", timezone.get_current_timezone_name())
    return addressed(_message(message, False, False, look), you)


@lru_cache(maxsize=512)
def _day(day: str, language: str) -> str:
    return get_template("hubbub/day.html").render({"day": datetime.fromisoformat(day).date()})


@lru_cache(maxsize=64)
def _unread(language: str) -> str:
    return get_template("hubbub/unread.html").render({})


def forget() -> None:
    """Forget all kept markup: templates or settings changed."""
    for kept in (_pages, _messages):
        kept.clear()
    for made in (_day, _unread):
        made.cache_clear()
