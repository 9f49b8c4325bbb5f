"""What a room may be called, and when two names are one room. Pure; knows no database.

Sources: normal forms, UAX #15; joiners in context, RFC 5892 appendix A; invisible characters, the property
Default_Ignorable_Code_Point of the Unicode Character Database.
"""

from __future__ import annotations

import unicodedata

from hubbub.errors import Refusal

LONGEST = 64
_ZWNJ, _ZWJ = "\u200c", "\u200d"
_TEXT_STYLE, _EMOJI_STYLE = "\ufe0e", "\ufe0f"
_BLACK_FLAG = "\U0001f3f4"
_VIRAMA = 9
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\u180b\u180c\u180d\u180e\u180f")
_JOINING_SCRIPTS = ("ARABIC", "SYRIAC", "MONGOLIAN", "NKO", "MANDAIC")


def clean_room_name(text: str) -> str:
    """`text` as a room's name: NFC, any white space as single spaces, ends trimmed.

    Refuses, with the reason, what can't be a room: empty, over 64 characters, with "/", control or confusing
    invisible characters, or only dots (a browser can't keep "." and ".." in an address).
    """
    name = " ".join(unicodedata.normalize("NFC", _spaces(text)).split(" ")).strip()
    while "  " in name:
        name = name.replace("  ", " ")
    if not name:
        raise _no("A room's name needs at least one visible character.")
    if len(name) > LONGEST:
        raise _no(f"A room's name has at most {LONGEST} characters.")
    if "/" in name:
        raise _no("A room's name can't have a “/”.")
    if name in (".", ".."):
        raise _no("A room can't be called “.” or “..”: a browser drops these from an address.")
    for place, character in enumerate(name):
        _check(name, place, character)
    if not room_key(name).strip():
        raise _no("A room's name needs at least one visible character.")
    return name


def room_key(name: str) -> str:
    """What is equal for all spellings of one room: compatibility-normal and casefolded (Unicode 3.13, D146)."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", name).casefold()).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def _spaces(text: str) -> str:
    return "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)


def _check(name: str, place: int, character: str) -> None:
    category = unicodedata.category(character)
    if category == "Cc":
        raise _no("A room's name can't have control characters or line breaks.")
    if category in ("Cs", "Co", "Cn", "Zl", "Zp") or character == "\ufffd":
        raise _no(f"A room's name can't have the character U+{ord(character):04X}: it stands for nothing visible.")
    invisible = category == "Cf" or character in _BLANKS or _is_variation(character)
    if invisible and not _joins(name, place, character):
        code = f"U+{ord(character):04X}"
        raise _no(f"A room's name can't have the invisible {code} there: it would look like another room.")


def _is_variation(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _joins(name: str, place: int, character: str) -> bool:
    """Whether an invisible character does visible work here: inside an emoji, or joining letters of a script."""
    before, after = name[:place], name[place + 1 :]
    if not before:
        return False
    if character in (_TEXT_STYLE, _EMOJI_STYLE):
        return _is_symbol(before[-1]) or before[-1] in "0123456789#*"
    if "\U000e0020" <= character <= "\U000e007f":
        return before.rstrip("".join(map(chr, range(0xE0020, 0xE0080)))).endswith(_BLACK_FLAG)
    if character == _ZWJ and after and _is_symbol(after[0]):
        return _is_symbol(before.rstrip(_EMOJI_STYLE)[-1:])
    if character in (_ZWNJ, _ZWJ):
        return bool(after) and (unicodedata.combining(before[-1]) == _VIRAMA or _both_join(before[-1], after[0]))
    return False


def _is_symbol(character: str) -> bool:
    return bool(character) and unicodedata.category(character) in ("So", "Sk", "Sm", "Po")


def _both_join(left: str, right: str) -> bool:
    return all(unicodedata.name(c, "").startswith(_JOINING_SCRIPTS) for c in (left, right))


def _no(reason: str) -> Refusal:
    return Refusal("bad_room_name", reason, field="room")
