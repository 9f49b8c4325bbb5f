"""Who is known here: the readers behind lists of people, cards and the switcher. Knows no HTML.

Everybody with an account who ever did something here is listed; a guest only for those who share a room with them.
Whoever spoke where one may read has a card, since their name stands there. An account that never came is found by its
exact user name, and by parts of its name only where the setting `LIST_ACCOUNTS` says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import router, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from hubbub import called as named
from hubbub import identity, outside
from hubbub.conf import settings
from hubbub.models import Membership, Person, Room

_IN = Membership.Standing.IN


def listed_for(reader: UUID) -> QuerySet[Person]:
    """The people whom this reader finds in lists."""
    return Person.objects.filter(Q(user__isnull=False) | Q(pk=reader) | Exists(_shared(reader)))


def visible_to(reader: UUID) -> QuerySet[Person]:
    """The people whose card this reader may see: those listed, and whoever was in a public room."""
    public = Membership.objects.filter(person=OuterRef("pk"), room__kind=Room.Kind.PUBLIC)
    return Person.objects.filter(Q(user__isnull=False) | Q(pk=reader) | Exists(public) | Exists(_shared(reader)))


def _shared(reader: UUID) -> QuerySet[Membership]:
    """The memberships of somebody in rooms that the reader is in too."""
    return Membership.objects.filter(person=OuterRef("pk"), standing=_IN, room_id__in=_rooms_of(reader))


def _rooms_of(person: UUID) -> QuerySet[Membership, int]:
    return Membership.objects.filter(person_id=person, standing=_IN).values_list("room_id", flat=True)


def called(people: QuerySet[Person], words: str) -> QuerySet[Person]:
    """Those whose name has each of these words in it."""
    return named.called(people, words, "name")


def perhaps_called(people: QuerySet[Person], names: Iterable[Sequence[str]]) -> QuerySet[Person]:
    """Those whose name may have all the folded words (search/words.py) of one of these names in it, and maybe some
    more."""
    return named.perhaps_called(people, names, "name")


# ── accounts that may not have come yet ─────────────────────────────────────────────────────────────


def meet(account: Any) -> Person:
    """The Person of an account of the host, made now if it never did anything here."""
    who = identity.of_user(account)
    person, made = Person.objects.get_or_create(user=account, defaults={"id": who.id, "name": who.name})
    if made:
        transaction.on_commit(outside.people_changed, using=router.db_for_write(Person))
    return person


def account_named(user_name: str) -> Any:
    """The account with this user name, in whatever case if that is clear; None for none, and for one switched off."""
    model, name = get_user_model(), user_name.replace("\0", "")  # which PostgreSQL takes for no text
    for look in (model.USERNAME_FIELD, f"{model.USERNAME_FIELD}__iexact"):
        found = [one for one in model._default_manager.filter(**{look: name})[:2] if one.is_active]
        if len(found) == 1:
            return found[0]
    return None


def strangers_called(words: str, most: int) -> list[Any]:
    """Accounts whose name or user name has each of these words in it, and that never did anything here; none unless the
    host lists its accounts."""
    model = get_user_model()
    if not settings().list_accounts or not words.split():
        return []
    fields = [name for name in (model.USERNAME_FIELD, "first_name", "last_name") if _has(model, name)]
    found = model._default_manager.order_by(model.USERNAME_FIELD)
    for word in words.split():
        found = found.filter(Q(*((f"{field}__icontains", word) for field in fields), _connector=Q.OR))
    listed = [account for account in found[: 4 * most] if account.is_active]
    met = set(Person.objects.filter(user_id__in=[one.pk for one in listed]).values_list("user_id", flat=True))
    return [account for account in listed if account.pk not in met][:most]


def _has(model: Any, name: str) -> bool:
    try:
        return bool(model._meta.get_field(name).concrete)
    except FieldDoesNotExist:
        return False


# ── between two ─────────────────────────────────────────────────────────────────────────────────────


def rooms_shared(reader: UUID, person: UUID) -> QuerySet[Room]:
    """The rooms between two people that both are in, by their last word; a person's own rooms with themselves."""
    rooms = Room.objects.filter(id__in=_rooms_of(reader)).filter(id__in=_rooms_of(person))
    return rooms.exclude(kind=Room.Kind.DIRECT).order_by("-last_at", "id")
