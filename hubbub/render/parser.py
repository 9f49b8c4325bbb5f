"""Which rules of Markdown are on, and how deep they nest. Headings, HTML, entities, rules across the page and indented
code are text: see docs/decisions/0036.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, list_block
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from hubbub.render import code, emoji, links, mentions, spaces, spoilers, tables, tasks
from hubbub.render.unspaced import Inline

DEEPEST_BLOCK = 12  # levels of quotes and lists; a list takes two
DEEPEST_INLINE = 8  # emphasis in emphasis
RULES = ["newline", "escape", "backticks", "emphasis", "strikethrough", "link", "autolink", "linkify",
         "fence", "blockquote", "list", "table"]  # fmt: skip

BlockRule = Callable[[StateBlock, int, int, bool], bool]


def markdown(text: str, env: dict[str, Any] | None = None) -> str:
    """The HTML that the rules make of `text`: only their own tags, everything else escaped. `env` is what they know
    and find out (see mentions.py)."""
    return str(_parser.render(text, env)).strip()


def _made() -> MarkdownIt:
    options: dict[str, Any] = {"linkify": True, "breaks": True, "html": False, "maxNesting": 100}
    parser = MarkdownIt("zero", options)
    parser.inline = Inline()
    parser.configure("zero", options)
    parser.enable(RULES)
    before = ["paragraph", "reference", "blockquote", "list"]  # what a quote ends, and but for lists a list
    parser.block.ruler.at("blockquote", _bounded(blockquote, 1), {"alt": before})
    parser.block.ruler.at("list", _bounded(list_block, 2), {"alt": before[:3]})
    for part in (links, spoilers, code, tables, tasks, mentions, emoji, spaces):
        part.add_to(parser)
    parser.core.ruler.after("inline", "depth", _flatten)
    return parser


def _bounded(rule: BlockRule, levels: int) -> BlockRule:
    """The rule, but not deeper than the bound, where the parser would drop text; and not for a mark with nothing after
    it, which then stands for itself."""

    def bounded(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if state.level + levels > DEEPEST_BLOCK:
            return False
        words = state.src[state.bMarks[start] + state.tShift[start] : state.eMarks[start]].split(maxsplit=1)
        return _says_something(words) and rule(state, start, end, silent)

    return bounded


def _says_something(words: list[str]) -> bool:
    return len(words) > 1 or bool(words and words[0].startswith(">") and words[0].strip(">"))


def _flatten(state: StateCore) -> None:
    """Emphasis below the deepest level, and a spoiler in a spoiler, become the text that they were."""
    for block in state.tokens:
        if block.type == "inline" and len(block.children or ()) > 2:
            _flatten_inline(block.children or [])


def _flatten_inline(tokens: list[Token]) -> None:
    kept: list[bool] = []
    hidden = 0
    for token in tokens:
        if token.nesting == 1:
            spoiler = token.type == "spoiler_open"
            kept.append((len(kept) < DEEPEST_INLINE and not (spoiler and hidden)) or token.type == "link_open")
            hidden += spoiler
            if not kept[-1]:
                _as_text(token)
        elif token.nesting == -1:
            hidden -= token.type == "spoiler_close"
            if not kept.pop():
                _as_text(token)


def _as_text(token: Token) -> None:
    token.type, token.tag, token.nesting, token.content = "text", "", 0, token.markup


_parser = _made()
