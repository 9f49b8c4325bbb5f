"""Links into private rooms: who may make one, what it is good for, and coming in by it."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from hubbub import access, errors, outside
from hubbub.chat.at_once import store_now
from hubbub.chat.rooms import act_now
from hubbub.errors import Refusal
from hubbub.history import Head
from hubbub.identity import Identity
from hubbub.journal import RoomAct
from hubbub.journal.batch import database
from hubbub.models import Invitation
from hubbub.models.room_name import name_and_key

WEEK = timedelta(days=7)


def invite_now(who: Identity, key: str, *, lasts: timedelta | None = WEEK, uses: int | None = None) -> str:
    """The token of a new link into a private room, made by a moderator of it. It holds for as long as `lasts` and lets
    `uses` people in; None is without bound. Refuses what is no span or number, and one link too many."""
    token = secrets.token_urlsafe(16)
    seconds = 0 if lasts is None else int(lasts.total_seconds()) or -1
    store_now(RoomAct(who, key, "invite", text=token, seconds=seconds, uses=0 if uses is None else uses or -1))
    _links_changed(key)
    return token


def take_back_now(who: Identity, key: str, token: str) -> None:
    """Let a link lead nowhere from now on."""
    act_now(who, key, "take_back", text=token)
    _links_changed(key)


def _links_changed(key: str) -> None:
    """Links have no numbers: nobody but moderators may know that there are any."""
    transaction.on_commit(lambda: outside.acts_changed(key), using=database())


def links_now(who: Identity, key: str) -> list[Invitation]:
    """The links that let somebody into the room with this key, for a moderator of it."""
    return list(links_that_hold(moderated(who, key).id or 0))


def moderated(who: Identity, room: str) -> Head:
    """Where the room stands that is called so, for a moderator of it."""
    name, key = name_and_key(room)
    standing = access.enter(who, key, name)
    if not access.moderates(who, standing) or standing.head.id is None:
        raise Refusal("not_allowed", "Only a moderator of the room can do that.")
    return standing.head


def links_that_hold(room: int) -> QuerySet[Invitation]:
    """The links that let somebody into the room with this id, the latest first. For its moderators."""
    found = Invitation.objects.filter(Invitation.holding(timezone.now()), room_id=room)
    return found.select_related("by").order_by("-id")


def invitation_for(who: Identity, token: str) -> tuple[Invitation, bool] | None:
    """The link with this token, and whether who asks is in its room already. None for who can't come in by it: it does
    not hold, was never made, or they were banned. Whoever is in is led there by one that is used up, too: they may have
    come in by it a moment ago."""
    found = _invitations(token)
    if (link := found.select_related("room", "by").first()) is None:
        return None
    standing = access.standing(who, link.room.key).standing
    holds = found.filter(Invitation.holding(timezone.now()))
    lets_in = standing == "in" or (standing != "banned" and holds.exists())
    return (link, standing == "in") if lets_in else None


def accept_now(who: Identity, token: str) -> str:
    """Come in by a link; the room's address. Refuses `no_such_room`, whatever is wrong with the link. Who is in already
    uses nothing up."""
    found = _invitations(token).values_list("room__key", flat=True).first()
    if found is None:
        raise errors.no_such_room()
    act_now(who, found, "join", text=token)
    return found


def _invitations(token: str) -> QuerySet[Invitation]:
    """The link with this token, or none. PostgreSQL takes nothing with NUL in it for a text."""
    return Invitation.objects.filter(token=token) if "\0" not in token else Invitation.objects.none()
