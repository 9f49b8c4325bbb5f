"""What a person's name is also written as by who types it in a hurry: its first words, and without accents. Pure; works
on the keys of names (`room_key`), and decides nothing about who is meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from typing import TypeVar

T = TypeVar("T")

# The accents of Latin, Greek and Cyrillic. Marks of other scripts are letters of their own: か is not が.
_ACCENT = re.compile("[\u0300-\u036f]")
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i"})
_WITH_ACCENTS = (range(0xC0, 0x530), range(0x1E00, 0x2000))  # where letters of these scripts stand that have one


def bare(key: str) -> str:
    """`key` without accents."""
    if key.isascii():
        return key
    return unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFD", key))).translate(_STROKES)


def shorter(people: Mapping[str, Sequence[T]]) -> dict[str, list[T]]:
    """Those who are given by the keys of their names, by all that these are also written as."""
    found: dict[str, list[T]] = {}
    for key, those in people.items():
        for way in _ways(key):
            found.setdefault(way, []).extend(those)
    return found


@cache
def accented() -> Mapping[str, frozenset[str]]:
    """The letters that are written as another one when their accents are left out, by that one, in small letters."""
    letters: dict[str, set[str]] = {}
    for letter in (chr(number) for block in _WITH_ACCENTS for number in block):
        plain = bare(letter.casefold())
        if plain and plain not in (letter, letter.casefold()):
            letters.setdefault(plain[:1], set()).add(letter)
    return {plain: frozenset(those) for plain, those in letters.items()}


def _ways(key: str) -> set[str]:
    words = key.split(" ")
    first = {" ".join(words[:count]) for count in range(1, len(words) + 1)}
    return (first | set(map(bare, first))) - {key}
