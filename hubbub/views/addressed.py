"""Names in messages lead somewhere: stored html says whom and what they mean, a page knows its own addresses.

And who looks at the page sees which names are theirs.
"""

from __future__ import annotations

import re
from html import unescape

from django.utils.safestring import SafeString, mark_safe

from hubbub.views.page import person_url, room_url

_MENTION = '<span class="mention'
_NAMED = re.compile(
    r'<span class="mention(?P<room> mention--room)?" data-(?:person|room)="(?P<what>[^"]*)">(?P<shown>[^<]*)</span>'
)


def addressed(html: str, you: str) -> SafeString:
    """Messages' `html` with a link at each name, and the names of the person `you` (32 hex digits) marked."""
    if is_named(html):
        html = _NAMED.sub(_link, html).replace(f'data-person="{you}">@', f'data-person="{you}" data-you>@')
    return mark_safe(html)  # noqa: S308  safe before, and the addresses are quoted


def is_named(html: str) -> bool:
    """Whether there is a name in it."""
    return _MENTION in html


def _link(found: re.Match[str]) -> str:
    room, what, shown = found.groups()
    if room:
        return f'<a class="mention mention--room" href="{room_url(unescape(what))}" data-room="{what}">{shown}</a>'
    return f'<a class="mention" href="{person_url(what)}" data-person="{what}">{shown}</a>'
