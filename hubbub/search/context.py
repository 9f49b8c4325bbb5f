"""What is shown of a message that was found: the words around what was looked for, and what of them is to be marked.

Plain text in pieces, never HTML: as one reads the message, or as it was typed where only that has what was looked for,
the address of a link, say. A spoiler stays one: whoever finds it sees that there is one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from hubbub.render.first_line import HIDDEN, whole

Span = tuple[int, int]
Piece = tuple[str, bool]  # some text, and whether it is what was looked for

SHOWN = 240  # characters
BEFORE = 60  # of them before the first that is marked
_EDGE = 20  # characters that may be left out so that no word is cut

_SPOILER = re.compile(r"\|\|(?!\|).+?\|\|", re.DOTALL)
_SIGNS = re.compile(r"\*\*|~~|```\w*|`|^#{1,6} |^> ?", re.MULTILINE)
_SPACE = re.compile(r"\s+")
_NONE = re.compile(r"(?!)")


def context(text: str, html: str, spans: Sequence[Span], marks: Callable[[str], list[Span]]) -> list[Piece]:
    """What to show of a message of this text and HTML: `spans` of the text were looked for, in order and apart; `marks`
    says what of another text would have been."""
    read = whole(html)
    found = marks(read)
    return pieces(read, found) if found or not spans else _typed(text, spans)


def pieces(
    text: str, spans: Sequence[Span], hidden: Sequence[Span] = (), signs: re.Pattern[str] = _NONE
) -> list[Piece]:
    """At most some SHOWN characters of `text` around the first of `spans`; a mark for what is `hidden`, without
    `signs`."""
    start, end = _cut(text, spans[0][0] if spans else 0)
    shown: list[Piece] = [("… ", False)] if start else []
    for piece, marked in _divided(text, start, end, spans, hidden, signs):
        said = _SPACE.sub(" ", piece)
        if said:
            shown.append((said, marked))
    return shown + ([(" …", False)] if end < len(text) else [])


def _typed(text: str, spans: Sequence[Span]) -> list[Piece]:
    """The same of a text as it was typed: what hides stays hidden, the commonest marks are left out."""
    return pieces(text, spans, [found.span() for found in _SPOILER.finditer(text)], _SIGNS)


def _cut(text: str, first: int) -> Span:
    """Where what is shown begins and ends: between words, if there is a space near."""
    start = max(0, first - BEFORE)
    end = min(len(text), start + SHOWN)
    if start and (space := _SPACE.search(text, start, min(first, start + _EDGE))):
        start = space.end()
    if (
        end < len(text)
        and (space_before := max(text.rfind(" ", end - _EDGE, end), text.rfind("\n", end - _EDGE, end))) > first
    ):
        end = space_before
    return start, end


def _divided(
    text: str, start: int, end: int, spans: Sequence[Span], hidden: Sequence[Span], signs: re.Pattern[str]
) -> Iterator[Piece]:
    """text[start:end] at the edges of what is marked and of what is hidden; what is not marked without `signs`."""
    at = start
    for (first, after), is_hidden in sorted([*((span, False) for span in spans), *((span, True) for span in hidden)]):
        if after <= at or first >= end:
            continue
        yield _without(signs, text, at, max(at, first)), False
        yield (HIDDEN, False) if is_hidden else (text[max(at, first) : min(after, end)], True)
        at = min(after, end)
    yield _without(signs, text, at, end), False


def _without(signs: re.Pattern[str], text: str, start: int, end: int) -> str:
    """text[start:end] without these signs. What begins a line is asked of the text: a piece begins anywhere."""
    kept, at = [], start
    for sign in signs.finditer(text, start, end):
        kept.append(text[at : sign.start()])
        at = sign.end()
    return "".join([*kept, text[at:end]])
