"""Messages of people whom the reader blocks, covered: a line says so, and a click or key looks behind it.

What is kept of a log is the same for all readers; this goes over it for the few who block somebody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

_QUOTE = re.compile(r'<a class="quote([^"]*)"([^>]* data-author="([0-9a-f]{32})"[^>]*)>')
_ARTICLE = re.compile(r'<article class="message([^"]*)"([^>]* data-author="([0-9a-f]{32})"[^>]*)>')


def veiled(html: str, blocked: Iterable[str]) -> SafeString:
    """Messages' `html` with those by authors in `blocked` (32 hex digits each) covered, and quotes of them."""
    hidden = frozenset(blocked)
    if hidden:
        veil = get_template("hubbub/veil.html").render({})
        html = _ARTICLE.sub(lambda found: _cover(found, veil) if found[3] in hidden else found[0], html)
        html = _QUOTE.sub(lambda found: _cover_quote(found) if found[3] in hidden else found[0], html)
    return mark_safe(html)  # noqa: S308  safe before; what is added is a template's


def _cover(found: re.Match[str], veil: str) -> str:
    return f'<article class="message{found[1]} message--veiled"{found[2]}>{veil}'


def _cover_quote(found: re.Match[str]) -> str:
    return f'<a class="quote{found[1]} quote--veiled"{found[2]}>'
