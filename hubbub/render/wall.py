"""The second wall: whatever the parser made, only these tags, attributes, classes and schemes come out."""

from __future__ import annotations

import nh3

from hubbub.render.code import SHOWN
from hubbub.render.spaces import KEPT
from hubbub.render.tables import ALIGNED

TAGS = {
    "p", "br", "a", "code", "pre", "em", "strong", "s", "ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr",
    "th", "td", "div", "span", "label", "input",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "rel", "target", "title"}, "ol": {"start"}, "input": {"type", "disabled", "checked", "aria-label"},
    "span": {"data-person", "data-room"},
}  # fmt: skip
VALUES = {
    "a": {"target": {"_blank"}}, "pre": {"tabindex": {"0"}}, "div": {"tabindex": {"0"}},
    "input": {"type": {"checkbox"}, "aria-label": {"Spoiler"}},
}  # fmt: skip
CLASSES = {
    "p": {"large", KEPT}, "li": {"task"}, "label": {"task__label"}, "input": {"task__box", "spoiler__switch"},
    "div": {"code", "table"},
    "span": {"spoiler", "spoiler__text", "mention", "mention--room", "mention--all", *SHOWN.values()},
    "td": set(ALIGNED.values()), "th": set(ALIGNED.values()),
}  # fmt: skip
SCHEMES = {"http", "https", "mailto"}


def clean(html: str) -> str:
    """`html` without anything that is not named here."""
    return _cleaner.clean(html)


_cleaner = nh3.Cleaner(
    tags=TAGS,
    attributes={**ATTRIBUTES, "a": ATTRIBUTES["a"] - {"rel", "target"}, "input": {"disabled", "checked"}},
    tag_attribute_values=VALUES,
    allowed_classes=CLASSES,
    set_tag_attribute_values={"a": {"target": "_blank"}, "input": {"type": "checkbox"}},
    link_rel="nofollow noopener noreferrer ugc",
    url_schemes=SCHEMES,
    url_relative="deny",
)
