"""How much a text asks of the parser, told by counting alone. What asks too much is shown as it was typed.

The rules for emphasis, links and lists cost up to a tenth of a millisecond for each mark, some of them more with each
mark before. A message that people write has tens of marks; the bound is far above, and keeps the worst within 50 ms.
"""

from __future__ import annotations

import re

MOST = 400  # marks outside of code blocks, a line counting as one
MOST_SEARCHED = 100  # of them, brackets and addresses: for each the parser looks through the rest of the text
MOST_FOLLOWED = 20_000  # characters that follow links' opening marks up to white space: each is looked at for each mark
MOST_LETTERS = 20_000  # a limit for hosts that allow longer messages

_MARK = re.compile(r"[*_~`\[\]()<>|\\:@!&\n]|\w\.(?=\w)|//")
_SEARCHED = re.compile(r"\[|//|mailto:", re.IGNORECASE)
_TARGET = re.compile(r"\]\((?=(\S*))")
_FENCE = re.compile(r"(`{3,}(?=[^`]*\Z)|~{3,})")


def is_heavy(text: str) -> bool:
    """Whether `text` has more marks than are rendered."""
    if len(text) > MOST_LETTERS:
        return True
    return _too_many(text) and _too_many(_outside_code(text))


def _too_many(text: str) -> bool:
    if len(_MARK.findall(text)) > MOST or len(_SEARCHED.findall(text)) > MOST_SEARCHED:
        return True
    return sum(len(target) for target in _TARGET.findall(text)) > MOST_FOLLOWED


def _outside_code(text: str) -> str:
    """The lines of `text` that are not in a code block which begins in the first column, as the parser sees it.

    Such a block ends whatever stood before it, so it is one for the parser too; any other may not be.
    """
    outside, fence = [], ""
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not fence:
            outside.append(line)
            fence = found[1] if (found := _FENCE.match(line)) else ""
        elif _closes(line, fence):
            fence = ""
    return "\n".join(outside)


def _closes(line: str, fence: str) -> bool:
    mark = line.strip(" \t")
    indented = len(line) - len(line.lstrip(" "))
    return indented < 4 and len(mark) >= len(fence) and not mark.strip(fence[0])
