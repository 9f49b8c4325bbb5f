"""Which rows have some words in a name or a topic, whatever the case, the accents and the width of their letters: the
same on every database. One folds ASCII alone; what is written in other letters is looked at here.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import connections
from django.db.models import BooleanField, Func, Model, Q, QuerySet, Value
from django.db.models.functions import Collate, Lower

from hubbub.search.words import fold

Row = TypeVar("Row", bound=Model)


def called(rows: QuerySet[Row], words: str, *columns: str) -> QuerySet[Row]:
    """Those that have each of these words in one of their columns, as a part of a word too; all when there are none."""
    wanted = plain(words).split()
    if not wanted:
        return rows
    rows = _told_apart(rows, columns)
    others = rows.filter(_other(columns)).values_list("pk", *columns)
    found = [pk for pk, *texts in others if _has(wanted, [plain(text) for text in texts])]
    return rows.filter(_fits(wanted, columns) & ~_other(columns) | Q(pk__in=found))


def perhaps_called(rows: QuerySet[Row], names: Iterable[Sequence[str]], *columns: str) -> QuerySet[Row]:
    """Those that may have all the folded words (search/words.py) of one of these names in their columns, and maybe some
    more: all of them are looked through once, however many names there are."""
    wanted = list(names)
    if not all(wanted):
        return rows
    fits = Q(pk=None)
    for words in wanted:
        fits |= _fits(words, columns)
    return _told_apart(rows, columns).filter(fits | _other(columns)) if wanted else rows.none()


@lru_cache(maxsize=16_384)
def plain(text: str) -> str:
    """A name as names are compared: `Große Küche` is `grosse kuche`. Signs stay, unlike in search/words.py."""
    if text.isascii():
        return text.lower()
    narrow = unicodedata.normalize("NFKC", text)
    return "".join(c.lower() if c.isascii() else fold(c).strip() or c for c in narrow)


def _has(wanted: Sequence[str], texts: Sequence[str]) -> bool:
    return all(any(word in text for text in texts) for word in wanted)


def _told_apart(rows: QuerySet[Row], columns: Sequence[str]) -> QuerySet[Row]:
    """The rows with what `_fits` and `_other` ask for."""
    sqlite = connections[rows.db].vendor == "sqlite"
    sign, pattern, plainly = (" GLOB ", "*[^ -~]*", "BINARY") if sqlite else (" ~ ", "[^ -~]", "C")
    more: dict[str, Any] = {}
    for place, column in enumerate(columns):
        more[f"plain_{place}"] = Lower(Collate(column, plainly))
        more[f"other_{place}"] = Func(
            column, Value(pattern), template="(%(expressions)s)", arg_joiner=sign, output_field=BooleanField()
        )
    told: QuerySet[Row] = rows.alias(**more)
    return told


def _fits(words: Iterable[str], columns: Sequence[str]) -> Q:
    """Each word stands in a column that is written in ASCII."""
    fits = Q()
    for word in words:
        anywhere = Q(pk=None)
        for place in range(len(columns) if word.isascii() else 0):
            anywhere |= Q(**{f"plain_{place}__contains": word})
        fits &= anywhere
    return fits


def _other(columns: Sequence[str]) -> Q:
    """Something stands in them that is no ASCII."""
    other = Q()
    for place in range(len(columns)):
        other |= Q(**{f"other_{place}": True})
    return other
