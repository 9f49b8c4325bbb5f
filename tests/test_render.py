"""Text → safe HTML: nothing but the promised tags, nothing lost, no text that takes for ever."""

from __future__ import annotations

import time
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hubbub import render as module
from hubbub.render import render

TAGS = {"p", "br", "a", "code", "pre", "em", "strong"}
ATTRIBUTES = {"a": {"href", "rel", "target"}, "code": {"class"}}
SCHEMES = ("http://", "https://", "mailto:", "ftp://", "//")
hostile = st.lists(
    st.sampled_from(
        ["<script>", "</p>", "<img src=x onerror=1>", "javascript:alert(1)", "http://x.org/", "`", "```", "*", "_",
         "\n", "\n\n",
         "[a](b)", "![a](b)", "\\", '"', "'", "&lt;", "&", "<", ">", "a@b.org", "www.x.org", " ", "    ", "\t",
         "#", "> ", "- ",
         "data:text/html,x", "HTTP://X.ORG/\"onmouseover=1", "\0", "ä", "👍"]
    ) | st.text(max_size=5),
    max_size=30,
).map("".join)  # fmt: skip


class Reader(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError("a comment")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError("a declaration")

    def handle_pi(self, data: str) -> None:
        raise AssertionError("an instruction")


@given(hostile)
def test_only_promised_tags_come_out(text: str) -> None:
    for tag, attributes in Reader(render(text)).tags:
        assert tag in TAGS
        assert set(attributes) <= ATTRIBUTES.get(tag, set())


@given(hostile)
def test_links_lead_to_the_web_or_to_mail_and_say_nothing_of_us(text: str) -> None:
    for tag, attributes in Reader(render(text)).tags:
        if tag == "a":
            assert (attributes["href"] or "").lower().startswith(SCHEMES)
            assert attributes["rel"] == "nofollow noopener noreferrer ugc"
            assert attributes["target"] == "_blank"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="*_`\\@:."), max_size=80))
def test_text_without_markup_stands_for_itself(text: str) -> None:
    assert Reader(render(text)).text == text


@given(st.text(st.sampled_from("ab <>&\"'/#-+()[]!~|=:é👍\u00a0"), max_size=40).map(str.strip))
def test_the_short_way_for_plain_lines_shows_what_the_parser_shows(text: str) -> None:
    if text:
        short, long = Reader(render(text)), Reader(module._markdown.render(text).strip())
        assert (short.text, short.tags) == (long.text, long.tags)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("hello", "<p>hello</p>"),
        ("a\nb", "<p>a<br>\nb</p>"),
        ("a\n\nb", "<p>a</p>\n<p>b</p>"),
        ("*em* **strong**", "<p><em>em</em> <strong>strong</strong></p>"),
        ("`<b>`", "<p><code>&lt;b&gt;</code></p>"),
        ("snake_case_name", "<p>snake_case_name</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("\\*no\\*", "<p>*no*</p>"),
        ("# no heading", "<p># no heading</p>"),
        ("> no quote", "<p>&gt; no quote</p>"),
    ],
)
def test_text_becomes(text: str, html: str) -> None:
    assert render(text) == html


def test_addresses_become_links() -> None:
    for text, href in (
        ("see https://example.org/a?b=c&d", "https://example.org/a?b=c&d"),
        ("example.com", "http://example.com"),
        ("ana@example.org", "mailto:ana@example.org"),
    ):
        links = [attributes["href"] for tag, attributes in Reader(render(text)).tags if tag == "a"]
        assert links == [href]


@pytest.mark.parametrize(
    "text",
    [
        "javascript:alert(1)", "JaVaScRiPt://x%0aalert(1)", "data:text/html,<b>", "vbscript:x", "file:///etc/passwd",
        "[click](javascript:alert(1))", "<javascript:alert(1)>", "java\nscript:alert(1)",
    ],
)  # fmt: skip
def test_nothing_that_runs_is_a_link(text: str) -> None:
    for tag, attributes in Reader(render(text)).tags:
        assert tag != "a" or attributes["href"].startswith("http")


@pytest.mark.parametrize(
    "piece",
    ["*a ", "_a ", "**a", "***a**b*", "`", "``a`", "[", "![", "](", "_", "*", "\\", "http://", "http://a.b ", "www.",
     "a@",
     "a@b.", "a.b", "://", "<", "&", "\n", "a\n", "```\n", "```a ", "mailto:", "x" * 50 + "@", "a.a.a.a.", "((((http://a.b",
     "//a.", "*_", "ﷺ*"],
)  # fmt: skip
def test_no_message_takes_long_to_render(piece: str) -> None:
    """8,000 characters of the worst; the bound is generous for a busy machine."""
    text = (piece * 8000)[:8000]
    began = time.process_time()
    html = render(text)
    assert time.process_time() - began < 1.0
    assert len(html) < 2_000_000


def test_work_grows_with_the_text_and_not_with_its_square() -> None:
    def seconds(text: str) -> float:
        best = []
        for _ in range(3):
            began = time.process_time()
            render(text)
            best.append(time.process_time() - began)
        return min(best)

    for piece in ("*a ", "`", "[", "_", "http://", "a@b.c "):
        small, large = (piece * 2000)[:2000], (piece * 16000)[:16000]
        assert seconds(large) < 30 * seconds(small) + 0.05, piece
