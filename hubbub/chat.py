"""The verbs, and who may do what. Every door calls these: sockets, pages, the Python API, commands.

A verb comes in up to two forms: `async` for the sockets of a node, through its journal's group commit; and, with
`_now`, for a thread that may be inside a transaction of its own, which stores at once on that thread's connection
and announces when it commits.
"""

from __future__ import annotations

import random
from typing import Any

from django.db import DatabaseError, transaction

from hubbub import errors, identity, journal, node, sessions
from hubbub.conf import settings
from hubbub.errors import Refusal
from hubbub.figures import figures
from hubbub.identity import Identity
from hubbub.journal import Draft, ReadMark, Rename, Stored
from hubbub.journal.batch import database
from hubbub.models import Person
from hubbub.models.person import account_name, clean_name
from hubbub.models.room_name import name_and_key
from hubbub.models.visible import is_blank
from hubbub.node import Node
from hubbub.protocol import ReadUpTo
from hubbub.rates import rates
from hubbub.render import aside, is_dear, render

# ── saying ──────────────────────────────────────────────────────────────────────────────────────────


def draft(author: Identity, room: str, text: str, nonce: str = "", *, create_room: bool | None = None) -> Draft:
    """A post that may be stored. Refuses a room name that can't be, an empty or too long text, and who may not speak.

    Without a `nonce` the post gets one of its own: then a retry is another post.
    """
    check_may_speak(author)
    name, key = name_and_key(room)
    text = clean_text(text)
    make = settings().create_rooms if create_room is None else create_room
    own = nonce or f"{random.getrandbits(128):032x}"
    return Draft(author, name, key, own, text, render(text), make, retried=bool(nonce))


async def draft_aside(author: Identity, room: str, text: str, nonce: str) -> Draft:
    """The same on an event loop, which a text that costs much to render does not hold up. Who drafts several waits for
    each before the next: then they keep their order."""
    if is_dear(text):
        return await aside(lambda: draft(author, room, text, nonce))
    return draft(author, room, text, nonce)


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
    if who is None or (who.guest and not settings().guests):
        raise errors.not_allowed()


def post(node: Node, draft: Draft, answer: journal.writer.Answer) -> None:
    """Say it: `answer` gets the outcome after the commit, when the room has been told."""
    node.journal.submit(draft, answer)


def post_now(draft: Draft) -> Stored:
    """Say it from a thread: stored with the present transaction, announced when that commits. Raises Refusal."""
    return _store_now(draft)


def _store_now(change: journal.Change) -> Stored:
    try:
        outcome = journal.write([change])[0]
    except DatabaseError as error:
        if transaction.get_connection(database()).in_atomic_block:
            raise  # the transaction is the caller's, and so is what becomes of it
        figures.database_errors.add("page")
        raise errors.try_again() from error
    if isinstance(outcome, Refusal):
        raise outcome
    transaction.on_commit(lambda: _committed(outcome), using=database())
    return outcome


def _committed(stored: Stored) -> None:
    if stored.message is not None and stored.announcements:
        figures.posts.add("page")
    node.publish(stored.announcements)


# ── being somebody ──────────────────────────────────────────────────────────────────────────────────


def rename_now(who: Identity, name: str) -> Identity:
    """The same person under a new name, told to each of their rooms. Refuses a name nobody can have."""
    name = clean_name(name)
    _store_now(Rename(who, name))
    renamed = identity.renamed(who, name)
    if here := node.running():
        here.loop.call_soon_threadsafe(here.presence.rename, renamed.view)
    return renamed


def tell_name(who: Identity) -> None:
    """Number and tell what others see of a person, under the name of `who`, in each of their rooms."""
    _store_now(Rename(who, who.name))


def adopt_guest(guest: Identity, user: Any) -> None:
    """Make a guest the voice of the account `user`, unless it has one: who signs up keeps what they said, now under
    the account's name. The guest's open sockets end."""
    if Person.objects.filter(user_id=user.pk).exists():
        return
    with transaction.atomic(using=database()):
        if Person.objects.filter(id=guest.id, user=None).update(user=user):
            tell_name(identity.renamed(identity.of_user(user), account_name(user)))
            sessions.end_everywhere(person=guest.id.hex)


# ── reading ─────────────────────────────────────────────────────────────────────────────────────────


async def mark_read(node: Node, who: Identity, room: str, seq: int) -> None:
    """Move the reader's position forward and tell their other sockets."""
    _, key = name_and_key(room)
    stored = await node.journal.write(ReadMark(who, key, seq))
    node.tell_read(who.id.hex, ReadUpTo(room=key, seq=stored.read_seq, unread=stored.unread))


def mark_read_now(who: Identity, key: str, seq: int) -> None:
    """The same from a page."""
    stored = _store_now(ReadMark(who, key, seq))
    if here := node.running():
        read = ReadUpTo(room=key, seq=stored.read_seq, unread=stored.unread)
        here.loop.call_soon_threadsafe(here.tell_read, who.id.hex, read)


def check_post_rate(who: Identity, address: str) -> None:
    """Count a post of this person from this address. Refuses `rate_limited`."""
    rates.check_post(who.id, address)
