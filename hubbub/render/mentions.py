"""`@Name`, `@room`, `@here` and `#room` in a text: those that were looked up before become marked names, never in code.

Pure: whom a name means is told by `Names`. The longest name wins, whatever its case, and a whole one before the first
words of others. What is not among the names stays as typed, and so do what could mean several people and what follows a
backslash.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from hubbub.spellings import bare

EVERYBODY = ("@room", "@here")
MOST = 50  # names that are looked for in a message
LONGEST, LONGEST_ROOM = 190, 64  # characters of a person's name and of a room's
SUFFIX = re.compile(r"#([0-9a-f]{4,32})(?!\w)", re.IGNORECASE)

_MARK = re.compile(r"(?<![^\W_])(?<![/@#&=?.\\-])[@#](?=\S)")
# Scripts that put no space between words: there a name may end anywhere.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")
# What makes the word before it a part of something else: @ana-lena, @ana.org, @ana/tools.
_GOES_ON = re.compile(r"[-./_@]\w")


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody whom a name may mean: 32 hex digits, and whether an account stands behind them."""

    id: str
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Names:
    """Whom and what a text may call. People and rooms by the key of their name (`room_key`), rooms with the name that
    they are shown by; people also by what else their name is written as (`shorter`); `words` of `EVERYBODY` that the
    author may use here."""

    people: Mapping[str, Sequence[Called]] = field(default_factory=dict)
    shorter: Mapping[str, Sequence[Called]] = field(default_factory=dict)
    rooms: Mapping[str, str] = field(default_factory=dict)
    words: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.people or self.rooms or self.words)


NOBODY = Names()


@dataclass(frozen=True, slots=True)
class _Found:
    """A name in a text: where it ends, what is called (an id, a word of EVERYBODY, or a room's key), and as what."""

    end: int
    what: str
    kind: str


def marks(text: str) -> Iterator[int]:
    """Where an @ or # begins a word, as often as they are looked at."""
    for count, found in enumerate(_MARK.finditer(text)):
        if count == MOST:
            return
        yield found.start()


def ends(text: str, mark: int) -> list[int]:
    """Where a name may end whose mark stands there, the longest first: at a word's end in the same line."""
    line, start = text.find("\n", mark), mark + 1
    last = _reach(text, start, min(start + LONGEST, len(text) if line < 0 else line), text[mark] == "#")
    return [end for end in range(last, start, -1) if not text[end - 1].isspace() and not _joined(text, end)]


def _reach(text: str, start: int, last: int, room: bool) -> int:
    """How far a name may go, as it is compared: one character may stand for eighteen there, and each costs."""
    most = LONGEST_ROOM if room else LONGEST
    if text[start:last].isascii():
        return min(last, start + most)
    length = 0
    for place in range(start, last):
        length += _width(text[place])
        if length > most:
            return place
    return last


@lru_cache(maxsize=4096)
def _width(character: str) -> int:
    """How many characters it counts as. What joins the one before it, an accent or a vowel of Hangul, is none."""
    if unicodedata.category(character)[0] == "M" or "\u1160" <= character <= "\u11ff":
        return 0
    return len(unicodedata.normalize("NFKC", character))


def find(text: str, start: int, names: Names) -> _Found | None:
    """What the mark at `start` calls."""
    if text[start] == "#":
        return _room(text, start, names)
    keys = [(end, _key(text[start + 1 : end])) for end in ends(text, start)]
    for end, key in keys:
        called = names.people.get(key, ())
        found = _person(text, end, called)
        if f"@{key}" in names.words and (found is None or found.end == end):
            return _Found(end, f"@{key}", "all")
        if called:
            return found  # of several with the longest name that is there, nobody: not who has a shorter one
    return _shorter(text, keys, names) if names.shorter else None


def add_to(parser: MarkdownIt) -> None:
    """The rule, before all that a character in a name might mean to others."""
    parser.inline.ruler.after("text", "mention", _note)
    parser.add_render_rule("mention", _written)


def _room(text: str, start: int, names: Names) -> _Found | None:
    for end in ends(text, start):
        if (key := _key(text[start + 1 : end])) in names.rooms:
            return _Found(end, key, "room")
    return None


def _shorter(text: str, keys: Sequence[tuple[int, str]], names: Names) -> _Found | None:
    """Whom no whole name calls: whose name begins so, unless the word goes on or is to call everybody; else the same
    with other accents. `keys` are what the name may be, with their ends."""
    for end, key in keys:
        plain = bare(key)
        called = names.shorter.get(key) or names.people.get(plain) or names.shorter.get(plain)
        if called and f"@{key}" not in EVERYBODY and not _GOES_ON.match(text, end):
            return _person(text, end, called)
    return None


def _person(text: str, end: int, called: Sequence[Called]) -> _Found | None:
    """Who of those with one name is meant: whom the digits after it say; else the only account, or the only guest."""
    if suffix := SUFFIX.match(text, end):
        meant = [one for one in called if one.id.startswith(suffix[1].lower())]
        if len(meant) == 1:
            return _Found(suffix.end(), meant[0].id, "person")
    meant = [one for one in called if not one.guest] or list(called)
    return _Found(end, meant[0].id, "person") if len(meant) == 1 else None


def _key(name: str) -> str:
    from hubbub.models.room_name import room_key  # late: a text without names is rendered where there are no models

    return room_key(name)


def _joined(text: str, end: int) -> bool:
    """Whether the characters around `end` are of one word."""
    if end >= len(text) or not text[end].isalnum() or not text[end - 1].isalnum():
        return False
    return not (_UNSPACED.match(text[end - 1]) and _UNSPACED.match(text[end]))


def _note(state: StateInline, silent: bool) -> bool:
    names: Names = state.env.get("names", NOBODY)
    if not names or state.src[state.pos] not in "@#" or not _MARK.match(state.src, state.pos):
        return False
    looked = state.env.setdefault("looked", {})
    place = (state.src, state.pos)
    if place not in looked:
        looked[place] = find(state.src, state.pos, names) if len(looked) < MOST else None
    found: _Found | None = looked[place]
    if found is None or found.end > state.posMax or state.linkLevel:
        return False
    if not silent:
        token = state.push("mention", "span", 0)
        token.content, token.meta = state.src[state.pos : found.end], {"what": found.what, "kind": found.kind}
    state.pos = found.end
    return True


def _written(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    """The name as it was typed. What it leads to is for the page to say, which knows its addresses."""
    what, kind, shown = tokens[place].meta["what"], tokens[place].meta["kind"], escape(tokens[place].content)
    if kind == "room":
        return f'<span class="mention mention--room" data-room="{escape(what)}">{shown}</span>'
    env.setdefault("called", {})[what] = None
    if kind == "all":
        return f'<span class="mention mention--all">{shown}</span>'
    return f'<span class="mention" data-person="{what}">{shown}</span>'
