"""Code blocks, highlighted for the languages named here. Never guesses a language, and long code stays plain."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

if TYPE_CHECKING:
    from pygments.lexer import Lexer

HIGHLIGHTED = 4_000  # characters of a message
PATIENCE = 0.015  # seconds of CPU for a message's highlighting. Hostile code makes some lexers quadratic; then the rest
# of the block is plain. Code that people write takes a tenth of it.

# What people write after the three backticks → the lexer.
LANGUAGES = {
    name: lexer
    for lexer, names in {
        "bash": "bash sh shell zsh console shell-session", "c": "c h", "cpp": "cpp c++ cc hpp",
        "csharp": "csharp c# cs", "css": "css", "diff": "diff patch udiff", "docker": "docker dockerfile",
        "go": "go golang", "html": "html", "http": "http", "java": "java",
        "javascript": "javascript js jsx mjs", "json": "json", "kotlin": "kotlin kt", "lua": "lua",
        "make": "make makefile", "nginx": "nginx", "php": "php", "postgresql": "postgresql postgres psql",
        "powershell": "powershell pwsh ps1", "python": "python py python3",
        "ruby": "ruby rb", "rust": "rust rs", "scss": "scss", "sql": "sql", "swift": "swift", "toml": "toml ini cfg",
        "typescript": "typescript ts tsx", "xml": "xml svg", "yaml": "yaml yml",
    }.items()
    for name in names.split()
}  # fmt: skip

# C's rules for whole functions look far ahead, and take seconds for a thousand empty lines: begin inside of one.
STARTED = {language: {"stack": ("statement",)} for language in ("c", "cpp")}


def add_to(parser: MarkdownIt) -> None:
    """How a code block is written."""
    parser.add_render_rule("fence", _fence)


def _fence(self: RendererHTML, tokens: Sequence[Token], place: int, options: OptionsDict, env: EnvType) -> str:
    block = tokens[place]
    name = (block.info.split(maxsplit=1) or [""])[0].lower()
    left = env.setdefault("highlighted", HIGHLIGHTED)
    if name in LANGUAGES and len(block.content) <= left:
        env["highlighted"] = left - len(block.content)
        inside = _highlighted(block.content, LANGUAGES[name], env)
    else:
        inside = escape(block.content)
    return f'<div class="code"><pre tabindex="0"><code>{inside}</code></pre></div>\n'


def _highlighted(code: str, language: str, env: EnvType) -> str:
    """The code with its parts in spans, as far as the message's patience goes."""
    parts: list[str] = []
    done, lexer, began = 0, _lexer(language), time.thread_time()  # reading a lexer in, once, is not the message's fault
    end = began + env.get("patience", PATIENCE)
    for place, kind, value in lexer.get_tokens_unprocessed(code, **STARTED.get(language, {})):
        if place != done or time.thread_time() > end:  # one that goes back or leaves out would change the text
            break
        css = _class(kind)
        parts.append(f'<span class="{css}">{escape(value)}</span>' if css and value.strip() else escape(value))
        done += len(value)
    env["patience"] = end - time.thread_time()
    return "".join(parts) + escape(code[done:])


@lru_cache(maxsize=512)
def _class(kind: Any) -> str:
    """The class for a kind of token, or for the nearest wider kind that has one."""
    from pygments.token import STANDARD_TYPES

    while kind is not None and STANDARD_TYPES.get(kind) not in SHOWN:
        kind = kind.parent
    return SHOWN[STANDARD_TYPES[kind]] if kind is not None else ""


@lru_cache(maxsize=64)
def _lexer(language: str) -> Lexer:
    """Asks for Pygments only now: it weighs some megabytes, and a server without code blocks does without."""
    from pygments.lexers import get_lexer_by_name

    return get_lexer_by_name(language)


def _shown() -> dict[str, str]:
    """Pygments' short names → ours: ten kinds of parts are enough to read by, and few enough to see apart."""
    kinds = {
        "comment": "c ch cm cpf c1 cs sd", "keyword": "k kc kd kn kp kr ow nt", "type": "kt nc nn ne no",
        "name": "nf fm nb bp nd na nv vc vg vi vm nl py", "text": "s sa sb sc dl s2 se sh si sx sr s1 ss l ld",
        "number": "m mb mf mh mi il mo", "preprocessor": "cp", "deleted": "gd gr gt", "inserted": "gi",
        "heading": "gh gu gp",
    }  # fmt: skip
    return {short: f"code__{kind}" for kind, shorts in kinds.items() for short in shorts.split()}


SHOWN = _shown()
