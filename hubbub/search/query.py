"""What somebody typed into the search field, as a query. Pure; knows no database.

    deploy "on friday" rel* -staging from:ada in:#ops before:2026-11-01 has:link is:pinned

Every part must fit a message. What is no operator is words; a quote that is not closed ends with the text. Only what
looks meant and can't be understood is refused: a date that is none, no name at all, `has:` or `is:` something unknown,
or too much.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from itertools import accumulate, chain, islice

from hubbub.errors import Refusal
from hubbub.search.words import LONGEST, Word, is_run, terms_of, words

LENGTH = 500  # characters of what is typed
PARTS = 30
MARKED = 300  # places of a phrase in a text: more than there are in what is shown of it (search/context.py)

# One part of what was typed: an operator perhaps, then a quoted text or what goes on to the next space.
_PART = re.compile(
    r'(?P<no>[-−]?)(?:(?P<name>from|in|before|after|on|has|is):(?=\S))?(?:["“”„](?P<quoted>[^"“”„]*)["“”„]?|(?P<bare>\S+))',
    re.IGNORECASE,
)
# Signs that are a part of a name, right behind a word: C++, C#, A+. In `a+b` they only part words.
_TAIL = re.compile(r"[+#＋＃]+(?!\w)")
# What looks like an operator of other chats. `10:30` and `https://` do not.
_FOREIGN = re.compile(r"[-−]?([a-z]{2,12}):(?=[^/])", re.ASCII)
_BEGUN = re.compile(r'[-−]?(?:from|in|before|after|on|has|is):["“”„]?[@#]?', re.IGNORECASE)
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?", re.ASCII)
_FLAGS = {"has": ("link", "links", "url"), "is": ("pinned", "pin")}

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words that stand one after the other; with `prefix` the last may go on. `tails`, if there are any, are the
    signs right behind each word, as the `++` of C++."""

    words: tuple[Word, ...]
    prefix: bool = False
    tails: tuple[str, ...] = ()

    @property
    def terms(self) -> list[str]:
        """What the index knows of it, but for a word that may go on."""
        found = terms_of(self.words)
        return found[:-1] if self.prefix else found

    @property
    def stem(self) -> str:
        """The beginning of the word that may go on; empty when none may."""
        return self.words[-1].folded[:LONGEST] if self.prefix else ""

    def is_in(self, text: str) -> bool:
        """Whether it stands in a lower text of ASCII alone: the same as `places` would say, sooner."""
        return bool(_pattern(self).search(text))

    def places(self, said: Said) -> Iterator[Span]:
        """Where it stands in a text."""
        for start in said.starts("\0".join(word.folded for word in self.words) + ("" if self.prefix else "\0")):
            if self._joins(said, start) and self._has_tails(said, start):
                last = said.words[start + len(self.words) - 1].end
                yield said.words[start].start, last + len(self.tails[-1] if self.tails else "")

    def _joins(self, said: Said, start: int) -> bool:
        """Whether what is written without spaces here is so there too, its words beginning at `start`."""
        return all(said.glued[start + last] >= length for last, length in _runs(self.words))

    def _has_tails(self, said: Said, start: int) -> bool:
        for place, tail in enumerate(self.tails):
            end = said.words[start + place].end
            if tail and _same_width(said.text[end : end + len(tail)]) != tail:
                return False
        return True


class Said:
    """A text as phrases are looked for in it. However often a character comes in both, that takes no more steps than
    there are words."""

    __slots__ = ("_line", "_places", "glued", "text", "words")

    def __init__(self, text: str) -> None:
        self.text, self.words = text, words(text)
        self.glued = list(accumulate(self.words, lambda run, word: run + 1 if word.glued else 0, initial=0))[1:]
        self._line = "".join(f"\0{word.folded}" for word in self.words) + "\0"  # no word has a NUL in it
        self._places = [*accumulate((len(word.folded) + 1 for word in self.words), initial=0)]

    def starts(self, folded: str) -> Iterator[int]:
        """At which of the words these words begin, with a NUL between any two of them."""
        at, word = self._line.find(f"\0{folded}"), 0
        while at != -1:
            word = bisect_left(self._places, at, word)
            yield word
            at = self._line.find(f"\0{folded}", at + 1)


@dataclass(slots=True)
class Query:
    """What was asked for. Names of people and rooms as they were typed; times are aware: `since` ≤ said < `until`."""

    phrases: list[Phrase] = field(default_factory=list)
    without: list[Phrase] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    not_people: list[str] = field(default_factory=list)
    rooms: list[str] = field(default_factory=list)
    not_rooms: list[str] = field(default_factory=list)
    since: datetime | None = None
    until: datetime | None = None
    link: bool | None = None
    pinned: bool | None = None
    foreign: str = field(default="", compare=False)  # what looks like an operator and is none: looked for as a word

    @property
    def empty(self) -> bool:
        """Whether nothing was asked for."""
        return self == Query()

    def spans(self, text: str) -> list[Span] | None:
        """Where the phrases stand in `text`, in order and apart, each as often as is shown; None when it is not what
        was asked for."""
        lower = text.lower() if text.isascii() else None
        if lower is not None and not all(phrase.is_in(lower) for phrase in self.phrases):
            return None
        said = Said(text)
        found = [list(islice(phrase.places(said), MARKED)) for phrase in self.phrases]
        if not all(found) or any(next(phrase.places(said), None) for phrase in self.without):
            return None
        return _joined([place for places in found for place in places])

    def marks(self, text: str) -> list[Span]:
        """The same of those phrases that stand in `text`, whatever else it is."""
        said = Said(text)
        return _joined([place for phrase in self.phrases for place in islice(phrase.places(said), MARKED)])


@lru_cache(maxsize=256)
def _runs(phrase: tuple[Word, ...]) -> tuple[tuple[int, int], ...]:
    """Where a phrase has words that follow the one before without a space: the place of the last of each run, and how
    many they are."""
    found: list[tuple[int, int]] = []
    for place, word in enumerate(phrase):
        if place and word.glued:
            length = found.pop()[1] if found and found[-1][0] == place - 1 else 0
            found.append((place, length + 1))
    return tuple(found)


@lru_cache(maxsize=256)
def _pattern(phrase: Phrase) -> re.Pattern[str]:
    tails = phrase.tails or ("",) * len(phrase.words)
    said = [re.escape(word.folded + tail) for word, tail in zip(phrase.words, tails, strict=True)]
    between = ["[^0-9a-z]*" if tail else "[^0-9a-z]+" for tail in tails[:-1]]
    pattern = "".join(chain(*zip(said, [*between, ""], strict=True)))
    return re.compile(f"(?<![0-9a-z]){pattern}{'' if phrase.prefix or tails[-1] else '(?![0-9a-z])'}")


def parse(typed: str, zone: tzinfo, today: date, *, typing: bool = False) -> Query:
    """What was typed, read on the day `today` in the time zone of who asks. While they are `typing`, the last word may
    go on, and a sign of which nothing else is there yet, `in:`, asks for nothing. Refuses `bad_search` with a
    sentence."""
    if len(typed) > LENGTH:
        raise _no(f"A search has at most {LENGTH} characters.")
    query, parts = Query(), list(_PART.finditer(typed.replace("\0", " ")))
    if len(parts) > PARTS:
        raise _no(f"A search has at most {PARTS} parts.")
    for part in parts:
        last = part is parts[-1] and part.end() == len(typed)
        if typing and last and _BEGUN.fullmatch(part[0]):
            continue
        _take(query, part, zone, today, goes_on=typing and last)
    return query


def _take(query: Query, part: re.Match[str], zone: tzinfo, today: date, *, goes_on: bool) -> None:
    name, negated, value = (part["name"] or "").lower(), bool(part["no"]), part["quoted"]
    quoted = value is not None
    value = part["bare"] if value is None else value
    if not name:
        foreign = None if quoted else _FOREIGN.match(value)
        query.foreign = query.foreign or (foreign[1] if foreign else "")
        prefix = not quoted and (value.endswith("*") or (goes_on and not negated))
        _take_words(query.without if negated else query.phrases, value, prefix=prefix)
    elif name == "from":
        (query.not_people if negated else query.people).append(_named(name, value.removeprefix("@")))
    elif name == "in":
        (query.not_rooms if negated else query.rooms).append(_named(name, value.removeprefix("#")))
    elif name in _FLAGS:
        _take_flag(query, name, value, wanted=not negated)
    elif negated:
        raise _no(f"“-{name}:” has no meaning. Leave out the “-”.")
    else:
        _take_time(query, name, value, zone, today)


def _named(name: str, value: str) -> str:
    if not (called := value.strip()):
        raise _no(f"“{name}:” names {'nobody' if name == 'from' else 'no room'}. Write a name right after it.")
    return called


def _take_words(phrases: list[Phrase], value: str, *, prefix: bool) -> None:
    found = tuple(words(value))
    if found:
        last, end = found[-1].folded, len(value.rstrip("*"))
        tails = tuple(_tail(value, word) for word in found)
        phrases.append(Phrase(found, prefix and found[-1].end == end and not is_run(last), tails if any(tails) else ()))


def _tail(value: str, word: Word) -> str:
    tail = _TAIL.match(value, word.end)
    return _same_width(tail[0]) if tail else ""


def _same_width(signs: str) -> str:
    return signs.translate(_NARROW)


_NARROW = str.maketrans("＋＃", "+#")


def _take_flag(query: Query, name: str, value: str, *, wanted: bool) -> None:
    if value.lower() not in _FLAGS[name]:
        raise _no(f"“{name}:{value}” is unknown. There are has:link and is:pinned.")
    if name == "has":
        query.link = wanted
    else:
        query.pinned = wanted


def _take_time(query: Query, name: str, value: str, zone: tzinfo, today: date) -> None:
    first, after = _days(name, value, today)
    begins, ends = (_midnight(day, zone) for day in (first, after))
    if name in ("after", "on"):
        since = begins if name == "on" else ends
        query.since = max(query.since or since, since)
    if name in ("before", "on"):
        until = ends if name == "on" else begins
        query.until = min(query.until or until, until)


def _days(name: str, value: str, today: date) -> tuple[date, date]:
    """The first day of what `value` names (a day, a month, a year), and the first day after it."""
    if value.lower() in ("today", "yesterday"):
        day = today - timedelta(days=value.lower() == "yesterday")
        return day, day + timedelta(days=1)
    found = _DATE.fullmatch(value)
    try:
        year, month, day_of = (int(part) if part else 0 for part in found.groups()) if found else (0, 0, 0)
        first = date(year if 1900 <= year <= 9000 else 0, month or 1, day_of or 1)
        after = first + timedelta(days=1 if day_of else 31 if month else 366)
        return first, after if day_of else after.replace(day=1, month=after.month if month else 1)
    except (ValueError, OverflowError):
        sentence = f"“{name}:{value}” names no day. Write a day as {today:%Y-%m-%d}, a month as {today:%Y-%m}."
        raise _no(sentence) from None


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _joined(spans: list[Span]) -> list[Span]:
    """The spans in order, those that overlap as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _no(sentence: str) -> Refusal:
    return Refusal("bad_search", sentence, field="q")
