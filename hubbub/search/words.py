"""Texts as words, folded and cut the same way whether they are said or searched for. Pure; knows no database.

Folded: compatibility-normal (NFKC), casefolded, without accents (UAX #15; Unicode 3.13). A word is letters, digits and
the marks that belong to them; all else parts words. Scripts that put no spaces between words are cut into characters,
and the index has their pairs too. An emoji is a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import add
from typing import NamedTuple

LONGEST = 64  # characters of a word that the index knows

# Scripts without spaces between words, by their blocks: Thai and Lao, Burmese, Hangul, Khmer, kana and bopomofo, Han.
_RUN = (
    "\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3031-\u3035\u303b\u3041-\u318f\u31a0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\ua9e0-\ua9ff\uaa60-\uaa7f\uac00-\ud7ff\uf900-\ufaff\U00016fe0-\U00018fff"
    "\U0001aff0-\U0001b16f\U00020000-\U0003fffd"
)
# Marks that are no letters themselves: accents of Latin, Greek and Cyrillic; points of Hebrew, vowels of Arabic.
_ACCENTS = (
    (0x0300, 0x036F), (0x0483, 0x0487), (0x0591, 0x05BD), (0x05BF, 0x05C7), (0x0610, 0x061A), (0x0640, 0x0640),
    (0x064B, 0x065F), (0x0670, 0x0670), (0x06D6, 0x06DC), (0x06DF, 0x06E8), (0x06EA, 0x06ED), (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF),
)  # fmt: skip
_PLAIN_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)

_ASCII_WORD = re.compile(r"[0-9A-Za-z]+")
_LONG_WORD = re.compile(rf"[0-9A-Za-z]{{{LONGEST + 1}}}")
_PIECE = re.compile(f"[{_RUN}]|[^ {_RUN}]+")
_RUNS, _OTHER = re.compile(f"[{_RUN}]+"), re.compile(f"[^ {_RUN}]+")
_SPACED = re.compile(r"\S+")


class Word(NamedTuple):
    """A word and where it stands in the text: text[start:end]. `glued`: it follows the character before it in a run of
    a script without spaces."""

    folded: str
    start: int
    end: int
    glued: bool


def words(text: str) -> list[Word]:
    """The words of `text` in their order."""
    if text.isascii():
        return [Word(found[0].lower(), *found.span(), False) for found in _ASCII_WORD.finditer(text)]
    return [
        Word(folded, chunk.start() + start, chunk.start() + end, glued)
        for chunk in _SPACED.finditer(text)
        for folded, start, end, glued in _cut(chunk[0])
    ]


def terms(text: str) -> Iterable[str]:
    """What the index keeps of `text`, with repetitions: its words, and the pairs in runs."""
    if text.isascii():
        found = _ASCII_WORD.findall(text.lower())
        return found if not _LONG_WORD.search(text) else [word[:LONGEST] for word in found]
    folded = fold(text)
    kept = {word[:LONGEST] for word in _OTHER.findall(folded)}
    for run in _RUNS.findall(folded):
        kept.update(run)
        kept.update(map(add, run, run[1:]))
    return kept


def terms_of(phrase: Sequence[Word]) -> list[str]:
    """The terms that a text must have to have this phrase: a pair says what its two characters would."""
    found = []
    for place, word in enumerate(phrase):
        after = phrase[place + 1] if place + 1 < len(phrase) else None
        if word.glued:
            found.append(phrase[place - 1].folded + word.folded)
        elif after is None or not after.glued:
            found.append(word.folded[:LONGEST])
    return found


def plain(text: str) -> str | None:
    """`text`, if a tokenizer that folds ASCII and cuts at what is no letter or digit finds the very words in it."""
    return text if text.isascii() and not _LONG_WORD.search(text) else None


def fold(text: str) -> str:
    """`text` in the form in which words are compared; what parts words is a space."""
    return unicodedata.normalize("NFKC", text).translate(_folded)


def is_run(word: str) -> bool:
    """Whether `word` is a character of a script without spaces."""
    return len(word) == 1 and bool(_PIECE_OF_RUN.match(word))


_PIECE_OF_RUN = re.compile(f"[{_RUN}]")


class _Folded(dict[int, str]):
    """Each character folded, by its number; made as they are met."""

    def __missing__(self, number: int) -> str:
        character = unicodedata.normalize("NFKD", chr(number)).casefold().translate(_PLAIN_LETTERS)
        bare = "".join(c for c in unicodedata.normalize("NFKD", character).casefold() if not _is_accent(c))
        self[number] = folded = "".join(map(_kept, unicodedata.normalize("NFC", bare)))
        return folded


_folded = _Folded()


def _is_accent(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _ACCENTS)


def _kept(character: str) -> str:
    """A letter, digit or mark as it is, an emoji as a word, nothing for what only joins or colours; else a space."""
    category = unicodedata.category(character)
    if category[0] in "LNM":
        return character
    if category == "So":
        return f" {character} "
    return "" if category == "Cf" or "\U0001f3fb" <= character <= "\U0001f3ff" else " "


# ── where a folded word stands in the text ──

# A character and what may melt with it: marks, halfwidth voicing, vowels and finals of Hangul.
_MELTS = "[\u1160-\u11ff\uff9e\uff9f\u200c\u200d\U000e0100-\U000e01ef]"
_CLUSTER = re.compile(f"(?s).(?:{_MELTS}|(?![\\w\\s])[\u0300-\ufe2f])*")


@lru_cache(maxsize=4096)
def _cut(chunk: str) -> tuple[tuple[str, int, int, bool], ...]:
    """The words of a text without spaces: each with its start, its end and whether it is glued to the one before."""
    folded = fold(chunk)
    starts, ends = _places(chunk, folded)
    cut: list[tuple[str, int, int, bool]] = []
    run_end = -1
    for piece in _PIECE.finditer(folded):
        glued = piece.start() == run_end and is_run(piece[0])
        run_end = piece.end() if is_run(piece[0]) else -1
        cut.append((piece[0], starts[piece.start()], ends[piece.end() - 1], glued))
    return tuple(cut)


def _places(chunk: str, folded: str) -> tuple[list[int], list[int]]:
    """For each character of `folded`, the start and the end of what it was in `chunk`."""
    clusters = list(_CLUSTER.finditer(chunk))
    parts = [fold(cluster[0]) for cluster in clusters]
    if "".join(parts) != folded:  # characters melted over the bounds of clusters: then the whole chunk is the place
        return [0] * len(folded), [len(chunk)] * len(folded)
    starts = [cluster.start() for cluster, part in zip(clusters, parts, strict=True) for _ in part]
    return starts, [cluster.end() for cluster, part in zip(clusters, parts, strict=True) for _ in part]
