"""`{% load hubbub %}`: the import map of Hubbub's modules, and things to put into any page of the host."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from sys import getsizeof
from typing import Any

from django import template
from django.core.signals import setting_changed
from django.template.base import FilterExpression, Parser, Token
from django.template.loader import get_template
from django.template.loader_tags import do_include
from django.templatetags.static import static
from django.utils import translation
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import hubbub
from hubbub import api
from hubbub.initial import initial_of
from hubbub.shelf import Shelf
from hubbub.views.mould import PARTS, is_ours
from hubbub.views.parts import TEMPLATES, parts_url

register = template.Library()

_SOURCES = Path(hubbub.__file__).parent / "static"


@register.simple_tag(takes_context=True)
def hubbub_importmap(context: template.Context) -> SafeString:
    """The import map: plain module names to the URLs of the staticfiles storage, hashed or not; and before all modules
    the script that puts in place what a page shows on demand.

    Django's own rewriting of imports inside modules corrupts some files; a map leaves them alone.
    """
    nonce = context.get("csp_nonce") or ""
    attribute = format_html(' nonce="{}"', nonce) if nonce else ""
    script = format_html('<script defer src="{}"{}></script>', parts_url(), attribute)
    return format_html('<script type="importmap"{}>{}</script>{}', attribute, mark_safe(_map()), script)  # noqa: S308  JSON of our own


@lru_cache(maxsize=8)
def _map() -> str:
    modules = sorted((_SOURCES / "hubbub").rglob("*.js"))
    names = [module.relative_to(_SOURCES).as_posix() for module in modules]
    imports = {name.removesuffix(".js"): static(name) for name in names}
    return json.dumps({"imports": imports}).replace("<", "\\u003c")


@register.tag
def kept(parser: Parser, token: Token) -> template.Node:
    """`{% kept a b.c %}…{% endkept %}`: what stands inside depends on these values and the language alone, so it is
    rendered once for them. A form's tokens in it are put in anew each time."""
    on = [parser.compile_filter(word) for word in token.split_contents()[1:]]
    inside = parser.parse(("endkept",))
    parser.delete_first_token()
    return _Kept(inside, on)


class _Kept(template.Node):
    child_nodelists = ("inside",)
    most = 4_000_000  # bytes

    def __init__(self, inside: template.NodeList, on: list[FilterExpression]) -> None:
        self.inside = inside
        self.on = on
        self._rendered = Shelf(self.most, _bytes)  # by turns with the names of tokens

    def render(self, context: template.Context) -> SafeString:
        key = (translation.get_language(), *[_look(value.resolve(context)) for value in self.on])
        pieces = self._rendered.get(key, lambda: self._pieces(context))
        if len(pieces) == 1:
            return mark_safe(pieces[0])  # noqa: S308  rendered
        tokens = {name: conditional_escape(context.get(name) or "") for name in set(pieces[1::2])}
        filled = [tokens[piece] if at % 2 else piece for at, piece in enumerate(pieces)]
        return mark_safe("".join(filled))  # noqa: S308  the same, and what is escaped

    def _pieces(self, context: template.Context) -> list[str]:
        with context.push(**_TOKENS):
            return _TOKEN.split(self.inside.render(context))


def _bytes(pieces: list[str]) -> int:
    return sum(map(getsizeof, pieces))


_SECRET = secrets.token_hex(8)  # no text on a page can look like a mark
_TOKENS = {name: mark_safe(f"{_SECRET} {name} ") for name in ("csrf_token", "nonce")}  # noqa: S308  of our own
_TOKEN = re.compile(f"{_SECRET} (.+?) ")


def _look(value: Any) -> Any:
    """What stands for a value in the key under which a piece is kept."""
    try:
        hash(value)
    except TypeError:
        return str(value)
    return value


@register.tag
def part(parser: Parser, token: Token) -> template.Node:
    """`{% part "hubbub/x.html" %}`: an include that a skeleton leaves room for (see hubbub.views.mould)."""
    include: Any = do_include(parser, token)
    include.token, include.origin = token, parser.origin  # as the parser itself does for a tag's node
    return _Part(include, token.split_contents()[1].strip("\"'"))


class _Part(template.Node):
    def __init__(self, include: template.Node, name: str) -> None:
        self.include = include
        self.name = name

    def render(self, context: template.Context) -> SafeString:
        mark: Callable[[str], SafeString] | None = context.get(PARTS)
        return mark(self.name) if mark else mark_safe(self.include.render(context))  # noqa: S308  a template's


@register.simple_tag(takes_context=True)
def later(context: template.Context, name: str) -> SafeString:
    """`{% later "dialogs" %}`: room for what the script of hubbub.views.parts brings. A host's own template, which may
    show anything, stands here itself."""
    if is_ours(TEMPLATES[name]):
        return mark_safe(f'<div data-part="{name}" hidden></div>')  # noqa: S308  a name of our own
    shown: Any = context.flatten()
    return mark_safe(get_template(TEMPLATES[name]).render(shown))  # noqa: S308  a template's


@register.filter
def initial(name: Any) -> str:
    """What stands for a name in its avatar."""
    return initial_of(str(name or ""))


@register.filter
def span(seconds: Any) -> str:
    """A number of seconds in the largest unit that fits it: "5 minutes"."""
    count = int(seconds)
    if count >= 86_400 and count % 86_400 == 0:
        return ngettext("%d day", "%d days", count // 86_400) % (count // 86_400)
    if count >= 3600 and count % 3600 == 0:
        return ngettext("%d hour", "%d hours", count // 3600) % (count // 3600)
    if count >= 60 and count % 60 == 0:
        return ngettext("%d minute", "%d minutes", count // 60) % (count // 60)
    return ngettext("%d second", "%d seconds", count) % count


@register.filter
def link_bounds(detail: str) -> str:
    """What a link is good for, as the log of acts has it: its seconds and its uses, 0 for no bound."""
    seconds, uses = (int(number) for number in detail.split())
    held = _("good for %s") % span(seconds) if seconds else _("good for ever")
    return held + (", " + ngettext("for %d person", "for %d people", uses) % uses if uses else "")


@register.simple_tag(takes_context=True)
def hubbub_unread(context: template.Context, room: str) -> int:
    """How many messages of `room` the signed-in account has not read."""
    user = _account(context)
    return api.unread_count(room, author=user) if user else 0


@register.simple_tag(takes_context=True)
def hubbub_mentions(context: template.Context, room: str) -> int:
    """How many of the unread messages of `room` call the signed-in account."""
    user = _account(context)
    return api.mention_count(room, author=user) if user else 0


def _account(context: template.Context) -> Any:
    """Who is signed in; None for nobody, and where the page does not say."""
    user: Any = getattr(context.get("request"), "user", None)
    return user if user is not None and user.is_authenticated else None


def _forget(*, setting: str, **_: object) -> None:
    if setting in ("STORAGES", "STATIC_URL", "STATIC_ROOT", "FORCE_SCRIPT_NAME"):
        _map.cache_clear()


setting_changed.connect(_forget)
