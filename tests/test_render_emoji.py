"""Shortcodes become emoji, and a message of nothing but a few emoji is large."""

from __future__ import annotations

import pytest

from hubbub.render import render
from hubbub.render.emoji import completions, shortcodes

pytestmark = pytest.mark.stack("sqlite", "it asks no database and no layer")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("well :smile: done", "well 😄 done"),
        (":+1::tada:!", "👍🎉!"),
        ("at 10:30:20", "at 10:30:20"),
        (":nonsense:", ":nonsense:"),
        (":SMILE: a", "😄 a"),
        ("\\:smile:", ":smile:"),
        ("a :stuck_out_tongue: b", "a 😛 b"),
        ("root:x:0:0 and a:b:c", "root:x:0:0 and a:b:c"),
        ("(:tada:) 好:tada:好", "(🎉) 好🎉好"),
    ],
)
def test_text_with_shortcodes_becomes(text: str, shown: str) -> None:
    assert render(text) == f"<p>{shown}</p>"


def test_code_and_addresses_have_no_shortcodes() -> None:
    assert render("`:smile:`") == "<p><code>:smile:</code></p>"
    assert "😄" not in render("http://example.org/:smile:/")


@pytest.mark.parametrize("text", ["👍", "👍🏽 ❤️", "👩‍👩‍👧‍👦", "🇫🇷", "1️⃣ 2️⃣", ":tada:", ":tada: 🎉\n:heart:", "🎉" * 10])
def test_nothing_but_emoji_is_large(text: str) -> None:
    assert render(text).startswith('<p class="large">')


@pytest.mark.parametrize(
    "text", ["42", "#", "ok 👍", "👍!", "🎉" * 11, "👍\n\n👍", "*👍*", "- 👍", "→", "©2", "```\n👍\n```"]
)
def test_anything_else_is_not(text: str) -> None:
    assert "large" not in render(text)


def test_each_name_that_is_completed_means_what_it_shows() -> None:
    names = completions()
    assert len(names) > 1500
    assert [(name, one) for name, one in names if shortcodes()[name] != one] == []
    assert {"smile", "+1", "tada", "heart", "joy"} <= {name for name, _ in names}
