"""What a field of a form or an address says, where it is not a text."""

from __future__ import annotations


def number(text: str) -> int | None:
    """A number of the log or an id, below 10¹⁷; None for whatever is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 17 else None
