"""Names in messages lead somewhere: stored html says whom and what they mean, a page knows its own addresses.

And who looks at the page sees which names are theirs.
"""

from __future__ import annotations

import re
from html import unescape

from django.utils.safestring import SafeString, mark_safe

from hubbub.views.page import room_url

_MENTION = 'class="mention'
_ROOM = re.compile(r'<span class="mention mention--room" data-room="([^"]*)">([^<]*)</span>')


def addressed(html: str, you: str) -> SafeString:
    """Messages' `html` with a link at each name of a room, and the names of the person `you` (32 hex digits) marked."""
    if _MENTION in html:
        html = _ROOM.sub(_link, html).replace(f'data-person="{you}"', f'data-person="{you}" data-you')
    return mark_safe(html)  # noqa: S308  safe before, and the addresses are quoted


def _link(found: re.Match[str]) -> str:
    key, shown = found.groups()
    return f'<a class="mention mention--room" href="{room_url(unescape(key))}" data-room="{key}">{shown}</a>'
