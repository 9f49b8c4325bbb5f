"""Every door, and two rooms behind them: what tests/test_doors.py knocks at.

A new door takes a line in one of the tables below: `PAGES` and `FORMS` for what is fetched or sent under the room's
address, `ASIDE` for what takes the room's key and answers everybody, `NAMED` for what is fetched by a name, `COMMANDS`
for the full socket, `CALLS` for the Python API, `LISTS` for what names no room but could tell of one. `{room}` is the
room's page, `{key}` its key, `{message}` the id and `{seq}` the number of a message in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from tests.people import Browser
from tests.servers import Server

PAGES = [
    "{room}",
    "{room}?before=3",
    "{room}?after=1",
    "{room}?at=2026-01-01",
    "{room}{seq}/",
    "{room}-/about/",
    "{room}-/about/?q=a",
    "{room}-/acts/",
    "{room}-/pins/",
    "/chat/-/completions/?room={key}&kind=person&q=a",
    "/chat/-/message/{message}/",
]

ASIDE = [
    "/chat/-/search/?q=knows&room={key}",
    "/chat/-/whom/?q=bea&room={key}",
]

# By a name, which leads to public rooms alone: a private room's name is no other than one that nobody has.
NAMED = [
    "/chat/{name}/",
    "/chat/{name}/?before=3",
    "/chat/{name}/1/",
    "/chat/{name}/-/about/",
    "/chat/{name}/-/pins/",
    "/chat/{name}/-/acts/",
    "/chat/-/completions/?room={name}&kind=person&q=a",
    "/chat/-/completions/?kind=room&q={name}",
    "/chat/-/search/?q=word&room={name}",
    "/chat/-/search/?q=in:%22{name}%22+word",
    "/chat/-/whom/?q=ann&room={name}",
    "/chat/-/switcher/?q={name}",
    "/chat/?q={name}",
]

FORMS: list[tuple[str, dict[str, str]]] = [
    ("{room}", {"message": "let me in", "nonce": "{nonce}"}),
    ("{room}", {"read": "1"}),
    ("{room}", {"unread": "1"}),
    ("{room}-/about/", {"act": "topic", "text": "{topic}"}),
    ("{room}-/about/", {"act": "rename", "text": "{name}"}),
    ("{room}-/about/", {"act": "join"}),
    ("{room}-/about/", {"act": "add", "name": "nobody"}),
    ("{room}-/about/", {"act": "invite"}),
    ("{room}-/about/", {"act": "take_back", "token": "x"}),
    ("{room}-/about/", {"act": "fly"}),
    ("{room}", {"message": "/topic", "nonce": "{nonce}"}),
    ("/chat/-/attention/", {"room": "{key}", "starred": "1"}),
    ("/chat/-/message/{message}/", {"toggle": "👍"}),
    ("/chat/-/message/{message}/", {"edit": "otherwise"}),
    ("/chat/-/message/{message}/", {"pin": "on"}),
    ("/chat/-/message/{message}/", {"delete": "1"}),
]

COMMANDS: list[dict[str, Any]] = [
    {"type": "join", "room": "{key}"},
    {"type": "join", "room": "{key}", "since": 0},
    {"type": "join", "room": "{key}", "since": 0, "epoch": "another", "here": False},
    {"type": "history", "room": "{key}"},
    {"type": "history", "room": "{key}", "before": 3},
    {"type": "history", "room": "{key}", "after": 1},
    {"type": "history", "room": "{key}", "around": 1},
    {"type": "history", "room": "{key}", "at": "2026-01-01T00:00:00Z"},
    {"type": "read", "room": "{key}", "seq": 1},
    {"type": "unread", "room": "{key}", "seq": 1},
    {"type": "post", "room": "{key}", "message": "let me in", "nonce": "{nonce}"},
    {"type": "post", "room": "{key}", "message": "/topic", "nonce": "{nonce}"},
    {"type": "attend", "room": "{key}", "starred": True},
    {"type": "list", "of": "acts", "room": "{key}"},
]

# By a message's id, which anybody can guess. The last one takes it away.
MESSAGE_COMMANDS: list[dict[str, Any]] = [
    {"type": "edit", "message": "otherwise"},
    {"type": "edit", "message": "@ann otherwise"},
    {"type": "edit", "message": ""},
    {"type": "react", "emoji": "👍"},
    {"type": "reacted"},
    {"type": "react", "emoji": "👍", "on": False},
    {"type": "pin"},
    {"type": "pin", "on": False},
    {"type": "delete"},
]

# Typing and leaving are for who joined; who could not join hears what anybody hears who did not.
AFTER_JOINING: list[dict[str, Any]] = [
    {"type": "typing", "room": "{key}"},
    {"type": "leave", "room": "{key}"},
]

# hubbub.api, as a project calls it for an account. In a transaction that is taken back.
CALLS = {
    "post_message": "api.post_message(key, 'let me in', author=who)",
    "edit_message": "api.edit_message(message, 'otherwise', author=who)",
    "react": "api.react(message, '👍', author=who)",
    "pin_message": "api.pin_message(message, author=who)",
    "delete_message": "api.delete_message(message, author=who)",
    "search": "[one.message for one in api.search(said, reader=who)]",
    "search in": "[one.message for one in api.search(f'in:\"{name}\"', reader=who)]",
    "make_invitation": "api.make_invitation(key, author=who)",
    "invitations": "api.invitations(key, author=who)",
    "take_back_invitation": "api.take_back_invitation(key, 'x', author=who)",
    "unread_count": "api.unread_count(key, author=who)",
    "mention_count": "api.mention_count(key, author=who)",
}

PLAIN_SOCKETS = ["/ws/chat/{key}/", "/ws/chat/{key}/?since=0"]

LISTS = [
    "/chat/",
    "/chat/?q={name}",
    "/chat/-/search/?q={said}",
    "/chat/-/search/?q=from:ann+{said}",
    "/chat/-/search/?q=in:%22{name}%22",
    "/chat/-/search/?q=is:pinned",
    "/chat/-/people/{ann}/",
    "/chat/-/mentions/",
    "/chat/-/switcher/",
    "/chat/-/switcher/?q={name}",
    "/chat/-/new/",
    "/chat/-/direct/",
    "/chat/-/people/",
    "/chat/-/profile/",
]

# What leads into no room, and why: by the names of URLs, commands and calls.
NO_DOORS = {
    "parts": "the same script for everybody",
    "name": "one's own", "profile": "one's own", "read_all": "one's own rooms; answered with a page that is a door",
    "block": "a person", "direct_with": "makes a room of one's own", "new_room": "makes a room of one's own",
    "direct": "makes a room of one's own", "invitation": "its token is what lets in: test_invitations",
    "brief": "one's own rooms, looked up when it is asked and when one is put out", "ping": "nothing",
    "accept_invitation": "its token is what lets in: test_invitations",
    "make_room": "makes a room of one's own", "direct_room": "makes a room of one's own",
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """A room, or what looks like the address of one."""

    key: str
    message: int = 1
    seq: int = 1
    nonce: str = "n"
    ann: str = ""
    name: str = ""
    topic: str = ""
    said: str = ""

    @property
    def page(self) -> str:
        return f"/chat/-/room/{self.key[2:]}/" if self.key.startswith("-/") else f"/chat/{self.name}/"

    @property
    def secrets(self) -> list[str]:
        """What tells of it: words, and what leads there."""
        return [self.name, self.topic, self.said, self.page]

    def fill(self, text: str) -> str:
        words = {word: quote(getattr(self, word), safe="") for word in ("name", "said")} if text.startswith("/") else {}
        return text.format(**{**vars(self), **words, "room": self.page})

    def filled(self, command: dict[str, Any]) -> dict[str, Any]:
        return {name: self.fill(value) if isinstance(value, str) else value for name, value in command.items()}

    def hidden_in(self, answer: str) -> str:
        """The answer without what the asker said themselves, and without what is new in every answer."""
        for own in (self.page, quote(self.key, safe=""), self.key, self.key.removeprefix("-/")):
            answer = answer.replace(own, "IT")
        answer = answer.replace(f'"{self.nonce}"', '"NONCE"')
        form, page = r'name="(csrfmiddlewaretoken|nonce)" value="[^"]*"', r'nonce="[^"]*"'
        for new in (form, page, r'"ticket":"[^"]*"', r'data-ticket="[^"]*"'):
            answer = re.sub(new, "NEW", answer)
        return answer


NOWHERE = Place(
    "-/" + "A" * 22, message=999_999, nonce="nowhere", ann="b" * 32, name="Den of nobodys", said="nobody says"
)

MAKE = """
import json
from django.contrib.auth.models import User
from hubbub import chat, identity
from hubbub.models import Person, Room
from hubbub.api import pin_message, post_message
people = {name: User.objects.create_user(name, password=%r) for name in ("ann", "bea", "eve", "kim", "zed")}
for user in people.values():
    post_message("lobby", "hello", author=user)
ann, bea, eve, kim, zed = people.values()
owner, others = identity.of_user(ann), {name: Person.objects.get(user=user).pk for name, user in people.items()}

def make(name, topic, said, kind, gone, act):
    # A room of ann's in which bea is, and somebody was who is gone, having said the second message.
    met = [others["bea"], others[gone]] if kind == "private" else []
    key = chat.make_room_now(owner, name, kind=kind, topic=topic, people=met)
    room = Room.objects.get(key=key if kind == "private" else name.casefold())
    if kind == "public":
        post_message(name, "I was here first", author=bea)
    messages = [post_message(room.key, said, author=user) for user in (ann, people[gone], ann)]
    for user, text in ((people[gone], "@room, as only we know"), (ann, f"@{gone} knows")):
        post_message(room.key, text, author=user)
    chat.act_now(owner, room.key, act, whom=others[gone])
    pin_message(messages[2].id, author=ann)
    return {"key": room.key, "message": messages[1].id, "seq": messages[1].seq, "ann": owner.id.hex,
            "name": name, "topic": topic, "said": said}

den = make("Den of thieves", "the plan for tonight", "what only members know", "private", "kim", "remove")
print(json.dumps([den, make("Plaza", "the fountain runs", "everybody else hears", "public", "zed", "ban")]))
"""


@dataclass
class World:
    server: Server
    den: Place
    plaza: Place
    people: dict[str, Browser]

    def hidden_from(self, outsider: str) -> Place:
        """The room that this outsider may not enter."""
        return self.plaza if outsider == "banned" else self.den

    @property
    def member(self) -> Browser:
        return self.people["member"]


OUTSIDERS = {"never": "eve", "lost": "kim", "banned": "zed"}
