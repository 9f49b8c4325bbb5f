"""Task lists: boxes that show, can't be clicked, and are named by their text."""

from __future__ import annotations

import pytest

from hubbub.render import render

pytestmark = pytest.mark.stack("sqlite", "it asks no database and no layer")

BOX = '<li class="task"><label class="task__label"><input class="task__box" type="checkbox" disabled=""{}> {}</label>'


def test_a_task_has_a_box_with_its_text_for_a_label() -> None:
    html = render("- [ ] to *do*\n- [x] done\n- [X] too\n- none")
    assert BOX.format("", "to <em>do</em>") in html
    assert BOX.format(' checked=""', "done") in html
    assert html.count("checked") == 2
    assert "<li>none</li>" in html


def test_tasks_nest_and_are_numbered() -> None:
    assert render("1. [ ] a\n   - [x] b").count("disabled") == 2


@pytest.mark.parametrize("text", ["[ ] a", "- [] a", "- [y] a", "- [ ]a", "- a [ ] b", "- `[ ] a`", "- \\[ ] a"])
def test_other_brackets_stay(text: str) -> None:
    assert "<input" not in render(text)
