"""Spoilers: what is between two bars is hidden in the markup's own way, and bars that mean something else stay."""

from __future__ import annotations

import pytest

from hubbub.render import render
from tests.hostile import Reader

pytestmark = pytest.mark.stack("sqlite", "it asks no database and no layer")

HIDDEN = (
    '<span class="spoiler"><input class="spoiler__switch" type="checkbox" aria-label="Spoiler">'
    '<span class="spoiler__text">{}</span></span>'
)


def test_a_spoiler_is_a_checkbox_and_what_it_shows() -> None:
    assert render("the ||gardener||") == f"<p>the {HIDDEN.format('gardener')}</p>"


def test_markup_works_inside_and_around() -> None:
    assert render("**||*a*||**") == f"<p><strong>{HIDDEN.format('<em>a</em>')}</strong></p>"
    assert render("- ||a||\n- b").count("spoiler__switch") == 1
    assert render("|a|\n|---|\n|\\|\\|x\\|\\||").count("spoiler__switch") == 1


@pytest.mark.parametrize("text", ["a || b || c", "||", "||||", "|a|", "|| a ||", "||a", "`||a||`", "\\||a||", "a ||"])
def test_other_bars_stay(text: str) -> None:
    html = render(text)
    assert "spoiler" not in html
    assert Reader(html).text == text.replace("`", "").replace("\\", "")


def test_a_spoiler_in_a_spoiler_is_hidden_with_it() -> None:
    html = render("||a ||b|| c||")
    assert Reader(html).text.replace("|", "") == "a b c"
    assert html.count("spoiler__switch") == html.count('class="spoiler"') > 0
