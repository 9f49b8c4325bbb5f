"""Emphasis, strike and spoilers in languages without spaces; what is written with spaces is as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from hubbub.render import render
from tests.hostile import Reader

pytestmark = pytest.mark.stack("sqlite", "it asks no database and no layer")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("**中文。**后", "<strong>中文。</strong>后"),
        ("これは**「例」**です", "これは<strong>「例」</strong>です"),
        ("*(强调)*的", "<em>(强调)</em>的"),
        ("~~「古い」~~新しい", "<s>「古い」</s>新しい"),
        ("**'단어'**는", "<strong>&#x27;단어&#x27;</strong>는"),
        ("**ไทย!**ครับ", "<strong>ไทย!</strong>ครับ"),
        ("中 * 文 * 中", "中 * 文 * 中"),
    ],
)
def test_marks_beside_letters_of_these_scripts_are_marks(text: str, shown: str) -> None:
    assert render(text).replace("'", "&#x27;") == f"<p>{shown}</p>"


def test_a_spoiler_hides_what_it_is_to_hide() -> None:
    assert '<span class="spoiler__text">「犯人」</span>' in render("それは||「犯人」||です")


@given(st.text(st.sampled_from("ab *_~!(\"',"), max_size=30).map("a{}x, *so*".format))
def test_what_is_written_with_spaces_is_as_the_standard_has_it(text: str) -> None:
    standard = MarkdownIt("zero").enable(["emphasis", "strikethrough"]).render(text)
    assert Reader(render(text)).tags[1:] == Reader(standard).tags[1:]
    assert Reader(render(text)).text == Reader(standard).text.strip()
