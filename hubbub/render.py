"""Text → safe HTML, once, on the server: paragraphs, line breaks, links, code, emphasis.

Everything a person typed is escaped; only tags named here come out. Plain lines need no parser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_MARKUP = re.compile(r"[*_`\\\n\r]|://|@|\w\.\w", re.IGNORECASE)
_LINK_ATTRIBUTES = {"rel": "nofollow noopener noreferrer ugc", "target": "_blank"}


def render(text: str) -> str:
    """`text` as HTML made of p, br, a, code, pre, em and strong; every other character stands for itself."""
    if not _MARKUP.search(text):
        return f"<p>{escape(text)}</p>"
    return str(_markdown.render(text)).strip()


def _link_open(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    for name, value in _LINK_ATTRIBUTES.items():
        tokens[place].attrSet(name, value)
    return self.renderToken(tokens, place, options, env)


def _parser() -> MarkdownIt:
    options: dict[str, Any] = {"linkify": True, "breaks": True, "html": False, "maxNesting": 20}
    parser = MarkdownIt("zero", options)
    parser.enable(["newline", "escape", "backticks", "emphasis", "linkify", "fence"])
    parser.add_render_rule("link_open", _link_open)
    return parser


_markdown = _parser()
