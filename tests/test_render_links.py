"""Links lead to the web and to mail, say where, and nothing is fetched by looking at a message."""

from __future__ import annotations

import pytest

from hubbub.render import render
from tests.hostile import Reader

pytestmark = pytest.mark.stack("sqlite", "it asks no database and no layer")


def links(text: str) -> list[tuple[str, str]]:
    """Where each link leads, and its title."""
    found = [attributes for tag, attributes in Reader(render(text)).tags if tag == "a"]
    return [(attributes.get("href") or "", attributes.get("title") or "") for attributes in found]


@pytest.mark.parametrize(
    ("text", "href"),
    [
        ("see https://example.org/a?b=c&d", "https://example.org/a?b=c&d"),
        ("example.com", "http://example.com"),
        ("ana@example.org", "mailto:ana@example.org"),
        ("<https://example.org/>", "https://example.org/"),
        ("||https://example.org/||", "https://example.org/"),
        ("https://example.org/a_b_c*d*e", "https://example.org/a_b_c*d*e"),
        ("HTTPS://EXAMPLE.ORG/X", "https://example.org/X"),
        ("看https://example.org/a。好", "https://example.org/a"),
        ("（https://example.org/a）と「https://example.org/a」", "https://example.org/a"),
        ("见 example.org/a，好", "http://example.org/a"),
        (
            "https://zh.example.org/北京（消歧义）。",
            "https://zh.example.org/%e5%8c%97%e4%ba%ac%ef%bc%88%e6%b6%88%e6%ad%a7%e4%b9%89%ef%bc%89",
        ),
        ("https://docs.rs", "https://docs.rs"),
        ("docs.rs/tokio", "http://docs.rs/tokio"),
    ],
)
def test_addresses_become_links(text: str, href: str) -> None:
    assert {(found.lower(), title) for found, title in links(text)} == {(href.lower(), "")}


@pytest.mark.parametrize("name", ["README.md", "see main.py and lib.rs", "run.sh", "Main.PY"])
def test_a_file_is_no_website(name: str) -> None:
    assert render(name) == f"<p>{name}</p>"


def test_a_link_with_other_words_says_where_it_leads_whatever_its_author_says() -> None:
    assert links('[your bank](https://evil.example/ "https://bank.example/")') == [("https://evil.example/",) * 2]


def test_a_picture_is_a_link_to_it_and_not_shown() -> None:
    html = render("![a cat](https://example.org/cat.png)")
    assert links("![a cat](https://example.org/cat.png)") == [("https://example.org/cat.png",) * 2]
    assert "<img" not in html
    assert Reader(html).text == "a cat"


def test_a_link_without_words_shows_its_address() -> None:
    for text in ("[](https://example.org/x)", "![](https://example.org/x)"):
        assert Reader(render(text)).text == "https://example.org/x"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "JaVaScRiPt://x%0aalert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
     "/accounts/", "//example.org/", "ftp://example.org/", "?leave=1", "#m1", "java\nscript:alert(1)", "tel:1",
     "blob:x"],
)  # fmt: skip
def test_nothing_else_is_a_link(url: str) -> None:
    for text in (url, f"[click]({url})", f"<{url}>", f"![x]({url})", f"[click](<{url}>)"):
        for href, _ in links(text):
            assert href.startswith("http"), text
