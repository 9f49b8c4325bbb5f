"""A page's skeleton, rendered once around marks: what differs from one look at the page to the next is poured in after.

Only where each template of the skeleton is Hubbub's own: then all that it shows is known. A host's own skeleton, which
may show anything, is rendered each time.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings as django_settings
from django.core.signals import setting_changed
from django.http import HttpRequest
from django.template import Context
from django.template.loader import get_template
from django.urls import get_script_prefix
from django.utils import translation
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

import hubbub
from hubbub.shelf import Shelf

PARTS = "hubbub_parts"  # in the context of a skeleton that is being made: what marks the place of a part
MOST = 8_000_000  # bytes of skeletons kept; there is one for each room and language, of some 12 KB

_OURS = Path(hubbub.__file__).parent / "templates"
_BASE = "hubbub/base.html"
_SECRET = secrets.token_hex(8)  # no text on a page can look like a mark
_MARK = re.compile(f"<!--{_SECRET} (.+?)-->")

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mould:
    """What a skeleton shows, outside of its parts: the values in `fixed`, and the variables named in `poured`, which
    differ each time. All else in it depends on the language and the project alone."""

    fixed: tuple[Hashable, ...]
    poured: tuple[str, ...]

    def cast(self, template: str, context: Values, request: HttpRequest) -> bytes:
        """The page that `template` makes of `context`, in UTF-8: most of it was encoded when its skeleton was made."""
        if django_settings.DEBUG or not (is_ours(template) and is_ours(_BASE)):
            return get_template(template).render(dict(context), request).encode()
        key = (template, translation.get_language(), get_script_prefix(), *self.fixed)
        pieces = _skeletons.get(key, lambda: self._pieces(template, context, request))
        shared = Context(dict(context))
        filled = {name: _filled(name, shared, context, request).encode() for name in set(pieces.names)}
        return b"".join(
            chain.from_iterable(zip_longest(pieces.between, map(filled.__getitem__, pieces.names), fillvalue=b""))
        )

    def _pieces(self, template: str, context: Values, request: HttpRequest) -> _Pieces:
        marks = {name: _mark(name) for name in self.poured}
        split = _MARK.split(get_template(template).render({**context, **marks, PARTS: _mark}, request))
        return _Pieces([text.encode() for text in split[::2]], split[1::2])


class _Pieces(NamedTuple):
    """A skeleton: its text, and the names of what goes between, a variable or a part each."""

    between: list[bytes]
    names: list[str]


_skeletons: Shelf[_Pieces] = Shelf(MOST, lambda pieces: sum(map(len, pieces.between)))


def _mark(name: str) -> SafeString:
    return mark_safe(f"<!--{_SECRET} {name}-->")  # noqa: S308  names of our own


def _filled(name: str, shared: Context, values: Values, request: HttpRequest) -> str:
    """A variable's value, or a part: each of ours sees the same context, and leaves nothing in it."""
    if name in values:
        return conditional_escape(values[name])
    if not is_ours(name):
        return get_template(name).render(dict(values), request)
    with shared.push():
        return str(_part(name).render(shared))


@lru_cache(maxsize=64)
def _part(name: str) -> Any:
    return get_template(name).template  # type: ignore[attr-defined]  # every template of Django's has one


@lru_cache(maxsize=64)
def is_ours(template: str) -> bool:
    """Whether this template is Hubbub's own, not a host's of the same name."""
    origin: Any = get_template(template).origin  # type: ignore[attr-defined]  # every template of Django's has one
    return _OURS in Path(origin.name).parents


def _forget(*, setting: str, **_: object) -> None:
    if setting in ("TEMPLATES", "STORAGES", "STATIC_URL", "STATIC_ROOT", "FORCE_SCRIPT_NAME", "HUBBUB", "ROOT_URLCONF"):
        is_ours.cache_clear()
        _part.cache_clear()
        _skeletons.clear()


setting_changed.connect(_forget)
