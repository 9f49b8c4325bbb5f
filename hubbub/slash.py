"""Slash commands: what `/name and the rest` does. A Django project adds its own when it starts:

    from hubbub import slash

    @slash.command("lunch", _("Says what there is for lunch"), hint=_("[day]"))
    def lunch(who, room, rest):
        return slash.Tell(f"Soup, {who.name}.")

`who` is the Identity that writes, who may read and speak there; `room` the room's key, `rest` what stands after the
name. What comes back is said in the room if it is a text; shown to the writer alone if it is a Tell; None is a quiet
“done”. Raise hubbub.errors.Refusal to refuse with a sentence. A command runs in a thread of its own and may ask the
database; when the line breaks it may be asked for twice.

Knows no sockets and no verbs: who obeys is hubbub/chat/commands.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hubbub.identity import Identity

NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")

_TYPED = re.compile(r"/([a-z][a-z0-9_-]{0,31})(?:\s+(.*))?\Z", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Tell:
    """An answer for the writer alone, in Markdown as messages are."""

    text: str


Act = Callable[[Identity, str, str], "str | Tell | None"]


@dataclass(frozen=True, slots=True)
class Command:
    """A command: its name without the slash, a sentence that says what it does, a hint of what stands after it."""

    name: str
    sentence: Any
    hint: Any
    act: Act


@dataclass(frozen=True, slots=True)
class Typed:
    """A command as somebody typed it: the name in lower case, and the rest."""

    name: str
    rest: str


def command(name: str, sentence: Any, *, hint: Any = "") -> Callable[[Act], Act]:
    """Register a function as `/name`; one of the same name gives way. Raises ValueError for what can't be a name."""
    if not NAME.fullmatch(name):
        raise ValueError(f"A command's name is up to 32 small letters, digits, - and _, a letter first: not {name!r}.")

    def register(act: Act) -> Act:
        _commands[name] = Command(name, sentence, hint, act)
        return act

    return register


def commands() -> list[Command]:
    """All commands, by name."""
    return [_commands[name] for name in sorted(_commands)]


def find(name: str) -> Command | None:
    """The command of this name."""
    return _commands.get(name)


def typed(text: str) -> Typed | None:
    """`text` as a command, whether there is one of that name or not; None when it is to be said: a path, a second
    slash, or white space before the first one."""
    found = _TYPED.match(text) if text.startswith("/") else None
    return Typed(found[1].lower(), (found[2] or "").strip()) if found else None


def plain(text: str) -> str:
    """What is said of a text that is no command: a second slash at its beginning makes it one of text."""
    return text[1:] if text.startswith("//") and typed(text[1:].rstrip()) else text


_commands: dict[str, Command] = {}
