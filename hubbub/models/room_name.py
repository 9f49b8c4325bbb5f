"""What a room may be called, and when two names are one room. Pure; knows no database. Normal forms: UAX #15."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from hubbub.errors import Refusal, no_such_room
from hubbub.models.visible import fault_in, is_blank

LONGEST = 64
PRIVATE = "-/"  # a key that begins so is an address nobody can guess; no public name has a "/"
_ADDRESS = re.compile(re.escape(PRIVATE) + r"[A-Za-z0-9_-]{22}")


def clean_room_name(text: str) -> str:
    """`text` as a room's name: NFC, any white space as single spaces, ends trimmed.

    Refuses, with the reason, what can't be a room: empty, over 64 characters, with "/", control or confusing
    invisible characters, or only dots (a browser can't keep "." and ".." in an address); and what is another
    spelling of such a name.
    """
    name = " ".join(unicodedata.normalize("NFC", _spaces(text)).split(" ")).strip()
    while "  " in name:
        name = name.replace("  ", " ")
    for spelling in (name, room_key(name)):
        _check(spelling)
    return name


@lru_cache(maxsize=4096)
def name_and_key(text: str) -> tuple[str, str]:
    """The room's name and key for a name as somebody spelled it, or for a private room's address, which is both.
    Refuses as `clean_room_name`, and what can't be an address as one that does not exist.

    Kept: rooms are few, and every post and command names one.
    """
    if text.startswith(PRIVATE):
        if not _ADDRESS.fullmatch(text):
            raise no_such_room()
        return text, text
    name = clean_room_name(text)
    return name, room_key(name)


def room_key(name: str) -> str:
    """What is equal for all spellings of one room: compatibility-normal and casefolded (Unicode 3.13, D146), emoji in
    either style. It is a spelling of the room too."""
    if name.isascii():
        return " ".join(name.lower().split())
    plain = name.replace("\ufe0e", "").replace("\ufe0f", "")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFD", plain).casefold()).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def _spaces(text: str) -> str:
    return "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)


def _check(name: str) -> None:
    if is_blank(name):
        raise _no("A room's name needs at least one visible character.")
    if len(name) > LONGEST:
        raise _no(f"A room's name has at most {LONGEST} characters.")
    if "/" in name:
        raise _no("A room's name can't have a “/”.")
    if name in (".", ".."):
        raise _no("A room can't be called “.” or “..”: a browser drops these from an address.")
    if fault := fault_in(name):
        raise _no(f"A room's name can't have {fault}.")


def _no(reason: str) -> Refusal:
    return Refusal("bad_room_name", reason, field="room")
