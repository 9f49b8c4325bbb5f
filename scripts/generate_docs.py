#!/usr/bin/env python
"""What is generated: in docs/ the tables of protocol.md and settings.md and the whole of asyncapi.json; and
shortcodes.js, the names of emoji that the composer completes.

    python scripts/generate_docs.py            write them
    python scripts/generate_docs.py --check    write nothing; exit code 1 and a sentence for each file out of date

The sources are hubbub.protocol, hubbub.errors, hubbub.conf, hubbub.render.emoji and, for the environment, every
HUBBUB_… name that the code asks for. In the Markdown files only what stands between a pair of marks is written:

    <!-- generated: commands -->
    …
    <!-- end of commands -->

Needs no database and no configured Django.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from msgspec import inspect as schema

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from hubbub import __version__, errors, protocol  # noqa: E402  from this tree, installed or not
from hubbub.conf import KNOWN  # noqa: E402  likewise
from hubbub.render.emoji import completions  # noqa: E402  likewise

DOCS = ROOT / "docs"
SHORTCODES = ROOT / "hubbub" / "static" / "hubbub" / "shortcodes.js"

# ── words that no docstring holds ───────────────────────────────────────────────────────────────────

# One sentence for each field name of the protocol; "Struct.field" where a struct means something of its own.
FIELDS = {
    "archived": "Whether nothing more can be said in the room.",
    "at": "When it was said: RFC 3339 in UTC with milliseconds.",
    "author": "Who said it, under their present name.",
    "head": "The number that the room stood at when it was counted.",
    "level": "What of the room counts as unread: `all`, `mentions` or `nothing`.",
    "muted": "Whether the room is muted.",
    "starred": "Whether the room is starred.",
    "back": "Whether they went back, to read what follows once more.",
    "blocked": "Whom you block: ids of people, whose messages clients cover.",
    "changed": "The document's number in the room's log: the last change that touched it.",
    "code": "Which refusal it is, for machines; the table of refusals has them all.",
    "count": "How many people are in the room.",
    "deleted": "Whether it was taken back: then it has neither text nor reactions.",
    "edited_at": "When its text was last changed; null if never.",
    "emoji": "The emoji.",
    "epoch": "Which life of the database this is; it changes with a restore from a backup.",
    "focus": "The number of the message that the page was opened for, with `around` and `at`.",
    "field": "The field at fault, where one is.",
    "frame": "The largest frame, in bytes.",
    "guest": "Whether no account stands behind the name.",
    "html": "The message as safe HTML, made on the server; docs/writing.md says of what.",
    "id": "The message's id, unique on the server.",
    "kind": "`public`, `private` or `direct`.",
    "limit": "Messages of the page.",
    "limits": "What the server takes.",
    "mentions": "Whom it speaks to: ids of people; `@room` and `@here` among them.",
    "message": "What was said, as typed.",
    "messages": "Messages, oldest first.",
    "more": "Whether there are older messages.",
    "name": "The room's name as people wrote it.",
    "newer": "Whether there are newer messages.",
    "nonce": "The client's own id for the post; the server makes one for a post without.",
    "of": "Which list: `rooms`, also without it, or `people`.",
    "ordinal": "The message's place among the room's messages: 1, 2, 3 …",
    "people": "Who they are, accounts first; at most 50.",
    "person": "The person, as they are now.",
    "pinned": "Whether it is pinned to its room.",
    "protocol": "The version that is spoken.",
    "reactions": "The emoji under it, the first one first.",
    "read": "The number up to which you have read.",
    "ref": "The `ref` of the command that this answers.",
    "reply_to": "What it answers, as that stands now; null if nothing.",
    "retry_after": "Seconds until another try makes sense.",
    "role": "Their part in the room: `owner`, `moderator` or `member`.",
    "room": "The room's key.",
    "rooms": "Your rooms, starred ones first, then by the latest activity.",
    "seq": "The number that the message was born with.",
    "slow": "Seconds that must lie between two posts of one person; 0 for none.",
    "standing": "`in`, `left` or `banned`.",
    "silenced_until": "Until when a moderator has silenced this person here: RFC 3339, in UTC. Absent for nobody.",
    "topic": "What the room is about now.",
    "unread": "Messages that you have not read.",
    "view": "The room, as `welcome` would list it.",
    "you": "Who you are on this socket.",
    "Command.ref": "Repeated in the answer.",
    "Command.room": "The room's name in any spelling, or a private room's address.",
    "Post.nonce": "Your own id for this post; a second post with the same nonce is answered with the first.",
    "Post.message": "What to say: 1 to 8,000 characters, unless the server is set otherwise.",
    "Post.reply_to": "The id of a message of the same room that this answers.",
    "Quote.author": "Who said that.",
    "Edit.message": "What to say instead.",
    "React.emoji": "One emoji, or its name in colons: `:tada:`.",
    "Block.on": "Whether to block, or to block no more.",
    "ListRooms.on": "Whether to say so from now on, or no more.",
    "React.on": "False to take it away.",
    "Pin.on": "False to unpin it.",
    "Edit.id": "The message's id.",
    "Delete.id": "The message's id.",
    "React.id": "The message's id.",
    "Pin.id": "The message's id.",
    "Quote.message": "Its first line without marks, hidden text hidden, at most 200 characters.",
    "ReactionView.count": "How many people chose it.",
    "ReactionView.people": "The first 10 of them; of an answer to `reacted` the first 100.",
    "Reacted.id": "The message's id.",
    "Reactions.id": "The message's id.",
    "Reactions.mine": "The emoji of yours under it.",
    "Reactions.reactions": "All emoji under it, with who chose them: the first 100. Absent when nobody asked.",
    "PlainPost.message": "What to say: 1 to 8,000 characters, unless the server is set otherwise.",
    "Join.since": "Your cursor: the last number that you have applied. Without it: live from now on.",
    "Join.here": "False to follow without being shown as here: for a count of what is unread. True without it.",
    "Join.epoch": "The epoch that the cursor belongs to.",
    "History.before": "Only messages born before this number.",
    "History.after": "Only messages born after this number, the oldest of them first.",
    "History.around": "The message born at this number, or the next after it, in the midst of the page.",
    "History.at": "The first message said at this moment or later, in the midst of the page.",
    "Read.seq": "The number up to which you have read.",
    "PersonView.id": "The person's id: 32 hex digits.",
    "PersonView.name": "The display name.",
    "Limits.message": "The longest message, in characters.",
    "Limits.rooms": "How many rooms one socket may join.",
    "RoomView.mentions": "The ordinals of the unread messages that call you; the newest 100.",
    "ReadUpTo.mentions": "The ordinals of the messages after it that call you; the newest 100.",
    "RoomView.seq": "The number of the room's last change.",
    "RoomView.ordinal": "How many messages the room has.",
    "Joined.seq": "The number that the room stands at.",
    "Joined.ordinal": "How many messages the room has.",
    "Synced.seq": "Your cursor from here on.",
    "Synced.ordinal": "How many messages the room has.",
    "Reset.seq": "Your cursor from here on.",
    "Reset.ordinal": "How many messages the room has.",
    "Reset.messages": "The newest messages, oldest first.",
    "Ok.id": "For a post and for what is done to a message: the message's id.",
    "Ok.nonce": "For a post: its nonce.",
    "Ok.seq": "For a post: the number that the message was born with.",
    "Told.message": "The words, in Markdown.",
    "Told.html": "The words as safe HTML.",
    "Told.nonce": "The nonce of the post that asked; empty where nobody asked.",
    "Refused.message": "A sentence for people that says what they can do now.",
    "Refused.nonce": "For a post: its nonce.",
    "Unread.seq": "The number that the first message to read again was born with.",
    "ReadUpTo.seq": "The number up to which you have read.",
    "ReadUpTo.ordinal": "The place of the last message that you have read; 0 before the first.",
}

_OTTER = {"id": "6cb744f6026f49858640487e0ceef20d", "name": "Quiet Otter", "guest": True}
_MESSAGE = {
    "type": "message", "room": "lobby", "seq": 42, "changed": 42, "ordinal": 40, "id": 1207, "author": _OTTER,
    "message": "Hello, *everybody*", "html": "<p>Hello, <em>everybody</em></p>", "at": "2026-11-22T18:52:00.123Z",
    "nonce": "5b1f0c",
}  # fmt: skip

# One example for each command and event, by `type`; each is decoded by its struct before it is shown.
COMMAND_EXAMPLES: dict[str, dict[str, Any]] = {
    "join": {"type": "join", "ref": "1", "room": "Lobby", "since": 41, "epoch": "4f9257f792972e4c"},
    "leave": {"type": "leave", "ref": "2", "room": "lobby"},
    "post": {"type": "post", "ref": "3", "room": "lobby", "message": "Hello, *everybody*", "nonce": "5b1f0c"},
    "edit": {"type": "edit", "ref": "6", "id": 1207, "message": "Hello, **everybody**"},
    "delete": {"type": "delete", "ref": "7", "id": 1207},
    "react": {"type": "react", "ref": "8", "id": 1207, "emoji": "👍"},
    "reacted": {"type": "reacted", "ref": "14", "id": 1207},
    "pin": {"type": "pin", "ref": "9", "id": 1207},
    "history": {"type": "history", "ref": "4", "room": "lobby", "before": 42, "limit": 1},
    "read": {"type": "read", "room": "lobby", "seq": 42},
    "unread": {"type": "unread", "room": "lobby", "seq": 42},
    "read_all": {"type": "read_all", "ref": "6"},
    "list": {"type": "list"},
    "block": {"type": "block", "ref": "10", "person": "874823e4ce0d42acb32304f1b18bc70c"},
    "attend": {"type": "attend", "room": "lobby", "starred": True, "level": "mentions"},
    "typing": {"type": "typing", "room": "lobby"},
    "ping": {"type": "ping", "ref": "5"},
}
PLAIN_EXAMPLE = {"message": "Hello, *everybody*"}
EVENT_EXAMPLES: dict[str, dict[str, Any]] = {
    "welcome": {
        "type": "welcome", "protocol": "hubbub.v1", "epoch": "4f9257f792972e4c", "you": _OTTER,
        "limits": {"message": 8000, "frame": 65536, "rooms": 50},
        "rooms": [{"room": "lobby", "name": "Lobby", "seq": 42, "ordinal": 40, "read": 39, "unread": 3,
                   "mentions": [38]}],
    },
    "joined": {"type": "joined", "ref": "1", "room": "lobby", "name": "Lobby", "seq": 42, "ordinal": 40},
    "message": _MESSAGE,
    "change": {
        **_MESSAGE, "type": "change", "changed": 44, "edited_at": "2026-11-22T18:53:00.456Z", "pinned": True,
        "reply_to": {"id": 1206, "seq": 41, "changed": 41, "author": _OTTER, "message": "Anybody here?"},
        "reactions": [{"emoji": "👍", "count": 1, "people": [_OTTER]}],
    },
    "room": {
        "type": "room", "room": "lobby", "changed": 45, "name": "Lobby", "kind": "public", "topic": "Whatever comes",
    },
    "member": {"type": "member", "room": "lobby", "changed": 43, "person": {**_OTTER, "name": "Ada"}},
    "synced": {"type": "synced", "room": "lobby", "seq": 43, "ordinal": 40},
    "reset": {
        "type": "reset", "room": "lobby", "seq": 43, "ordinal": 40, "epoch": "4f9257f792972e4c",
        "messages": [_MESSAGE], "more": True,
    },
    "history": {
        "type": "history", "ref": "4", "room": "lobby", "messages": [_MESSAGE], "more": True, "newer": True,
    },
    "ok": {"type": "ok", "ref": "3", "nonce": "5b1f0c", "id": 1207, "seq": 42},
    "refused": {
        "type": "refused", "ref": "3", "code": "rate_limited", "message": "That was too fast. Wait 0.5 s.",
        "nonce": "5b1f0c", "retry_after": 0.5,
    },
    "here": {"type": "here", "room": "lobby", "count": 1, "people": [_OTTER]},
    "typing": {"type": "typing", "room": "lobby", "person": _OTTER},
    "read": {"type": "read", "room": "lobby", "seq": 40, "ordinal": 38, "unread": 2, "head": 42, "mentions": [39]},
    "told": {"type": "told", "room": "lobby", "message": "The room has no topic.",
             "html": "<p>The room has no topic.</p>", "nonce": "b2"},
    "attention": {"type": "attention", "room": "lobby", "starred": True, "level": "mentions"},
    "reactions": {"type": "reactions", "room": "lobby", "id": 1207, "mine": ["👍"]},
    "entered": {
        "type": "entered", "room": "-/q83vEjRWeJCrze8SNFZ4kA", "view": {
            "room": "-/q83vEjRWeJCrze8SNFZ4kA", "name": "Gardeners", "seq": 7, "ordinal": 5, "read": 0, "unread": 5,
            "kind": "private",
        },
    },
    "blocks": {"type": "blocks", "blocked": ["874823e4ce0d42acb32304f1b18bc70c"]},
    "listed": {"type": "listed"},
    "gone": {"type": "gone", "room": "-/q83vEjRWeJCrze8SNFZ4kA"},
    "pong": {"type": "pong", "ref": "5"},
}  # fmt: skip

# (default, sentence) of each environment variable. The generator fails when the code asks for one that is not here.
ENVIRONMENT = {
    "HUBBUB_HOST": ("127.0.0.1", "Address to listen on; `--host` goes before it. `0.0.0.0` or `::` for every address."),
    "HUBBUB_PORT": ("8000", "Port to listen on; `--port` goes before it. `0` takes any free port."),
    "HUBBUB_DATA": ("./data", "Folder of the database, the secret and the static files; `--data` goes before it."),
    "HUBBUB_WORKERS": (
        "1", "Processes that serve on that port, 1 to 64; `--workers` goes before it. See [running](running.md).",
    ),
    "HUBBUB_WORKER": (
        "set for each worker", "Its number, from 1. The supervisor of several workers sets it, not you.",
    ),
    "HUBBUB_RUN": (
        "set for each worker", "A folder (0700) for files `worker-N.*` that last as long as worker N. Set likewise.",
    ),
    "HUBBUB_SECRET_KEY": ("made and kept in the data folder", "Signs cookies, sessions and tickets."),
    "HUBBUB_DATABASE_URL": (
        "SQLite in the data folder",
        "`postgres://user:password@host:5432/name` for PostgreSQL; `?pool_max=20` for a larger pool.",
    ),
    "HUBBUB_REDIS_URL": ("none", "`redis://host:6379/0`: Redis or Valkey, to carry events between processes."),
    "HUBBUB_GUESTS": (
        "the owner's choice", "`off` closes guests out: pages lead to sign-in, sockets are refused. `on` lets them in."
    ),
    "HUBBUB_SIGN_UP": ("the owner's choice", "`off` lets nobody make an account, `on` anybody."),
    "HUBBUB_RATE_LIMITS": ("on", "`off` keeps no rate or quota per person or address: for load tests."),
    "HUBBUB_ALLOWED_HOSTS": ("*", "Host names under which the server answers, with commas between."),
    "HUBBUB_TRUSTED_ORIGINS": (
        "none", "Origins such as `https://chat.example.org` whose forms are taken although a proxy changed the scheme "
        "or host; with commas between.",
    ),
    "HUBBUB_TRUSTED_PROXIES": (
        "none", "Addresses and networks of reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are "
        "believed; with commas between, `*` for all.",
    ),
    "HUBBUB_HTTPS": (
        "off", "`on` behind a proxy that speaks HTTPS: cookies are sent over HTTPS only. Name that proxy in "
        "`HUBBUB_TRUSTED_PROXIES`; without it everybody's `X-Forwarded-Proto` is believed.",
    ),
    "HUBBUB_PREFIX": (
        "none", "Path under which everything lies, such as `/talk`: pages, static files, sockets and cookies. A proxy "
        "passes it on as it is.",
    ),
    "HUBBUB_METRICS_TOKEN": (
        "none", "`/metrics` answers whoever sends it as `Authorization: Bearer …`; without it only requests from this "
        "machine that no proxy handed on.",
    ),
    "HUBBUB_LOG": ("text", "`json` for log lines that machines read: one object a line."),
    "HUBBUB_LOG_LEVEL": ("info", "`debug`, `info`, `warning` or `error`: the least that is written."),
    "HUBBUB_DISK_LOW_MB": ("256", "Megabytes of free disk under which `/readyz` says `degraded`."),
    "HUBBUB_DEBUG": ("off", "`on` shows Django's error pages and does not hash static files. Never in public."),
}  # fmt: skip

INFO = """\
Two WebSocket channels. The full socket speaks hubbub.v1: many rooms on one connection, with catch-up. The plain \
room socket speaks to one room and needs no handshake. docs/protocol.md says how the frames belong together.\
"""


class Undocumented(Exception):
    """The code has something that no sentence here speaks of."""


# ── structs ─────────────────────────────────────────────────────────────────────────────────────────


def sentence_of(struct: str, parents: tuple[str, ...], field: str) -> str:
    """What a field means. Raises Undocumented."""
    for key in (f"{struct}.{field}", *(f"{parent}.{field}" for parent in parents), field):
        if key in FIELDS:
            return FIELDS[key]
    raise Undocumented(f"{struct}.{field} of the protocol has no sentence in FIELDS.")


def describe(struct: type[msgspec.Struct]) -> str:
    """The struct's docstring as one line."""
    return " ".join(inspect.cleandoc(struct.__doc__ or "").split())


def type_of(kind: schema.Type) -> str:
    """A field's type in a few words."""
    match kind:
        case schema.Metadata():
            return type_of(kind.type)
        case schema.UnionType():
            return " or ".join(type_of(part) for part in kind.types if not isinstance(part, schema.NoneType))
        case schema.BoolType():
            return "true or false"
        case schema.StrType():
            return "string" + _bounds(kind.min_length, kind.max_length, "characters")
        case schema.IntType():
            return "integer" + _bounds(kind.ge, kind.le)
        case schema.FloatType():
            return "number"
        case schema.DateTimeType():
            return "moment (RFC 3339)"
        case schema.ListType():
            return f"list of {type_of(kind.item_type)}"
        case schema.StructType():
            name = kind.cls.__name__
            return f"[{name}](#{name.lower()})"
    raise Undocumented(f"No words for the type {kind!r}.")


def _bounds(low: float | None, high: float | None, unit: str = "") -> str:
    if high is not None and high > 2**32:  # no limit that anybody meets
        high = None
    if low is None and high is None:
        return ""
    words = f"{low}–{high}" if low is not None and high is not None else f"≥ {low}" if high is None else f"≤ {high}"
    return f", {words} {unit}".rstrip()


def fields_table(struct: type[msgspec.Struct]) -> str:
    """The table of a struct's fields."""
    info = schema.type_info(struct)
    assert isinstance(info, schema.StructType)
    parents = tuple(parent.__name__ for parent in struct.__mro__[1:])
    rows = [
        (
            f"`{field.encode_name}`" + ("" if field.required else " (optional)"),
            type_of(field.type),
            sentence_of(struct.__name__, parents, field.name),
        )
        for field in info.fields
    ]
    return table(("field", "type", "meaning"), rows) if rows else ""


def tag_of(struct: type[msgspec.Struct]) -> str:
    """The `type` of a command or event."""
    info = schema.type_info(struct)
    assert isinstance(info, schema.StructType)
    return str(info.tag)


def frame_section(struct: type[msgspec.Struct], example: dict[str, Any]) -> str:
    """Heading, sentence, fields and example of a command or event."""
    msgspec.convert(example, struct)  # an example that its own struct refuses ends here
    parts = [f"### `{tag_of(struct)}`", describe(struct), fields_table(struct), fenced(example)]
    return "\n\n".join(part for part in parts if part)


def value_section(struct: type[msgspec.Struct]) -> str:
    """Heading, sentence and fields of a value inside frames."""
    return f"### {struct.__name__}\n\n{describe(struct)}\n\n{fields_table(struct)}"


# ── the parts of protocol.md ────────────────────────────────────────────────────────────────────────


def commands() -> str:
    """Every command of the full socket."""
    return "\n\n".join(frame_section(struct, COMMAND_EXAMPLES[tag_of(struct)]) for struct in protocol.COMMANDS)


def events() -> str:
    """Every event of the full socket."""
    return "\n\n".join(frame_section(struct, EVENT_EXAMPLES[tag_of(struct)]) for struct in protocol.EVENTS)


def values() -> str:
    """What stands inside frames."""
    inside = (protocol.PersonView, protocol.RoomView, protocol.Limits, protocol.Quote, protocol.ReactionView)
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


# ── asyncapi.json ───────────────────────────────────────────────────────────────────────────────────


def asyncapi() -> str:
    """The protocol as an AsyncAPI 3.0 document (asyncapi.com, specification 3.0.0)."""
    structs: list[type[msgspec.Struct]] = [*protocol.COMMANDS, *protocol.EVENTS, protocol.PlainPost]
    _, schemas = msgspec.json.schema_components(structs, ref_template="#/components/schemas/{name}")
    for struct in (
        *structs,
        protocol.PersonView,
        protocol.RoomView,
        protocol.Limits,
        protocol.Quote,
        protocol.ReactionView,
    ):
        _describe_properties(struct, schemas[struct.__name__])
    document = {
        "asyncapi": "3.0.0",
        "info": {"title": "Hubbub", "version": __version__, "description": INFO, "license": {"name": "MIT"}},
        "defaultContentType": "application/json",
        "channels": {
            "full": _channel(
                "/ws/",
                "The full socket, subprotocol hubbub.v1.",
                [*protocol.COMMANDS, *protocol.EVENTS],
                {"ticket": {"type": "string", "description": "The ticket of a page: spares the database."}},
            ),
            "room": {
                **_channel(
                    "/ws/chat/{room}/",
                    "The plain room socket. A message is answered by the message itself, or by a refusal.",
                    [protocol.PlainPost, protocol.Message, protocol.Refused],
                    {"since": {"type": "integer", "minimum": 0, "description": "Resume after this number."}},
                ),
                "parameters": {"room": {"description": "The room's name in any spelling, percent-encoded."}},
            },
        },
        "operations": {
            "takeCommands": _operation("receive", "full", protocol.COMMANDS),
            "tell": _operation("send", "full", protocol.EVENTS),
            "takePlainPosts": _operation("receive", "room", (protocol.PlainPost,)),
            "tellRoom": _operation("send", "room", (protocol.Message, protocol.Refused)),
        },
        "components": {"messages": {struct.__name__: _message(struct) for struct in structs}, "schemas": schemas},
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _describe_properties(struct: type[msgspec.Struct], described: dict[str, Any]) -> None:
    parents = tuple(parent.__name__ for parent in struct.__mro__[1:])
    for name, part in described["properties"].items():
        if name != "type" and "$ref" not in part:
            part["description"] = sentence_of(struct.__name__, parents, name)


def _channel(
    address: str, description: str, structs: list[type[msgspec.Struct]], query: dict[str, Any]
) -> dict[str, Any]:
    return {
        "address": address,
        "description": description,
        "messages": {s.__name__: {"$ref": f"#/components/messages/{s.__name__}"} for s in structs},
        "bindings": {
            "ws": {"method": "GET", "query": {"type": "object", "properties": query}, "bindingVersion": "0.1.0"}
        },
    }


def _operation(action: str, channel: str, structs: tuple[type[msgspec.Struct], ...]) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{struct.__name__}"} for struct in structs],
    }


def _message(struct: type[msgspec.Struct]) -> dict[str, Any]:
    if struct is protocol.PlainPost:
        name, example = "plain post", PLAIN_EXAMPLE
    else:
        name = tag_of(struct)
        example = (COMMAND_EXAMPLES if issubclass(struct, protocol.Command) else EVENT_EXAMPLES)[name]
    return {
        "name": name,
        "summary": describe(struct),
        "payload": {"$ref": f"#/components/schemas/{struct.__name__}"},
        "examples": [{"payload": example}],
    }


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


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def fenced(example: dict[str, Any]) -> str:
    """An example frame as a code block."""
    return f"```json\n{json.dumps(example, ensure_ascii=False)}\n```"


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
