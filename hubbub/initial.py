"""What stands for a name in its avatar: the same rule as in elements/avatar.js. The ground is css/avatar.css."""

from __future__ import annotations

import unicodedata

MOST = 12  # code points
_JOINER = "\u200d"


def initial_of(name: str) -> str:
    """The first sign of a name as one sees it: with its accents, a flag or a joined emoji whole, as a capital."""
    name = name.lstrip()
    end = min(1, len(name))
    if len(name) > 1 and _is_region(name[0]) and _is_region(name[1]):
        end = 2
    while end < len(name) and end < MOST:
        if _goes_on(name[end]):
            end += 1
        elif name[end] == _JOINER and end + 1 < len(name):
            end += 2
        else:
            break
    return name[:end].upper()


def _is_region(sign: str) -> bool:
    """A letter of a flag."""
    return "\U0001f1e6" <= sign <= "\U0001f1ff"


def _goes_on(sign: str) -> bool:
    """An accent, a skin tone, or a tag of a flag: shown together with what stands before it."""
    tone, tag = "\U0001f3fb" <= sign <= "\U0001f3ff", "\U000e0020" <= sign <= "\U000e007f"
    return tone or tag or unicodedata.category(sign).startswith("M")
