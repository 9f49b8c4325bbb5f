"""Links: bare, in angle brackets, with words of their own; a picture is a link to it. Only to the web and to mail."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, link, linkify
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from hubbub.render.addresses import Addresses

SCHEMES = ("http://", "https://", "mailto:")
_ATTRIBUTES = {"rel": "nofollow noopener noreferrer ugc", "target": "_blank"}


def add_to(parser: MarkdownIt) -> None:
    """Links as Hubbub has them."""
    parser.linkify = Addresses()
    parser.validateLink = lambda url: url.lower().startswith(SCHEMES)  # type: ignore[method-assign]  # the library's way
    parser.inline.ruler.before("link", "picture", _picture)
    parser.inline.ruler.at("linkify", _bare)
    parser.core.ruler.after("linkify", "link names", _name_links)
    parser.add_render_rule("link_open", _link_open)


def _picture(state: StateInline, silent: bool) -> bool:
    """`![what](where)` is `[what](where)`: nothing is fetched from elsewhere by looking at a message."""
    if not state.src.startswith("![", state.pos):
        return False
    state.pos += 1
    if link(state, silent):
        return True
    state.pos -= 1
    return False


def _bare(state: StateInline, silent: bool) -> bool:
    """An address ends where a spoiler does."""
    if not state.src.startswith("://", state.pos):
        return False
    whole, end = state.src, state.src.find("||", state.pos)
    if end != -1:
        state.src = whole[:end]
    try:
        return linkify(state, silent)
    finally:
        state.src = whole


def _name_links(state: StateCore) -> None:
    """A link without words shows its address."""
    for block in state.tokens:
        children = block.children or []
        for place in range(len(children) - 1, 0, -1):
            opened = children[place - 1]
            if children[place].type == "link_close" and opened.type == "link_open":
                name = Token("text", "", 0, content=str(opened.attrGet("href")))
                children.insert(place, name)


def _link_open(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    """Where a link with words of its own leads stands in its title, in place of whatever its author put there."""
    opened = tokens[place]
    if opened.markup not in ("linkify", "autolink"):
        opened.attrSet("title", str(opened.attrGet("href")))
    for name, value in _ATTRIBUTES.items():
        opened.attrSet(name, value)
    return self.renderToken(tokens, place, options, env)
