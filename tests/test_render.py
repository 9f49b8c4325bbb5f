"""Text → safe HTML: nothing but the promised tags, nothing lost, no text that takes for ever."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hubbub import render as module
from hubbub.render import is_dear, render
from hubbub.render.parser import markdown
from hubbub.render.wall import clean
from hubbub.render.weight import is_heavy
from tests.hostile import PIECES, VECTORS, Reader, seen_by_a_browser

pytestmark = pytest.mark.stack("sqlite", "it asks no database and no layer")

BOUND = 0.05  # seconds of CPU, on the machine that the design speaks of
WIDE = 10  # times as much here: another machine, and a busy one

hostile = st.lists(st.sampled_from(PIECES) | st.sampled_from(VECTORS) | st.text(max_size=5), max_size=30).map("".join)


@given(hostile)
def test_only_promised_tags_come_out(text: str) -> None:
    html = render(text)
    seen_by_a_browser(html)
    for tag, attributes in Reader(html).tags:
        if tag == "input":
            assert "disabled" in attributes or attributes["class"] == "spoiler__switch", attributes


@given(hostile)
def test_the_second_wall_finds_nothing_to_take_away(text: str) -> None:
    """Whatever is safe by the parser alone stays as it is, save for links to addresses that can't be."""
    made = markdown(text)
    before, after = Reader(made), Reader(clean(made))
    assert [tag for tag, _ in before.tags] == [tag for tag, _ in after.tags]
    assert before.text == after.text


@pytest.mark.parametrize("place", ["{}", "*{}*", "||{}||", "- {}", "> {}", "- [ ] {}", "| a |\n|---|\n| {} |", "`{}`",
    "```{}\nx\n```", "```html\n{}\n```", "[{}](http://x.org/)", "[x]({})", "![{}]({})", "<{}>", "[x](<{}>)",
    '[x](http://x.org/ "{}")', "http://x.org/{}", ":{}:", "a@{}.org", "\\{}", "~~{}~~", "1. {}"])  # fmt: skip
@pytest.mark.parametrize("vector", VECTORS)
def test_no_script_gets_through_wherever_it_stands(vector: str, place: str) -> None:
    seen_by_a_browser(render(place.replace("{}", vector)))


@pytest.mark.parametrize("vector", VECTORS)
def test_the_second_wall_holds_alone(vector: str) -> None:
    seen_by_a_browser(clean(vector))


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="*_`\\@:.>+-|~0123456789"), max_size=80)
)
def test_text_without_markup_stands_for_itself(text: str) -> None:
    assert Reader(render(text)).text == text


@given(st.text(st.sampled_from("ab <>&\"'/#-+()[]!~|=:é👍1.\u00a0"), max_size=40).map(str.strip))
@example(":||")
def test_the_short_way_for_plain_lines_shows_what_the_parser_shows(text: str) -> None:
    if text:
        short, long = Reader(render(text)), Reader(clean(markdown(text)))
        assert (short.text, short.tags) == (long.text, long.tags)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("hello", "<p>hello</p>"),
        ("a\nb", "<p>a<br>\nb</p>"),
        ("a\n\nb", "<p>a</p>\n<p>b</p>"),
        ("*em* **strong** ~~gone~~", "<p><em>em</em> <strong>strong</strong> <s>gone</s></p>"),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
        ("snake_case_name", "<p>snake_case_name</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("&lt; &amp;", "<p>&amp;lt; &amp;amp;</p>"),
        ("\\*no\\*", "<p>*no*</p>"),
        ("# no heading", "<p># no heading</p>"),
        ("no heading\n===", "<p>no heading<br>\n===</p>"),
        ("a\n\n---\n\nb", "<p>a</p>\n<p>---</p>\n<p>b</p>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a\n4. b", '<ol start="3">\n<li>a</li>\n<li>b</li>\n</ol>'),
        ("- a\n  1. b", "<ul>\n<li>a\n<ol>\n<li>b</li>\n</ol>\n</li>\n</ul>"),
        ("-", "<p>-</p>"),
        (">", "<p>&gt;</p>"),
        ("1.", "<p>1.</p>"),
        ("[a]: http://b.org", '<p>[a]: <a href="http://b.org" target="_blank"'
         ' rel="nofollow noopener noreferrer ugc">http://b.org</a></p>'),
    ],
)  # fmt: skip
def test_text_becomes(text: str, html: str) -> None:
    assert render(text) == html


def test_a_table_scrolls_by_itself_and_aligns_its_columns_without_styles() -> None:
    html = render("| a | b | c |\n|:--|:-:|--:|\n| 1 | 2 | *3* |")
    assert html.startswith('<div class="table" tabindex="0"><table>')
    assert '<td>1</td>\n<td class="center">2</td>\n<td class="right"><em>3</em></td>' in html
    assert "style" not in html


@pytest.mark.parametrize(
    ("mark", "deep"), [(">", 10), ("> ", 10), ("- ", 10), ("1. ", 10), ("*a **b ", 8), ("[", 0), ("||a ", 1)]
)
def test_what_nests_too_deep_stays_as_text(mark: str, deep: int) -> None:
    for times in (60, 100_000):
        text = mark * times + "end"
        html = render(text)
        seen_by_a_browser(html)
        shown = Reader(html)
        assert shown.text.rstrip().endswith("end")
        assert shown.deepest <= 2 * deep + 4


@pytest.mark.parametrize("mark", ["*", "**", "~~", "*_", "||"])
def test_emphasis_nests_so_deep_and_the_rest_stays_as_text(mark: str) -> None:
    for times in (12, 90):
        text = f"{mark}a " * times + f" b{mark[::-1]}" * times
        html = render(text)
        seen_by_a_browser(html)
        shown = Reader(html)
        assert 1 < shown.deepest <= 10
        assert (shown.text.count("a"), shown.text.count("b")) == (times, times)


def test_nothing_is_lost_in_the_deep() -> None:
    words = [f"word{number}" for number in range(60)]
    for mark in ("> ", "- ", "**", "||", "~~", "[", "* "):
        shown = Reader(render("".join(f"{mark}{word} " for word in words))).text
        assert [word for word in words if word not in shown] == []


def test_a_text_of_nothing_but_marks_is_shown_as_typed() -> None:
    text = "*a* " * 2000
    assert is_heavy(text)
    assert render(text) == f"<p>{text}</p>"
    assert render("*\n\n*" * 1000).startswith("<p>*</p>\n<p>**</p>")


@pytest.mark.parametrize("text", ["[a](" * 80 + "x" * 7000, "[" * 120, "mailto:" * 120, "a//" * 120, "x" * 30_000])
def test_what_the_parser_would_search_again_and_again_is_heavy(text: str) -> None:
    assert is_heavy(text)
    assert not is_heavy(text[:30])


def test_code_blocks_may_be_long_whatever_stands_in_them() -> None:
    code = "a[1] = b * (c | d)\n" * 300
    html = render(f"See *this*:\n```\n{code}```")
    assert "<em>this</em>" in html
    assert Reader(html).text.endswith(code)


@pytest.mark.parametrize("escape", ["- a\n  ```\n{}", "> ```\n{}", "```\nx\n```\n{}", "    ```\n{}", "```a`\n{}"])
def test_marks_hide_behind_no_code_block_that_the_parser_does_not_see(escape: str) -> None:
    assert is_heavy(escape.replace("{}", "*a " * 1000))


def test_only_what_costs_much_is_dear() -> None:
    render(":smile: 👍")  # from now on the names of emoji are at hand
    assert not is_dear("hello " * 1000)
    assert not is_dear("*short* and :smile:")
    assert is_dear("*long* " * 100)
    assert is_dear("```py\nx\n```")


@pytest.mark.parametrize("piece", PIECES)
def test_no_message_takes_long_to_render(piece: str) -> None:
    """8,000 characters of the worst, just as many of it as are rendered at all, and those before a long word."""
    most = _most_that_is_rendered(piece)
    for text in ((piece * 8000)[:8000], (piece * 8000)[:most], (piece * 8000)[:most].ljust(8000, "x")):
        began = time.process_time()
        html = render(text)
        assert time.process_time() - began < BOUND * WIDE
        assert len(html) < 500_000
        seen_by_a_browser(html)


def _most_that_is_rendered(piece: str) -> int:
    least, most = 1, 8000
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (least, middle - 1) if is_heavy((piece * 8000)[:middle]) else (middle, most)
    return least


def test_a_plain_line_never_meets_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "markdown", lambda text: pytest.fail("the parser"))
    for text in (
        "hello",
        "What? No! (a) [b] 'c' 5 < 6 & 7 > 3, #8 | ~9 — 10 € = x",
        "Grüße, 你好, שלום",
        "👍",
        "it is 10:30",
    ):
        render(text)
