"""White space as it was typed: indents, tabs, columns, drawings made of letters.

A paragraph that has such is marked for the CSS to keep every character of it; so a break in it is a tag and nothing
else. All others stay as they were.
"""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

KEPT = "spaced"  # the class of such a paragraph
BREAK = "<br>"


def is_spaced(text: str) -> bool:
    """Whether `text` would lose some of its white space where HTML is shown as usual."""
    return "  " in text or "\t" in text


def add_to(parser: MarkdownIt) -> None:
    """What keeps the white space, and last of all, when the text is what it will be, what marks where some is."""
    parser.inline.ruler.at("newline", _break)
    parser.core.ruler.before("inline", "indents", _indent)
    parser.core.ruler.push("spaces", _mark)
    parser.add_render_rule("spaced_break", _broken)


def _break(state: StateInline, silent: bool) -> bool:
    """As the parser's own rule, but the next line keeps its indent; two spaces before the end mean nothing."""
    if state.src[state.pos] != "\n":
        return False
    if not silent:
        state.pending = state.pending.rstrip(" \t")
        state.push("softbreak", "br", 0)
    state.pos += 1
    return True


def _indent(state: StateCore) -> None:
    """A paragraph that is in nothing else gets the indent of its first line back."""
    lines = state.src.split("\n") if "\n" in state.src else ()
    for before, token in zip(state.tokens, state.tokens[1:], strict=False):
        if token.type == "inline" and before.type == "paragraph_open" and before.level == 0 and token.map and lines:
            line = lines[token.map[0]]
            token.content = line[: len(line) - len(line.lstrip(" \t"))] + token.content


def _mark(state: StateCore) -> None:
    for before, token in zip(state.tokens, state.tokens[1:], strict=False):
        if token.type != "inline" or before.type != "paragraph_open" or before.hidden or before.attrs:
            continue
        children = token.children or []
        if any(child.type in ("text", "code_inline") and is_spaced(child.content) for child in children):
            before.attrSet("class", KEPT)
            for child in children:
                if child.type in ("softbreak", "hardbreak"):
                    child.type = "spaced_break"


def _broken(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    return BREAK
