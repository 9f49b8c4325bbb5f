"""Which characters show, and which only seem not to be there. Shared by the names of rooms and people.

Sources: joiners in context, RFC 5892 appendix A; invisible characters, the property Default_Ignorable_Code_Point of
the Unicode Character Database.
"""

from __future__ import annotations

import unicodedata

_ZWNJ, _ZWJ = "\u200c", "\u200d"
_TEXT_STYLE, _EMOJI_STYLE = "\ufe0e", "\ufe0f"
_BLACK_FLAG = "\U0001f3f4"
_TAGS = "".join(map(chr, range(0xE0020, 0xE0080)))
_VIRAMA = 9
_ON_A_LETTER, _MOST_MARKS = ("Mn", "Me"), 6  # Tibetan stacks five
_BLANKS = frozenset("\u00ad\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u180b\u180c\u180d\u180e\u180f")
_LETTERLIKE_EMOJI = frozenset("ℹ〰")
_JOINING_SCRIPTS = ("ARABIC", "SYRIAC", "MONGOLIAN", "NKO", "MANDAIC")


def is_blank(text: str) -> bool:
    """Whether nothing in `text` can be seen."""
    return all(_is_invisible(c) or (unicodedata.category(c)[0] in "ZC" and not _is_newer_emoji(c)) for c in text)


def fault_in(text: str) -> str | None:
    """What `text` has that no name can have: a character that stands for nothing, or hides. None: it can be a name."""
    for place, character in enumerate(text):
        if fault := _fault(text, place, character):
            return fault
    return None


def fault_of_marks(text: str) -> str | None:
    """What is wrong with the marks in a person's name, which stands beside other words: one without a letter would
    stand on those, and a tower of them over the lines above."""
    if any(unicodedata.category(word[0]) in _ON_A_LETTER for word in text.split()):
        return "an accent or another mark that has no letter to stand on"
    row = 0
    for character in text:
        row = row + 1 if unicodedata.category(character) in _ON_A_LETTER else 0
        if row > _MOST_MARKS:
            return f"more than {_MOST_MARKS} marks on one letter"
    return None


def _fault(text: str, place: int, character: str) -> str | None:
    category = unicodedata.category(character)
    code = f"U+{ord(character):04X}"
    if category == "Cc":
        return "control characters or line breaks"
    unassigned = category in ("Cs", "Co", "Cn", "Zl", "Zp") and not _is_newer_emoji(character)
    if unassigned or character == "\ufffd":
        return f"the character {code}: it stands for nothing visible"
    if _is_invisible(character) and not _joins(text, place, character):
        return f"the invisible {code} there: it would look like another one"
    return None


def _is_invisible(character: str) -> bool:
    variation = "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
    return variation or character in _BLANKS or unicodedata.category(character) == "Cf"


def _is_newer_emoji(character: str) -> bool:
    """A pictograph that this Python's Unicode does not know yet."""
    return "\U0001f000" <= character <= "\U0001faff" and unicodedata.category(character) == "Cn"


def _joins(text: str, place: int, character: str) -> bool:
    """Whether an invisible character does visible work here: inside an emoji, or joining letters of a script."""
    before, after = text[:place], text[place + 1 :]
    if not before:
        return False
    if character in (_TEXT_STYLE, _EMOJI_STYLE):
        return _is_symbol(before[-1]) or before[-1] in "0123456789#*" or before[-1] in _LETTERLIKE_EMOJI
    if character in _TAGS:
        return before.rstrip(_TAGS).endswith(_BLACK_FLAG)
    if character == _ZWJ and after and _is_symbol(after[0]):
        return _is_symbol(before.rstrip(_EMOJI_STYLE)[-1:])
    if character in (_ZWNJ, _ZWJ):
        return bool(after) and (unicodedata.combining(before[-1]) == _VIRAMA or _both_join(before[-1], after[0]))
    return False


def _is_symbol(character: str) -> bool:
    known = bool(character) and unicodedata.category(character) in ("So", "Sk", "Sm", "Po")
    return known or (bool(character) and _is_newer_emoji(character))


def _both_join(left: str, right: str) -> bool:
    return all(unicodedata.name(c, "").startswith(_JOINING_SCRIPTS) for c in (left, right))
