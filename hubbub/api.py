"""The Python API for the project that Hubbub is part of.

    from hubbub.api import post_message

    message = post_message("deploys", "v2.1 is out", author=request.user)
    edit_message(message.id, "v2.1 is out everywhere", author=request.user)

Call from a thread (a view, a command, a task). Inside a transaction the message is stored with it and announced when
it commits; if it rolls back, nothing was said.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from hubbub import access, chat, history
from hubbub import people as known
from hubbub.identity import Identity, of_user
from hubbub.journal import Stored
from hubbub.mentions.unread import unread as unread_calls
from hubbub.models import Invitation, Membership, Person
from hubbub.models.room_name import name_and_key
from hubbub.protocol import Message
from hubbub.search.find import find

__all__ = [
    "accept_invitation", "delete_message", "direct_room", "edit_message", "invitations", "make_invitation", "make_room",
    "mention_count", "pin_message", "post_message", "react", "search", "take_back_invitation", "unread_count",
]  # fmt: skip


def post_message(room: str, text: str, *, author: Any, nonce: str = "", reply_to: int | None = None) -> Message:
    """Say `text` in `room` as `author`: an account of the project, or a Person; perhaps in answer to the message with
    the id `reply_to`. Returns the stored message.

    The room is made if need be. With a `nonce` (at most 64 characters) a second call answers with the first message.
    Raises hubbub.errors.Refusal: bad_room_name, empty, too_long, try_again …
    """
    if len(nonce) > 64 or (nonce and not (nonce.isascii() and nonce.isprintable())):
        raise ValueError("A nonce has at most 64 printable ASCII characters.")
    who = _identity(author)
    return _message(chat.post_now(chat.draft(who, room, text, nonce, reply_to=reply_to, create_room=True)))


def edit_message(id: int, text: str, *, author: Any, base: int | None = None) -> Message:
    """Give the author's own message another text; with `base`, the `changed` of the message that it was made from, only
    if the text is none newer. Raises Refusal: no_such_message, not_yours, too_late, edited_since, empty …"""
    return _message(chat.edit_now(_identity(author), id, text, base))


def delete_message(id: int, *, author: Any) -> Message:
    """Erase a message, as its author or as a moderator of its room. Raises Refusal: no_such_message, not_yours …"""
    return _message(chat.delete_now(_identity(author), id))


def react(id: int, emoji: str, *, author: Any, on: bool = True) -> Message:
    """Put an emoji, or its name in colons, under a message; take it away with `on=False`. Raises Refusal:
    no_such_message, bad_emoji, too_many …"""
    return _message(chat.react_now(_identity(author), id, emoji, on))


def search(typed: str, *, reader: Any, before: int | None = None) -> list[Message]:
    """What the account or Person may read and `typed` asks for (docs/searching.md), the newest first: at most twenty,
    of those with an id below `before`. Raises Refusal: bad_search."""
    zone = timezone.get_current_timezone()
    findings = find(_identity(reader), typed, zone=zone, today=timezone.localdate(), before=before)
    found = history.messages([one.id for one in findings.found])
    return sorted(found, key=lambda message: message.id, reverse=True)


def pin_message(id: int, *, author: Any, on: bool = True) -> Message:
    """Pin a message to its room; unpin it with `on=False`. Raises Refusal: no_such_message, too_many …"""
    return _message(chat.pin_now(_identity(author), id, on))


def make_room(name: str, *, author: Any, kind: str = "public", topic: str = "", people: Iterable[Any] = ()) -> str:
    """Make a public or private room that the account `author` owns, a private one with these accounts or Persons in it.
    Returns its address: what `post_message` takes as room. Raises Refusal: bad_room_name, name_taken …"""
    return chat.make_room_now(_identity(author), name, kind=kind, topic=topic, people=[_met(one) for one in people])


def direct_room(author: Any, *others: Any) -> str:
    """The address of the direct room between the account `author` and these accounts or Persons, made when they first
    meet. Raises Refusal: bad_people …"""
    return chat.meet_now(_identity(author), [_met(one) for one in others])


def make_invitation(
    room: str, *, author: Any, lasts: timedelta | None = chat.WEEK, uses: int | None = None
) -> Invitation:
    """A new link into the private room with this address, made by the account or Person `author`, who moderates it.
    It holds for as long as `lasts` and lets `uses` people in; None is without bound. Its `get_absolute_url()` is the
    page to send them to. Raises Refusal: not_allowed, bad_time, too_many …"""
    who, key = _identity(author), name_and_key(room)[1]
    return Invitation.objects.select_related("room").get(token=chat.invite_now(who, key, lasts=lasts, uses=uses))


def invitations(room: str, *, author: Any) -> list[Invitation]:
    """The links that let somebody into the private room, the latest first, for a moderator of it: until when
    (`expires_at`) and how many people more (`uses_left`); None is without bound. Raises Refusal: not_allowed …"""
    return chat.links_now(_identity(author), name_and_key(room)[1])


def take_back_invitation(room: str, token: str, *, author: Any) -> None:
    """Let the link with this token lead nowhere from now on. Raises Refusal: not_allowed …"""
    chat.take_back_now(_identity(author), name_and_key(room)[1], token)


def accept_invitation(token: str, *, author: Any) -> str:
    """Let the account or Person in by a link; the room's address. Raises Refusal: no_such_room, whether the link has
    expired, is used up, was taken back or never made."""
    return chat.accept_now(_identity(author), token)


def unread_count(room: str, *, author: Any) -> int:
    """How many messages of `room` the account or Person has not read; 0 where they have never been."""
    member = _member(room, author)
    return 0 if member is None else max(0, member.room.ordinal - member.read_ordinal)


def mention_count(room: str, *, author: Any) -> int:
    """How many of the unread messages of `room` call the account or Person, at most 100; 0 where they have never
    been."""
    member = _member(room, author)
    return 0 if member is None else len(unread_calls(member.person_id, member.room_id, member.read_ordinal))


def _member(room: str, author: Any) -> Membership | None:
    """The account's or Person's part in a room that they may read and are in."""
    _, key = name_and_key(room)
    who = _identity(author)
    standing = access.standing(who, key)
    if not standing.may_read or standing.standing != "in":
        return None
    return Membership.objects.filter(person_id=who.id, room__key=standing.head.key).select_related("room").first()


def _message(stored: Stored) -> Message:
    assert stored.message is not None
    return stored.message


def _met(person: Any) -> UUID:
    """The id of an account or Person; an account that never did anything here is met now."""
    return person.pk if isinstance(person, Person) else known.meet(person).pk


def _identity(author: Any) -> Identity:
    if isinstance(author, Person):
        return Identity(author.pk, author.name, author.user_id)
    return of_user(author)
