"""Saying something: what may be said, by whom, how often."""

from __future__ import annotations

import secrets

from hubbub import errors, journal, policy
from hubbub.chat.at_once import store_now
from hubbub.chat.writing import beside, written
from hubbub.conf import settings
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.journal import Draft, Stored
from hubbub.models.room_name import name_and_key
from hubbub.models.visible import is_blank
from hubbub.node import Node
from hubbub.rates import rates


def draft(
    author: Identity,
    room: str,
    text: str,
    nonce: str = "",
    *,
    reply_to: int | None = None,
    create_room: bool | None = None,
) -> Draft:
    """A post that may be stored, perhaps in answer to the message with the id `reply_to`. Refuses a room name that
    can't be, an empty or too long text, and who may not speak.

    Without a `nonce` the post gets one of its own: then a retry is another post.
    """
    check_may_speak(author)
    name, key = name_and_key(room)
    text = clean_text(text)
    make = settings().create_rooms if create_room is None else create_room
    own = nonce or secrets.token_hex(16)
    said = written(author, key, text)
    return Draft(
        author, name, key, own, text, said.html, make, retried=bool(nonce),
        mentions=said.mentions, strangers=said.strangers, reply_to=reply_to,
    )  # fmt: skip


async def draft_aside(
    node: Node, author: Identity, room: str, text: str, nonce: str, reply_to: int | None = None
) -> Draft:
    """The same on an event loop. Who drafts several waits for each before the next: then they keep their order."""
    return await beside(node, text, lambda: draft(author, room, text, nonce, reply_to=reply_to))


def clean_text(text: str) -> str:
    """`text` with its line ends as \\n and its outer white space gone. Refuses nothing-to-see and too much."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()
    seen = text[:1].isascii() and text[:1].isprintable()
    if not text or (not seen and is_blank(text)):
        raise Refusal("empty", "There is nothing in that message.", field="message")
    if len(text) > settings().message_length:
        raise Refusal("too_long", f"A message has at most {settings().message_length:,} characters.", field="message")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Refusal("bad_frame", "That message is not valid Unicode.", field="message") from None
    return text


def check_may_speak(who: Identity | None) -> None:
    """Refuses nobody, and guests where guests are not let in."""
    if who is None or (who.guest and not policy.guests()):
        raise errors.not_allowed()


def post(node: Node, draft: Draft, answer: journal.writer.Answer) -> None:
    """Say it: `answer` gets the outcome after the commit, when the room has been told."""
    node.journal.submit(draft, answer)


def post_now(draft: Draft) -> Stored:
    """Say it from a thread: stored with the present transaction, announced when that commits. Raises Refusal."""
    return store_now(draft)


def check_post_rate(who: Identity, address: str) -> None:
    """Count a post of this person from this address. Refuses `rate_limited`."""
    rates.check_post(who.id, address)
