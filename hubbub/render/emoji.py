"""Emoji: `:smile:` becomes 😄, and a message of nothing but a few is shown large. The names are the library's."""

from __future__ import annotations

import re
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

LARGE = 10  # emoji at most

# Not within a word: neither `root:x:0` nor `a:b:c` means a picture.
_SHORTCODE = re.compile(r"(?<![A-Za-z0-9_]):([\w+-]{1,64}):(?![A-Za-z0-9_])")
_TONE = re.compile("[\U0001f3fb-\U0001f3ff]")
# Whatever is not of these characters alone is no emoji: a quick no for nearly every message.
_MAYBE = re.compile(r"[\u203c-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U000e007f©®#*0-9\u200d\u20e3\ufe0f\s]{1,120}")


def is_large(text: str) -> bool:
    """Whether `text` is nothing but one to ten emoji and white space."""
    if not _MAYBE.fullmatch(text) or text.isascii():
        return False
    import emoji

    shortcodes()
    shown = "".join(text.split())
    found = emoji.emoji_list(shown)
    return 0 < len(found) <= LARGE and sum(len(one["emoji"]) for one in found) == len(shown)


@lru_cache(maxsize=1)
def shortcodes() -> dict[str, str]:
    """Every name without its colons → the emoji: the usual aliases first, then Unicode's own names.

    Read when first asked for: a server without emoji does without the library's megabytes.
    """
    from emoji import EMOJI_DATA, STATUS

    whole = {one: names for one, names in EMOJI_DATA.items() if names["status"] == STATUS["fully_qualified"]}
    named: dict[str, str] = {}
    for one, names in whole.items():
        for name in names.get("alias", []):
            named.setdefault(name.strip(":").lower(), one)
    for one, names in whole.items():
        named.setdefault(names["en"].strip(":").lower(), one)
    return named


def one_emoji(text: str) -> str | None:
    """The emoji that `text` is or names in colons, fully qualified; None when it is not one."""
    text = text.strip()
    if named := _SHORTCODE.fullmatch(text):
        return shortcodes().get(named[1].lower())
    return _qualified().get(text.replace("\ufe0f", ""))


@lru_cache(maxsize=1)
def _qualified() -> dict[str, str]:
    """Every emoji by its characters without the marks that say "as a picture", which keyboards set or leave out."""
    return {one.replace("\ufe0f", ""): one for one in shortcodes().values()}


def completions() -> list[tuple[str, str]]:
    """The names that a composer offers, in order: the aliases of each emoji, or else its own name. Tones of skin are
    left to whoever writes them out."""
    aliases: dict[str, list[str]] = {}
    for name, one in shortcodes().items():
        if name.isascii() and not _TONE.search(one):
            aliases.setdefault(one, []).append(name)
    return sorted((name, one) for one, names in aliases.items() for name in (names[:-1] or names))


def is_loaded() -> bool:
    """Whether the names are at hand: to read them takes a tenth of a second, once."""
    return shortcodes.cache_info().currsize > 0


def may_have_emoji(text: str) -> bool:
    """Whether the names may be asked for."""
    return bool(_SHORTCODE.search(text) or _MAYBE.fullmatch(text))


def has_shortcode(text: str) -> bool:
    """Whether a name of an emoji stands in `text`. A time of day or a ratio has colons, too."""
    if ":" not in text or not (found := _SHORTCODE.findall(text)):
        return False
    return not shortcodes().keys().isdisjoint(map(str.lower, found))


def add_to(parser: MarkdownIt) -> None:
    """Shortcodes in text, when links are found and before escaped characters join it."""
    parser.core.ruler.after("link names", "emoji", _name_emoji)


def _name_emoji(state: StateCore) -> None:
    if ":" in state.src:
        for block in state.tokens:
            _name_in(block.children or [])
    _enlarge(state.tokens)


def _name_in(tokens: list[Token]) -> None:
    """Everywhere but in an address that is shown as it is."""
    bare = False
    for token in tokens:
        if token.type == "link_open":
            bare = token.markup in ("linkify", "autolink")
        elif token.type == "link_close":
            bare = False
        elif token.type == "text" and ":" in token.content and not bare:
            token.content = _SHORTCODE.sub(_emoji, token.content)


def _emoji(found: re.Match[str]) -> str:
    return shortcodes().get(found[1].lower(), found[0])


def _enlarge(tokens: list[Token]) -> None:
    """The only paragraph of a message of nothing but emoji is marked."""
    if [token.type for token in tokens] != ["paragraph_open", "inline", "paragraph_close"]:
        return
    children = tokens[1].children or []
    plain = {child.type for child in children} <= {"text", "softbreak", "hardbreak"}
    if plain and is_large(" ".join(child.content for child in children)):
        tokens[0].attrSet("class", "large")
