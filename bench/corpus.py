"""Something to search in: so many messages of made-up words, some of which everybody uses and most hardly anybody.

Runs inside `hubbub shell`, in a data folder that was served before. Rows go in as plain SQL, then the index is written
as `hubbub reindex` would: a million messages take about a minute.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate, islice
from typing import Any

PEOPLE, ROOMS, WORDS, EACH = 200, 50, 50_000, 14
BEGUN = datetime(2024, 1, 1, tzinfo=UTC)
_SYLLABLES = [first + vowel + last for first in "bdfgklmnprst" for vowel in "aeiou" for last in ("", "n", "r", "s")]


def vocabulary() -> list[str]:
    """The words, the commonest first: how often a word is said goes with its place (Zipf)."""
    dice = random.Random(4)
    words: dict[str, None] = {}
    while len(words) < WORDS:
        words["".join(dice.choices(_SYLLABLES, k=dice.choice((1, 2, 2, 3, 3, 4))))] = None
    return list(words)


def texts() -> Iterator[str]:
    """Messages without end: fourteen words each, some eighty characters."""
    dice, words = random.Random(5), vocabulary()
    weights = list(accumulate(1 / (place + 1) for place in range(WORDS)))
    while True:
        chosen = dice.choices(words, cum_weights=weights, k=1000 * EACH)
        yield from (" ".join(chosen[place : place + EACH]) for place in range(0, len(chosen), EACH))


def fill(count: int) -> None:
    """Make the people, the rooms and their messages; every fiftieth has a link."""
    from django.db import connection, transaction  # late: in a process with Django's settings

    from hubbub.journal.statements import Statements
    from hubbub.models import Membership, Message, Person, Room
    from hubbub.search import index

    people = Person.objects.bulk_create(Person(name=f"Person {number}") for number in range(PEOPLE))
    rooms = [Room.objects.create(name=f"room {n}", key=f"room {n}", seq=0, ordinal=0) for n in range(ROOMS)]
    Membership.objects.bulk_create(Membership(room=rooms[n % ROOMS], person=person) for n, person in enumerate(people))
    source = enumerate(islice(texts(), count))
    while batch := list(islice(source, 1_000)):
        Message.objects.bulk_create(_message(place, text, people, rooms, count) for place, text in batch)
    for place, room in enumerate(rooms):
        said = len(range(place, count, ROOMS))
        Room.objects.filter(pk=room.pk).update(seq=said, ordinal=said)
    for _ in index.rebuild(Statements(connection), transaction.atomic):
        pass


def _message(place: int, text: str, people: list[Any], rooms: list[Any], count: int) -> Any:
    from hubbub.models import Message  # late: as above

    number, link = place // ROOMS + 1, place % 50 == 7
    html = f"<p>{text}{' <a href=&quot;https://example.org/&quot;>x</a>' if link else ''}</p>".replace("&quot;", '"')
    return Message(
        room=rooms[place % ROOMS], author=people[place * 7 % PEOPLE], seq=number, changed=number, ordinal=number,
        nonce=f"{place}", text=text, html=html, at=BEGUN + timedelta(days=900) * (place / count),
    )  # fmt: skip
