"""White space as it was typed: kept where there is some to keep, and nothing else is changed by that."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub.render import plain, render
from tests.hostile import Reader, seen_by_a_browser

pytestmark = pytest.mark.stack("sqlite", "it asks no database and no layer")


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("a  b", '<p class="spaced">a  b</p>'),
        ("def f():\n\treturn 1", '<p class="spaced">def f():<br>\treturn 1</p>'),
        ("a\n    *b*", '<p class="spaced">a<br>    <em>b</em></p>'),
        ("a\n\n    b\n    c", '<p>a</p>\n<p class="spaced">    b<br>    c</p>'),
        ("`a  b` c", '<p class="spaced"><code>a  b</code> c</p>'),
        ("> a\n>   b", '<blockquote>\n<p class="spaced">a<br>  b</p>\n</blockquote>'),
        ("a  \nb", "<p>a<br>\nb</p>"),
        ("a\n b", "<p>a<br>\n b</p>"),
        ("- a\n  b", "<ul>\n<li>a<br>\nb</li>\n</ul>"),
        ("👍  👍", '<p class="large">👍  👍</p>'),
    ],
)
def test_white_space_is_kept(text: str, html: str) -> None:
    assert render(text) == html


def test_what_is_too_heavy_to_render_keeps_it_too() -> None:
    assert plain("*a\n\n  b\n\tc") == '<p>*a</p>\n<p class="spaced">  b<br>\tc</p>'


@given(st.lists(st.sampled_from(["a", "b", "*c*", "  ", "\t", " ", "\n", "\n\n", "||", "`"]), max_size=20).map("".join))
def test_no_character_but_markup_is_lost(text: str) -> None:
    """Apart from white space at the ends of lines, which nobody sees."""
    html = render(text.strip())
    seen_by_a_browser(html)
    letters = [one for one in text if one in "abc"]
    assert [one for one in Reader(html).text if one in "abc"] == letters


@given(st.text(st.sampled_from("ab \t\n"), min_size=1, max_size=40).map(str.strip).filter(bool))
def test_plain_lines_stand_as_they_were_typed(text: str) -> None:
    """Paragraph by paragraph: in a marked one every character is there, in another what HTML leaves of it."""
    shown = re.findall(r"<p( class=\"spaced\")?>(.*?)</p>", render(text), re.DOTALL)
    typed = [part for part in re.split(r"\n(?:[ \t]*\n)+", text) if part.strip()]
    assert len(shown) == len(typed)
    for (marked, html), part in zip(shown, typed, strict=True):
        lines = [line.rstrip(" \t") for line in part.split("\n")]
        if marked:
            assert html.rstrip(" \t") == "<br>".join(lines)
        else:
            assert [line.strip() for line in html.split("<br>\n")] == [line.strip() for line in lines]
            assert not any("  " in line or "\t" in line for line in lines)
