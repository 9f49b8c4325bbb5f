"""Tables: in a frame that scrolls by itself, columns aligned by a class, for pages that allow no inline styles."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

FRAME = '<div class="table" tabindex="0">'
ALIGNED = {"text-align:center": "center", "text-align:right": "right"}


def add_to(parser: MarkdownIt) -> None:
    """How tables and their cells are written."""
    parser.add_render_rule("table_open", _opened)
    parser.add_render_rule("table_close", _closed)
    parser.add_render_rule("th_open", _cell)
    parser.add_render_rule("td_open", _cell)


def _opened(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    return f"{FRAME}<table>\n"


def _closed(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    return "</table></div>\n"


def _cell(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    style = str(tokens[place].attrs.pop("style", ""))
    if style in ALIGNED:
        tokens[place].attrSet("class", ALIGNED[style])
    return self.renderToken(tokens, place, options, env)
