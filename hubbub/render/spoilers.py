"""`||hidden||`: hidden until it is asked for, by a checkbox that lies over it, so that no script is needed.

What is hidden is hidden for screen readers too (spoiler.css), which meet a checkbox called “Spoiler”.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

MARK = "||"
_OPEN = (
    '<span class="spoiler"><input class="spoiler__switch" type="checkbox" aria-label="Spoiler">'
    '<span class="spoiler__text">'
)


def add_to(parser: MarkdownIt) -> None:
    """The rule, before links: a mark is noted where it stands, and paired when all are known."""
    parser.inline.add_terminator_char("|")
    parser.inline.ruler.after("strikethrough", "spoiler", _note)
    parser.inline.ruler2.after("strikethrough", "spoiler", _pair)
    parser.add_render_rule("spoiler_open", _opened)
    parser.add_render_rule("spoiler_close", _closed)


def _note(state: StateInline, silent: bool) -> bool:
    if silent or not state.src.startswith(MARK, state.pos):
        return False
    scanned = state.scanDelims(state.pos, True)
    for _ in range(scanned.length // 2):
        _push(state, MARK, can_open=scanned.can_open, can_close=scanned.can_close)
    if scanned.length % 2:
        state.push("text", "", 0).content = "|"
    state.pos += scanned.length
    return True


def _push(state: StateInline, content: str, *, can_open: bool, can_close: bool) -> None:
    state.push("text", "", 0).content = content
    place = len(state.tokens) - 1
    state.delimiters.append(Delimiter(marker=ord("|"), length=0, token=place, end=-1, open=can_open, close=can_close))


def _pair(state: StateInline) -> None:
    _pair_all(state.tokens, state.delimiters)
    for meta in state.tokens_meta:
        if meta:
            _pair_all(state.tokens, meta.get("delimiters", []))


def _pair_all(tokens: list[Token], delimiters: list[Any]) -> None:
    for opened in delimiters:
        if opened.marker == ord("|") and opened.end != -1:
            _turn(tokens[opened.token], "spoiler_open", 1)
            _turn(tokens[delimiters[opened.end].token], "spoiler_close", -1)


def _turn(token: Token, kind: str, nesting: Any) -> None:
    token.type, token.tag, token.nesting, token.markup, token.content = kind, "span", nesting, MARK, ""


def _opened(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    return _OPEN


def _closed(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    return "</span></span>"
