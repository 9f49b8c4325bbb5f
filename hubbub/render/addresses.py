"""Where an address that stands in a text ends, and what only looks like one."""

from __future__ import annotations

import re

from linkify_it import LinkifyIt
from linkify_it.main import Match

# Countries that are the ends of files as well: whoever says README.md means no website. With a path, “www.” or “https://”
# it is one.
ENDS_OF_FILES = {"cc", "md", "mk", "pl", "ps", "py", "rs", "sh", "tf"}

# Marks that end a sentence, or what is quoted or put in brackets, where one writes without spaces.
_SIGN = re.compile("[。，、！？；：…）」』】》〉”’]")
_OPENED = {"）": "（", "」": "「", "』": "『", "】": "【", "》": "《", "〉": "〈", "”": "“", "’": "‘"}


class Addresses(LinkifyIt):  # type: ignore[misc]  # the library has no types
    """As the library finds them, with what it does not know about files and about Chinese and Japanese."""

    def test_schema_at(self, text: str, name: str, position: int) -> int:
        """How long an address is that goes on at `position` behind its scheme; 0 when there is none."""
        length = int(super().test_schema_at(text, name, position))
        return _length(text[position : position + length])

    def match(self, text: str) -> list[Match] | None:
        """All addresses in `text`, in order; None when there is none."""
        found = [_ended(one) for one in super().match(text) or () if not _is_file(one)]
        return found or None


def _length(address: str) -> int:
    """How much of it is one: up to a mark that ends a sentence, or closes what was not opened in it."""
    for sign in _SIGN.finditer(address):
        opened = _OPENED.get(sign[0])
        if opened is None or opened not in address[: sign.start()]:
            return sign.start()
    return len(address)


def _is_file(found: Match) -> bool:
    return not found.schema and found.text.rpartition(".")[2].lower() in ENDS_OF_FILES and "www." not in found.text


def _ended(found: Match) -> Match:
    spare = len(found.text) - _length(found.text)
    if spare and not found.schema:
        found.last_index -= spare
        found.raw, found.text, found.url = found.raw[:-spare], found.text[:-spare], found.url[:-spare]
    return found
