"""`- [ ] to do` and `- [x] done`: a list item with a box that shows and can't be clicked, named by the item's text."""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_BOXES = {"[ ] ": False, "[x] ": True, "[X] ": True}


def add_to(parser: MarkdownIt) -> None:
    """The rule, over all list items."""
    parser.core.ruler.after("inline", "tasks", _mark)
    parser.add_render_rule("task_open", _opened)
    parser.add_render_rule("task_close", _closed)


def _mark(state: StateCore) -> None:
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if (item.type, paragraph.type, inline.type) == ("list_item_open", "paragraph_open", "inline"):
            _mark_item(item, inline.children or [])


def _mark_item(item: Token, children: list[Token]) -> None:
    if not children or children[0].type != "text" or children[0].content[:4] not in _BOXES:
        return
    box = Token("task_open", "label", 1, meta={"done": _BOXES[children[0].content[:4]]})
    children[0].content = children[0].content[4:]
    children.insert(0, box)
    children.append(Token("task_close", "label", -1))
    item.attrSet("class", "task")


def _opened(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    checked = " checked" if tokens[place].meta["done"] else ""
    return f'<label class="task__label"><input class="task__box" type="checkbox" disabled{checked}> '


def _closed(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    return "</label>"
