"""Words that no docstring holds: what each field means, an example of each frame, each environment variable."""

from __future__ import annotations

from typing import Any

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
    "of": "Which list: `rooms`, also without it, `people` or `acts`.",
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
    "Edit.base": "The `changed` of the message that the new text was made from. Without it, it goes over any text.",
    "React.emoji": "One emoji, or its name in colons: `:tada:`.",
    "Block.on": "Whether to block, or to block no more.",
    "Brief.on": "Whether to be told in brief from now on, or no more.",
    "Headline.author": "Who said it: the id of a person.",
    "Headlines.since": "The number after which this begins.",
    "Headlines.seq": "The number at which this ends: your cursor from here on.",
    "Headlines.ordinal": "How many messages the room has.",
    "Headlines.said": "The messages among what happened, in order. Absent for none.",
    "ListRooms.room": "Of which room, with `acts`; nothing else takes one.",
    "Listed.room": "The key of the room that it is about, with `acts`.",
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
    "brief": {"type": "brief", "ref": "15"},
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
    "headlines": {
        "type": "headlines", "room": "garden", "since": 16, "seq": 17, "ordinal": 15, "said": [
            {"id": 1208, "seq": 17, "ordinal": 15, "changed": 17, "author": "874823e4ce0d42acb32304f1b18bc70c"},
        ],
    },
    "called": {"type": "called"},
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


class Undocumented(Exception):
    """The code has something that no sentence here speaks of."""
