"""Who is known here: the readers behind lists of people, cards and the switcher. Knows no HTML.

Everybody with an account is listed; a guest only for those who share a room with them. Whoever spoke where one may read
has a card, since their name stands there.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

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
    for word in words.split():
        people = people.filter(name__icontains=word)
    return people


def rooms_shared(reader: UUID, person: UUID) -> QuerySet[Room]:
    """The rooms between two people that both are in, by their last word; a person's own rooms with themselves."""
    rooms = Room.objects.filter(id__in=_rooms_of(reader)).filter(id__in=_rooms_of(person))
    return rooms.exclude(kind=Room.Kind.DIRECT).order_by("-last_at", "id")
