"""docs/embedding.md shows what this project really does: every snippet stands in the file that it names."""

from __future__ import annotations

import re

import pytest

from hubbub.conf import KNOWN
from tests.embedding.host import PROJECT
from tests.servers import ROOT

DOCUMENT = (ROOT / "docs" / "embedding.md").read_text()
SNIPPETS = re.findall(r"^`([\w./]+\.(?:py|html|css))`:?\n\n```\w+\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


def test_there_are_snippets_to_look_at() -> None:
    assert len(SNIPPETS) >= 8
    fences = re.findall(r"^```(?:python|html|css|django)$", DOCUMENT, re.MULTILINE)
    assert len(fences) == len(SNIPPETS), "a snippet without the name of its file is not looked at"


@pytest.mark.parametrize(("file", "snippet"), SNIPPETS, ids=[file for file, _ in SNIPPETS])
def test_a_snippet_stands_in_its_file(file: str, snippet: str) -> None:
    rest = _lines((PROJECT / file).read_text())
    for part in _lines(snippet).split("\n…\n"):
        _, found, rest = rest.partition(part.strip("\n"))
        assert found, f"{file} has no such lines (in this order):\n{part}"


def test_every_key_of_hubbub_that_is_named_exists() -> None:
    named = set(re.findall(r"`([A-Z][A-Z_]+)`", DOCUMENT))
    unknown = {name for name in named if name not in KNOWN and name not in _of_django()}
    assert not unknown


def test_every_token_of_the_theme_exists() -> None:
    tokens = set(re.findall(r"--hubbub-[a-z-]+", DOCUMENT + (PROJECT / "static/site/chat.css").read_text()))
    known = (ROOT / "hubbub/static/hubbub/css/hubbub.css").read_text()
    assert tokens
    assert all(f"{token}:" in known for token in tokens)


def test_every_block_that_is_named_exists() -> None:
    templates = "\n".join(path.read_text() for path in (ROOT / "hubbub/templates/hubbub").glob("*.html"))
    table = DOCUMENT.partition("| block |")[2].partition("\n\n")[0]
    blocks = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert blocks
    assert all(f"{{% block {name} %}}" in templates for name in blocks)


def _lines(text: str) -> str:
    """The text without blank lines, comments about tests, or trailing space: those may differ."""
    kept = (re.sub(r"\s+# noqa.*", "", line).rstrip() for line in text.splitlines())
    return "\n".join(line for line in kept if line)


def _of_django() -> set[str]:
    return set(re.findall(r"[A-Z][A-Z_]+", (PROJECT / "intranet/settings.py").read_text())) | {
        "CHANNEL_LAYERS", "SCRIPT_NAME", "DEBUG",
    }  # fmt: skip
