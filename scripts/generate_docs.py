#!/usr/bin/env python
"""What is generated: in docs/ the tables of protocol.md and settings.md and the whole of asyncapi.json; and
shortcodes.js, the names of emoji that the composer completes.

    python scripts/generate_docs.py            write them
    python scripts/generate_docs.py --check    write nothing; exit code 1 and a sentence for each file out of date

The sources are hubbub.protocol, hubbub.errors, hubbub.conf, hubbub.render.emoji, reference/words.py for what no
docstring says and, for the environment, every HUBBUB_… name that the code asks for. In the Markdown files only what
stands between a pair of marks is written:

    <!-- generated: commands -->
    …
    <!-- end of commands -->

Needs no database and no configured Django.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from hubbub import errors, protocol  # noqa: E402  from this tree, installed or not
from hubbub.conf import KNOWN  # noqa: E402  likewise
from hubbub.render.emoji import completions  # noqa: E402  likewise
from scripts.reference.asyncapi import asyncapi  # noqa: E402  likewise
from scripts.reference.structs import fenced, fields_table, frame_section, table, tag_of, value_section  # noqa: E402
from scripts.reference.words import (  # noqa: E402
    COMMAND_EXAMPLES,
    ENVIRONMENT,
    EVENT_EXAMPLES,
    PLAIN_EXAMPLE,
    Undocumented,
)  # fmt: skip

DOCS = ROOT / "docs"
SHORTCODES = ROOT / "hubbub" / "static" / "hubbub" / "shortcodes.js"

# ── the parts of protocol.md ────────────────────────────────────────────────────────────────────────


def commands() -> str:
    """Every command of the full socket."""
    return "\n\n".join(frame_section(struct, COMMAND_EXAMPLES[tag_of(struct)]) for struct in protocol.COMMANDS)


def events() -> str:
    """Every event of the full socket."""
    return "\n\n".join(frame_section(struct, EVENT_EXAMPLES[tag_of(struct)]) for struct in protocol.EVENTS)


def values() -> str:
    """What stands inside frames."""
    inside = (
        protocol.PersonView, protocol.RoomView, protocol.Limits, protocol.Quote, protocol.ReactionView,
        protocol.Headline,
    )  # fmt: skip
    return "\n\n".join(value_section(struct) for struct in inside)


def plain_post() -> str:
    """What the plain room socket takes."""
    msgspec.convert(PLAIN_EXAMPLE, protocol.PlainPost)
    return f"{fields_table(protocol.PlainPost)}\n\n{fenced(PLAIN_EXAMPLE)}"


def refusals() -> str:
    """Every refusal code with its sentence, from the tree in hubbub.errors."""
    return table(("code", "when"), [(f"`{code}`", when) for code, when in refusal_tree()])


def refusal_tree() -> list[tuple[str, str]]:
    """(code, when) as the docstring of hubbub.errors draws them."""
    return re.findall(r"─ code (\w+)\s{2,}(.+)", errors.__doc__ or "")


def goodbyes() -> str:
    """Every Goodbye with what to do next, from the tree in hubbub.errors."""
    rows = []
    for group, code, name, when in goodbye_tree():
        goodbye = errors.Goodbye(int(code))
        if goodbye.name != name:
            raise Undocumented(f"The tree in hubbub.errors calls {code} {name}; the enumeration {goodbye.name}.")
        rows.append((code, f"`{name}`", when, goodbye.reason, group))
    if missing := set(errors.Goodbye) - {int(row[0]) for row in rows}:
        raise Undocumented(f"The tree in hubbub.errors lacks {missing}.")
    return table(("code", "name", "when", "reason sent", "the client"), rows)


def goodbye_tree() -> Iterator[tuple[str, str, str, str]]:
    """(group, code, name, when) as the docstring of hubbub.errors draws them."""
    group = ""
    for line in (errors.__doc__ or "").partition("Goodbye  ")[2].splitlines():
        if leaf := re.search(r"─ (\d{4}) (\w+)\s+(.+)", line):
            yield group, leaf[1], leaf[2], leaf[3]
        elif head := re.search(r"─ (.+)", line):
            group = head[1].removeprefix("as the standard says") or "do not come back by yourself: mend the client"


# ── the parts of settings.md ────────────────────────────────────────────────────────────────────────


def settings() -> str:
    """Every key of the HUBBUB dict."""
    rows = [
        (f"`{key}`", type(field.default).__name__, _literal(field.default), field.metadata["sentence"])
        for key, field in KNOWN.items()
    ]
    return table(("key", "type", "default", "meaning"), rows)


def _literal(value: object) -> str:
    return f"`{value:_}`" if isinstance(value, int) and not isinstance(value, bool) else f"`{value!r}`"


def environment() -> str:
    """Every environment variable of the standalone server."""
    asked = environment_asked()
    if asked != set(ENVIRONMENT):
        raise Undocumented(f"ENVIRONMENT and the code differ: {', '.join(sorted(asked ^ set(ENVIRONMENT)))}.")
    rows = [
        (f"`{name}`", default if " " in default or default == "none" else f"`{default}`", sentence)
        for name, (default, sentence) in ENVIRONMENT.items()
    ]
    return table(("variable", "default", "meaning"), rows)


def environment_asked() -> set[str]:
    """The HUBBUB_… names that the code reads from the environment."""
    sources = "\n".join(path.read_text() for path in (ROOT / "hubbub").rglob("*.py"))
    return set(re.findall(r'(?:environ(?:ment)?(?:\.get\(|\[|\()|number\()"(HUBBUB_\w+)"', sources))


# ── files ───────────────────────────────────────────────────────────────────────────────────────────

PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "events": events,
    "values": values,
    "plain post": plain_post,
    "refusals": refusals,
    "goodbyes": goodbyes,
    "settings": settings,
    "environment": environment,
}
MARKED = re.compile(r"(<!-- generated: (?P<part>[\w ]+) -->\n).*?(<!-- end of (?P=part) -->)", re.DOTALL)


def filled(text: str) -> str:
    """`text` with every generated part made anew."""
    return MARKED.sub(lambda mark: f"{mark[1]}\n{PARTS[mark['part']]()}\n\n{mark[3]}", text)


def generated() -> dict[Path, str]:
    """Each file as it should be."""
    marked = [DOCS / "protocol.md", DOCS / "settings.md"]
    written = {path: filled(path.read_text()) for path in marked}
    return {**written, DOCS / "asyncapi.json": asyncapi(), SHORTCODES: shortcodes_module()}


def shortcodes_module() -> str:
    """The module with the names that the composer offers."""
    lines = "\n".join(f"{name} {emoji}" for name, emoji in completions())
    return (
        "// Generated by scripts/generate_docs.py: the names of emoji that the composer offers, as [name, emoji].\n\n"
        f'export const shortcodes = `\n{lines}\n`.trim().split("\\n").map((line) => line.split(" "));\n'
    )


def main(arguments: list[str]) -> int:
    """Write the files, or with `--check` say which are out of date. Returns the exit code."""
    if arguments not in ([], ["--check"]):
        print(__doc__)
        return 2
    try:
        files = generated()
    except Undocumented as missing:
        print(missing, file=sys.stderr)
        return 1
    stale = [path for path, text in files.items() if not path.exists() or path.read_text() != text]
    for path in stale:
        if arguments:
            print(f"{path.relative_to(ROOT)} is out of date: run make docs", file=sys.stderr)
        else:
            path.write_text(files[path])
            print(f"{path.relative_to(ROOT)} written")
    return 1 if stale and arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
