"""Slash commands are obeyed here, whichever door they come through; and those that Hubbub has of its own.

The plain room socket and the Python API are for programs: what they say is said as it is.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor

from django.db import DatabaseError, connections
from django.utils.translation import gettext_lazy as _

from hubbub import access, errors, slash
from hubbub.chat.posts import check_may_speak, clean_text
from hubbub.chat.rooms import act_now
from hubbub.errors import Refusal
from hubbub.identity import Identity
from hubbub.models.room_name import name_and_key
from hubbub.patience import patience
from hubbub.render import render

__all__ = ["is_command", "obey", "obey_now", "said_plainly", "told_html"]

logger = logging.getLogger("hubbub.chat")

_threads = ThreadPoolExecutor(2, thread_name_prefix="hubbub-command")


def is_command(text: str) -> bool:
    """Whether `text` asks for a command, one that exists or not."""
    return slash.typed(text) is not None


def said_plainly(text: str) -> str:
    """What is said of a text that asks for no command: `//help` says “/help”."""
    return slash.plain(text)


async def obey(who: Identity, room: str, text: str) -> str | slash.Tell | None:
    """Do what `text` asks for, in a thread that may take its time. Returns and refuses as `obey_now`."""
    return await asyncio.get_running_loop().run_in_executor(_threads, _obey_aside, who, room, text)


def obey_now(who: Identity, room: str, text: str) -> str | slash.Tell | None:
    """Do what `text` asks for: a text to say, an answer for the writer alone, or None when that was all. Refuses
    `unknown_command`, `no_such_room` where the writer may not be, and what the command refuses."""
    check_may_speak(who)
    typed = slash.typed(clean_text(text))
    if typed is None or (command := slash.find(typed.name)) is None:
        raise errors.unknown_command(typed.name if typed else "")
    head = access.head(who, *reversed(name_and_key(room)))
    try:
        return command.act(who, head.key, typed.rest)
    except (Refusal, DatabaseError):
        raise
    except Exception as error:  # a command of the host's is not ours to trust
        logger.exception("The command /%s failed", typed.name)
        raise errors.command_failed(typed.name) from error


def told_html(answer: slash.Tell) -> str:
    """An answer for the writer alone as safe HTML."""
    return render(answer.text)


def _obey_aside(who: Identity, room: str, text: str) -> str | slash.Tell | None:
    try:
        with patience():
            return obey_now(who, room, text)
    except DatabaseError as error:
        raise errors.try_again() from error
    finally:
        connections.close_all()


# ── Hubbub's own ────────────────────────────────────────────────────────────────────────────────────


@slash.command("me", _("Say what you do: “/me waves”"), hint=_("what you do"))
def _me(who: Identity, room: str, rest: str) -> str | slash.Tell:
    """Each line in emphasis of its own, so that paragraphs and lists do not break it."""
    if not rest:
        return slash.Tell(str(_("Say what you do: `/me waves`")))
    return "\n".join(f"_{line.strip()}_" if line.strip() else "" for line in rest.split("\n"))


@slash.command("shrug", _("End with ¯\\_(ツ)_/¯"), hint=_("[words before it]"))
def _shrug(who: Identity, room: str, rest: str) -> str:
    """With backslashes before what Markdown would take for its own."""
    return f"{rest} ¯\\\\\\_(ツ)\\_/¯".strip()


@slash.command("topic", _("Show the room's topic, or set another"), hint=_("[new topic]"))
def _topic(who: Identity, room: str, rest: str) -> slash.Tell | None:
    if rest:
        act_now(who, room, "topic", text=rest)
        return None
    topic = access.head(who, room).topic
    return slash.Tell(str(_("The topic is: %s")) % _literal(topic) if topic else str(_("The room has no topic.")))


@slash.command("help", _("List the commands"))
def _help(who: Identity, room: str, rest: str) -> slash.Tell:
    lines = [f"- `{' '.join(filter(None, ['/' + one.name, str(one.hint)]))}` {_literal(one.sentence)}"
             for one in slash.commands()]  # fmt: skip
    return slash.Tell("\n".join([*lines, "", str(_("`//` at the beginning says a slash and no command."))]))


def _literal(text: object) -> str:
    """Words as Markdown that shows them as they are."""
    return "".join(f"\\{one}" if one in "\\`*_~|[]()<>#@:!.-+" else one for one in str(text))
