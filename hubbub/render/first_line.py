"""What is shown of a message in short, without marks: its first line in a quote, and where it was found all of it.

Read from the safe HTML, so that links show their words and hidden text stays hidden. `first_line.js` reads the same
first line from the same HTML, for quotes whose original changes while somebody looks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

LONGEST = 200  # characters
LOOKED_AT = 6_000  # characters that are shown: the first line is not further in, however long the tags before it are
HIDDEN = "▒▒▒"

_PIECE = re.compile(r'(<(?:"[^"]*"|[^">])*(?:>|$))|([^<]+)')
_BREAK = re.compile(r"<br>|</(?:p|li|pre|div|tr|blockquote)>")
_CELL = re.compile(r"</t[hd]>\n?(?=<t[hd])")
_ROW = re.compile(r"</tr>(?:\s|</?t(?:head|body)>)*(?=<tr>)")
_ITEM = re.compile(r"<li(?: [^>]*)?>")
_SPOILER = '<span class="spoiler__text">'
_SPACE = re.compile(r"[ \t\u00a0]+")


def first_line(html: str) -> str:
    """The first line of `html` with something to see, at most 200 characters; "" when there is none."""
    for line in "".join(_begun(html)).split("\n"):
        if shown := _SPACE.sub(" ", unescape(line)).strip():
            return shown if len(shown) <= LONGEST else shown[: LONGEST - 1] + "…"
    return ""


def whole(html: str) -> str:
    """All that one reads of `html`, as one text: rows of a table are parted by a stroke, items of a list by points."""
    return unescape("".join(_shown(_ITEM.sub("• ", _ROW.sub(" / ", html))))).strip()


def _begun(html: str) -> Iterator[str]:
    length = 0
    for text in _shown(html):
        yield text
        length += len(text)
        if length > LOOKED_AT:
            return


def _shown(html: str) -> Iterator[str]:
    """The text between the tags; what ends a line as its end, cells apart from each other, what is hidden as a mark."""
    html = _CELL.sub(" · ", html)
    hidden = 0  # spans open inside of hidden text, that of the text itself among them
    for tag, text in (piece.groups("") for piece in _PIECE.finditer(html)):
        if hidden:
            hidden += tag.startswith("<span") - tag.startswith("</span")
        elif tag == _SPOILER:
            hidden = 1
            yield HIDDEN
        elif not tag:
            yield text
        elif _BREAK.match(tag):
            yield "\n"
