"""Stored messages as the events that carry their present state.

A message's own row is all that a plain one takes. What it answers is read with one query more for a page that has
replies, and who reacted with one more for a page that has reactions.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from django.utils import timezone

from hubbub.models import Message, Person, Reaction
from hubbub.protocol import Change, PersonView, Quote, ReactionView, person_view, timestamp
from hubbub.protocol import Message as MessageEvent
from hubbub.render.first_line import first_line

COLUMNS = (
    "id", "seq", "changed", "ordinal", "text", "html", "at", "nonce", "author_id", "author__name", "author__user_id",
    "reply_to_id", "edited_at", "deleted_at", "pinned_at", "reactions", "mentions",
)  # fmt: skip
_ID, _SEQ, _REPLY_TO, _REACTIONS = 0, 1, 11, 15

SHOWN_PEOPLE = 10  # who reacted, by name, for each emoji: a frame goes to everybody in the room at each reaction
TOLD_PEOPLE = 100  # the same, for who asks

Kept = list[tuple[str, list[str], int]]  # what `Message.reactions` holds: emoji, the first ids, how many


def events(room: str, rows: Iterable[Sequence[Any]], since: int | None = None) -> list[MessageEvent]:
    """Rows of COLUMNS as events of the room with this key. With `since`, what was born up to that number is a Change:
    who asks holds it, or did without it."""
    found = list(rows)
    answered = {row[_REPLY_TO] for row in found if row[_REPLY_TO] is not None}
    quoted = quotes(answered) if answered else {}
    kept: dict[int, Kept] = {
        row[_ID]: msgspec.json.decode(row[_REACTIONS], type=Kept) for row in found if row[_REACTIONS]
    }
    views = (
        people(id for of_message in kept.values() for _, ids, _ in of_message for id in ids[:SHOWN_PEOPLE])
        if kept
        else {}
    )
    return [
        _event(
            MessageEvent if since is None or row[_SEQ] > since else Change,
            room,
            quoted.get(row[_REPLY_TO]),
            reaction_views(kept[row[_ID]], views) if row[_ID] in kept else [],
            *row,
        )
        for row in found
    ]


def _event(
    kind: type[MessageEvent], room: str, quote: Quote | None, reactions: list[ReactionView],
    id: int, seq: int, changed: int, ordinal: int, text: str, html: str, at: datetime, nonce: str,
    author: UUID, name: str, user: Any, reply_to: int | None, edited_at: datetime | None, deleted_at: datetime | None,
    pinned_at: datetime | None, _reactions: str, mentions: str,
) -> MessageEvent:  # fmt: skip
    return kind(
        room=room, seq=seq, changed=changed, ordinal=ordinal, id=id, author=person_view(author, name, user is None),
        message=text, html=html, at=moment(at), nonce=nonce, reply_to=quote,
        edited_at=None if edited_at is None else moment(edited_at), deleted=deleted_at is not None,
        pinned=pinned_at is not None, reactions=reactions, mentions=mentions.split(),
    )  # fmt: skip


def quotes(ids: Iterable[int], room: str | None = None) -> dict[int, Quote]:
    """What is said in the messages with these ids, in short; of the room with this key alone, if one is given."""
    found = Message.objects.filter(id__in=list(ids))
    if room is not None:
        found = found.filter(room__key=room)
    return {
        id: Quote(id, seq, changed, person_view(author, name, user is None), first_line(html), deleted is not None)
        for id, seq, changed, html, deleted, author, name, user in found.values_list(
            "id", "seq", "changed", "html", "deleted_at", "author_id", "author__name", "author__user_id"
        )
    }


def people(ids: Iterable[str]) -> dict[str, PersonView]:
    """These people as others see them, by their ids in hex."""
    found = Person.objects.filter(id__in={UUID(id) for id in ids}).values_list("id", "name", "user_id")
    return {id.hex: person_view(id, name, user is None) for id, name, user in found}


def reaction_views(kept: Kept, views: dict[str, PersonView]) -> list[ReactionView]:
    """What `Message.reactions` holds, with names."""
    return [
        ReactionView(emoji, count, [views[id] for id in ids[:SHOWN_PEOPLE] if id in views])
        for emoji, ids, count in kept
    ]


def everybody(id: int, reactions: str) -> list[ReactionView]:
    """The same for one message, whose `reactions` these are, as far as one reads on."""
    kept = msgspec.json.decode(reactions, type=Kept) if reactions else []
    found = Reaction.objects.filter(message_id=id).order_by("id")
    ids = {
        emoji: [one.hex for one in found.filter(emoji=emoji).values_list("person_id", flat=True)[:TOLD_PEOPLE]]
        for emoji, _, _ in kept
    }
    views = people(one for these in ids.values() for one in these)
    return [ReactionView(emoji, count, [views[one] for one in ids[emoji]]) for emoji, _, count in kept]


def moment(at: datetime) -> str:
    """A stored moment as the protocol writes it, also in a project with USE_TZ = False."""
    return timestamp(at if timezone.is_aware(at) else timezone.make_aware(at))


def parsed(at: str) -> datetime:
    """The moment that the protocol wrote so, in UTC."""
    return datetime.fromisoformat(at).astimezone(UTC)
