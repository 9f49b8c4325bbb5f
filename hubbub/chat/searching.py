"""Looking for what was said."""

from __future__ import annotations

from datetime import tzinfo

from django.utils import timezone

from hubbub.identity import Identity
from hubbub.rates import rates
from hubbub.search.find import Findings, find


def search_now(
    who: Identity, address: str, typed: str, *, zone: tzinfo, before: int | None = None, typing: bool = False,
    room: str = "",
) -> Findings:  # fmt: skip
    """A page of what `who` may read and `typed` asks for, of messages with an id below `before`; with a key in `room`,
    of that room alone. Days are those of `zone`. While they are `typing`, the last word may go on. Refuses
    `bad_search`, `rate_limited`."""
    rates.check_search(who.id, address)
    today = timezone.now().astimezone(zone).date()
    return find(who, typed, zone=zone, today=today, before=before, typing=typing, room=room)
