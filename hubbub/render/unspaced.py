"""Marks in languages that are written without spaces, or with endings that follow a quote at once: **「例」**です.

Markdown asks whether a mark stands at a space or a letter, to tell `2 * 3` from `*so*`. Where no spaces are written it
then takes a mark beside a bracket or a full stop for text. Beside a letter of these scripts it is a mark.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Scanned
from markdown_it.token import Token
from markdown_it.utils import EnvType

# Thai, Hangul, Hiragana and Katakana, Han.
_LETTER = re.compile(
    "[\u0e00-\u0e7f\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    "\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)


class Inline(ParserInline):
    """The library's parser of what stands in a line, over states of ours."""

    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        """As the library's."""
        state = _State(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


class _State(StateInline):
    def scanDelims(self, start: int, canSplitWord: bool) -> Scanned:  # the library's names
        scanned = super().scanDelims(start, canSplitWord)
        if not canSplitWord:  # an underscore in a word is a letter of it
            return scanned
        end = start + scanned.length
        before, after = self.src[max(0, start - 1) : start], self.src[end : min(end + 1, self.posMax)]
        return Scanned(
            scanned.can_open or bool(_LETTER.match(before) and after.strip()),
            scanned.can_close or bool(_LETTER.match(after) and before.strip()),
            scanned.length,
        )
