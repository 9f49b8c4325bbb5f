"""Text → safe HTML, once, on the server. `docs/writing.md` says what people can type.

Everything a person typed is escaped; only what wall.py names comes out. Plain lines need no parser, and texts that
cost much are rendered beside the event loop (aside.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Any

from hubbub.render import emoji
from hubbub.render.aside import aside
from hubbub.render.emoji import is_large
from hubbub.render.mentions import NOBODY, Names
from hubbub.render.parser import markdown
from hubbub.render.spaces import BREAK, KEPT, is_spaced
from hubbub.render.wall import clean
from hubbub.render.weight import is_heavy

__all__ = ["NOBODY", "Names", "Rendered", "aside", "is_dear", "render", "render_with"]

DEAR_LENGTH = 300  # characters of text with markup that the event loop still renders itself

# Something that a rule could bite on. Whatever has none of it is the same with and without the parser. Each alternative
# begins with a character, never a set: then `re` skips to the next place that may begin one, five times as fast.
_MARKUP = re.compile(r"\*|_|`|\\|\n|\r|@|://|~~|\|\||\]\(|\.(?<=\w\.)\w")
_BEGINNING = re.compile(r"\s*(?:[>+-]|\d{1,9}[.)](?:\s|\Z))")


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text as HTML, and whom it calls: ids of people, "@room", "@here"."""

    html: str
    called: tuple[str, ...] = ()


def render(text: str) -> str:
    """`text` as HTML made of what `wall.py` allows; what is not markup stands for itself."""
    if not _has_markup(text):
        return _paragraph(text) if not is_large(text) else _large(text)
    if is_heavy(text):
        return plain(text)
    return clean(markdown(text))


def render_with(text: str, names: Names) -> Rendered:
    """The same with the names that it calls marked. A text that is too heavy to render calls nobody."""
    if not names or is_heavy(text):
        return Rendered(render(text))
    env: dict[str, Any] = {"names": names}
    return Rendered(clean(markdown(text, env)), tuple(env.get("called", ())))


def is_dear(text: str) -> bool:
    """Whether `text` may take longer to render than the event loop should be kept: long, or code to highlight."""
    if not emoji.is_loaded() and emoji.may_have_emoji(text):
        return True
    return (len(text) > DEAR_LENGTH and _has_markup(text)) or "```" in text or "~~~" in text


def _has_markup(text: str) -> bool:
    return bool(_MARKUP.search(text) or _BEGINNING.match(text)) or emoji.has_shortcode(text)


def plain(text: str) -> str:
    """`text` as it was typed: paragraphs and line breaks, nothing else."""
    paragraphs = re.split(r"\n{2,}", text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"))
    return "\n".join(map(_paragraph, paragraphs))


def _paragraph(text: str) -> str:
    if is_spaced(text):
        return f'<p class="{KEPT}">{escape(text).replace(chr(10), BREAK)}</p>'
    return f"<p>{escape(text).replace(chr(10), BREAK + chr(10))}</p>"


def _large(text: str) -> str:
    return f'<p class="large">{escape(text)}</p>'
