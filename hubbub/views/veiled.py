"""Messages of people whom the reader blocks, covered: a line says so, and a click or key looks behind it.

What is kept of a log is the same for all readers; this goes over it for the few who block somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

_ARTICLE = re.compile(r'<article class="message([^"]*)"([^>]* data-author="([0-9a-f]{32})"[^>]*)>')


def veiled(html: str, blocked: Iterable[str]) -> SafeString:
    """Messages' `html` with those by authors in `blocked` (32 hex digits each) covered."""
    hidden = frozenset(blocked)
    if hidden:
        veil = get_template("hubbub/veil.html").render({})
        html = _ARTICLE.sub(lambda found: _cover(found, veil) if found[3] in hidden else found[0], html)
    return mark_safe(html)  # noqa: S308  safe before; what is added is a template's


def _cover(found: re.Match[str], veil: str) -> str:
    return f'<article class="message{found[1]} message--veiled"{found[2]}>{veil}'
