"""Code blocks: highlighted in the languages that are named, whole in any case, and never for long."""

from __future__ import annotations

import time

import pytest

from hubbub.render import code, render
from tests.hostile import Reader, seen_by_a_browser

pytestmark = pytest.mark.stack("sqlite", "it asks no database and no layer")

FEW = ["\n", "\t", " ", "a\n", "a::", "(", "{", "<", '"', "/*", "<a ", "${", "\\", "a ", "&", "'", "`", "#", "|", "a.",
    "<?php ", "=>", "f\"{", "--", "1.", "@", "*", "$"]  # fmt: skip


def block(language: str, text: str) -> str:
    return f"```{language}\n{text}\n```"


@pytest.mark.parametrize("name", sorted(code.LANGUAGES))
def test_each_language_is_known_and_changes_no_character(name: str) -> None:
    text = "x = 'a' # \"b\" // 1.5 /* <c> */ & if else\n\n\tdef f(a: int) -> None { return; }\n@d $e %f ~g ```"
    html = render("````" + f"{name}\n{text}\n````")
    seen_by_a_browser(html)
    assert Reader(html).text.strip("\n") == text


def test_parts_of_code_have_classes_and_no_styles() -> None:
    html = render(block("python", "def f(x):  # why\n    return 'a' + 1"))
    for part in (">def<", ">f<", "># why<", ">1<"):
        assert part in html, html
    for kind in ("keyword", "name", "comment", "text", "number"):
        assert f'class="code__{kind}"' in html
    assert "style" not in html


@pytest.mark.parametrize("name", ["", "nonsense", "text", "guess", "../../x", "brainfuck", "python'\"><script>"])
def test_no_language_is_guessed(name: str) -> None:
    assert "<span" not in render(block(name, "def f(x): return 1"))


def test_c_is_highlighted_from_inside_of_a_function() -> None:
    html = render(block("c", 'int main(void) { return puts("hi") /* x */; }\nint more;'))
    assert html.count('class="code__type">int<') == 2
    assert 'class="code__keyword">return<' in html


def test_long_code_stays_plain_all_blocks_of_a_message_counted() -> None:
    line = "x = 1\n"
    assert "<span" in render(block("py", line * 500))
    assert "<span" not in render(block("py", line * 1000))
    assert render((block("py", line * 400) + "\n") * 3).count("<div") == 3
    first, second = render((block("py", line * 400) + "\n") * 2).split("</div>")[:2]
    assert "<span" in first
    assert "<span" not in second


def test_when_patience_ends_the_rest_is_plain_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "PATIENCE", -1)
    html = render(block("py", "def f(): pass"))
    assert "<span" not in html
    assert Reader(html).text == "def f(): pass\n"


@pytest.mark.parametrize("language", sorted(set(code.LANGUAGES.values())))
def test_no_language_takes_long_over_hostile_code(language: str) -> None:
    """One step of a lexer can't be broken off, and some lexers take seconds for one: those must not be in the list."""
    for piece in FEW:
        for lines in (piece * 4000)[:3990], "a" + (piece * 4000)[:3980] + "!":
            text = block(language, lines)
            began = time.process_time()
            render(text)
            assert time.process_time() - began < 0.5, piece
