"""A small model of the server and of the way to one browser: it writes event logs for timeline.js.

It says what happens (people talk, edit, change names; frames are lost, doubled and swapped; the line breaks; the
database is restored from a backup) and what the room holds in the end. Frames and pages are made here; the browser
only plays them: `follow.js` hands them to the timeline and notes when it shows something twice or out of order.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from typing import Any

from hubbub.render.first_line import first_line

Json = dict[str, Any]
Move = tuple[str, int]

ROOM = "lobby"
PAGE = 4  # messages of a page
MOST = 6  # documents of a catch-up; past it: reset
YOU = "a" * 32
PEOPLE = {YOU: "Ada", "b" * 32: "Ben", "c" * 32: "Cleo"}


class World:
    """A room and its reader. `moves` happen one after the other; a move that can't happen now is let by."""

    def __init__(self, before: int = 0) -> None:
        self.epoch, self.seq, self.ids = "epoch-0", 0, 0
        self.messages: list[Json] = []
        self.people = {id: {"name": name, "changed": 0} for id, name in PEOPLE.items()}
        self.nonces: dict[str, Json] = {}  # of ours, stored
        self.written: list[str] = []  # of ours, all
        self.acknowledged: set[str] = set()
        self.steps: list[Json] = []
        self.online = self.subscribed = False
        self.way: list[Json] = []  # live frames that have not arrived
        self.answers: list[Json] = []
        self.epochs = 0
        for number in range(before):
            self._store(sorted(PEOPLE)[number % 3], f"before {number}", f"before-{number}")
        self.backup = self._copy()
        self.start = {"cursor": self.seq, "epoch": self.epoch, **self._page()}

    def script(self, moves: Iterable[Move]) -> Json:
        """What the browser plays, and what it must hold in the end."""
        self.connect(0)
        for move, number in moves:
            MOVES[move](self, number)
        for last in ("break_line", "connect", "admit"):
            MOVES[last](self, 0)
        self.steps.append({"do": "finish", "messages": self._documents(), "page": self._page(), "seq": self.seq})
        return {"room": ROOM, "epoch": self.epoch, "start": self.start, "steps": self.steps}

    def holds(self) -> list[list[Any]]:
        """What a fresh page shows, with all older pages."""
        return [
            [m["id"], m["seq"], m["author"]["name"], m["message"], m["nonce"], m.get("deleted", False),
             (q := m.get("reply_to")) and [q["message"], q["author"]["name"], q.get("deleted", False)],
             [[r["emoji"], r["count"], [p["name"] for p in r["people"]]] for r in m["reactions"]]]
            for m in self._documents()
        ]  # fmt: skip

    # What people do

    def say(self, number: int) -> None:
        author = sorted(PEOPLE)[number % 3]
        self._announce(self._store(author, f"said {self.seq + 1}", f"theirs-{self.epochs}-{self.seq + 1}"), "message")

    def reply(self, number: int) -> None:
        if self.messages:
            answered = self.messages[-1 - number % len(self.messages)]["id"]
            author, nonce = sorted(PEOPLE)[number % 3], f"reply-{self.epochs}-{self.seq + 1}"
            self._announce(self._store(author, f"answer {self.seq + 1}", nonce, answered), "message")

    def delete(self, number: int) -> None:
        if self.messages and not (message := self.messages[-1 - number % len(self.messages)]).get("deleted"):
            self.seq += 1
            message.update(changed=self.seq, message="", html="", deleted=True, reply_to=None, reactions={})
            self._announce(message, "change")

    def react(self, number: int) -> None:
        """Somebody puts one of two emoji under a message, or takes it away."""
        if self.messages and not (message := self.messages[-1 - number % len(self.messages)]).get("deleted"):
            self.seq += 1
            people = message["reactions"].setdefault("👍🎉"[number % 2], [])
            person = sorted(PEOPLE)[number % 3]
            (people.remove if person in people else people.append)(person)
            message["changed"] = self.seq
            self._announce(message, "change")

    def edit(self, number: int) -> None:
        if self.messages and not (message := self.messages[-1 - number % len(self.messages)]).get("deleted"):
            self.seq += 1
            message.update(changed=self.seq, message=f"{message['message']}!", html=f"<p>{self.seq}</p>")
            self._announce(message, "change")

    def rename(self, number: int) -> None:
        self.seq += 1
        person = sorted(PEOPLE)[number % 3]
        self.people[person] = {"name": f"{PEOPLE[person]} {self.seq}", "changed": self.seq}
        self._push(self._member(person))

    def write(self, number: int) -> None:
        self.written.append(f"mine-{len(self.written)}")
        self.steps.append({"do": "hold", "nonce": self.written[-1], "message": f"I say {self.written[-1]}"})

    def send(self, number: int) -> None:
        """Our post arrives at the server, perhaps again; its answer is on the way."""
        if not (self.online and self.written):
            return
        nonce = self.written[-1 - number % len(self.written)]
        self.steps.append({"do": "sending", "nonce": nonce})
        if nonce not in self.nonces:
            stored = self._store(YOU, f"I say {nonce}", nonce)
            self.nonces[nonce] = stored
            self._announce(stored, "message")
        stored = self.nonces[nonce]
        self.acknowledged.add(nonce)
        self.answers.append({"type": "ok", "nonce": nonce, "id": stored["id"], "seq": stored["seq"]})

    def refuse(self, number: int) -> None:
        """Our post arrives and is refused."""
        unsent = [nonce for nonce in self.written if nonce not in self.nonces]
        if self.online and unsent:
            nonce, code = unsent[number % len(unsent)], ("too_long", "rate_limited")[number % 2]
            self.steps.append({"do": "sending", "nonce": nonce})
            self.answers.append({"type": "refused", "code": code, "message": "No.", "nonce": nonce})

    # What the way does

    def deliver(self, number: int) -> None:
        if self.way:
            self._frame(self.way.pop(0))

    def lose(self, number: int) -> None:
        if self.way:
            self.way.pop(number % len(self.way))

    def double(self, number: int) -> None:
        if self.way:
            self._frame(self.way[number % len(self.way)])

    def swap(self, number: int) -> None:
        if len(self.way) > 1:
            place = number % (len(self.way) - 1)
            self.way[place : place + 2] = reversed(self.way[place : place + 2])

    def answer(self, number: int) -> None:
        if self.answers:
            self._frame(self.answers.pop(0))

    def break_line(self, number: int) -> None:
        self.steps.append({"do": "disconnect"})
        self.online = self.subscribed = False
        self.way, self.answers = [], []

    def connect(self, number: int) -> None:
        """The line is there; the client asks to join."""
        if not self.online:
            self.online = True
            self.steps.append({"do": "ask"})

    # What the server does

    def admit(self, number: int, cut: int | None = None) -> None:
        """It takes the join, if there is one, and answers: documents since the cursor, or a reset."""
        if self.online:
            self.subscribed = True
            documents = [{"type": "message", **m} for m in self._documents()]
            documents += [self._member(id) for id, person in self.people.items() if person["changed"]]
            documents.sort(key=lambda document: document["changed"])
            reset = {"type": "reset", "room": ROOM, "seq": self.seq, "ordinal": len(self.messages),
                     "epoch": self.epoch, **self._page()}  # fmt: skip
            self.steps.append({"do": "admit", "documents": documents, "reset": reset, "most": MOST, "cut": cut})

    def cut(self, number: int) -> None:
        """The line breaks in the middle of a catch-up."""
        if self.online:
            self.admit(0, cut=number % 5)
            self.break_line(0)

    def restore(self, number: int) -> None:
        """The server comes back with an older database, and says so by another epoch."""
        self.break_line(0)
        self.epochs += 1
        self.epoch = f"epoch-{self.epochs}"
        self.seq, self.ids, self.messages, self.people, self.nonces = copy.deepcopy(self.backup)

    def keep(self, number: int) -> None:
        """A backup is made."""
        self.backup = self._copy()

    # What the reader does

    def ask_page(self, number: int) -> None:
        if self.online:
            way = ("older", "newer", "older", "newer", "newest", "around")[number % 6]
            self.steps.append({"do": "ask page", "way": way, "number": number, "limit": PAGE})

    def read_page(self, number: int) -> None:
        """The server reads the page that is asked for; it is on the way."""
        if self.online:
            self.steps.append({"do": "read page", "messages": self._documents()})

    def bring_page(self, number: int) -> None:
        self.steps.append({"do": "bring page"})

    def trim(self, number: int) -> None:
        self.steps.append({"do": ("trim", "trim newest")[number % 2], "most": 2 + number % 6})

    # The rows

    def _store(self, author: str, text: str, nonce: str, reply_to: int | None = None) -> Json:
        self.seq, self.ids = self.seq + 1, self.ids + 1
        self.messages.append({
            "room": ROOM, "seq": self.seq, "changed": self.seq, "ordinal": len(self.messages) + 1, "id": self.ids,
            "author": {"id": author}, "message": text, "html": f"<p>{text}</p>", "at": "2026-01-01T00:00:00.000Z",
            "nonce": nonce, "reply_to": reply_to, "reactions": {},
        })  # fmt: skip
        return self.messages[-1]

    def _announce(self, message: Json, type: str) -> None:
        self._push({"type": type, **copy.deepcopy(self._shown(message))})

    def _push(self, frame: Json) -> None:
        if self.subscribed:
            self.way.append(frame)

    def _frame(self, frame: Json) -> None:
        self.steps.append({"do": "frame", "frame": frame})

    def _shown(self, message: Json) -> Json:
        reactions = [
            {"emoji": emoji, "count": len(people), "people": [self._person(id) for id in people]}
            for emoji, people in message["reactions"].items()
            if people
        ]
        quote = message["reply_to"] and self._quote(message["reply_to"])
        author = self._person(message["author"]["id"])
        return {**message, "author": author, "reactions": reactions, "reply_to": quote}

    def _person(self, id: str) -> Json:
        return {"id": id, "name": self.people[id]["name"], "guest": True}

    def _quote(self, id: int) -> Json:
        original = next(message for message in self.messages if message["id"] == id)
        return {
            "id": id, "seq": original["seq"], "changed": original["changed"],
            "author": self._person(original["author"]["id"]), "message": first_line(original["html"]),
            "deleted": original.get("deleted", False),
        }  # fmt: skip

    def _documents(self) -> list[Json]:
        return [self._shown(message) for message in self.messages]

    def _page(self) -> Json:
        return {"messages": self._documents()[-PAGE:], "more": len(self.messages) > PAGE}

    def _member(self, id: str) -> Json:
        person = self.people[id]
        return {"type": "member", "room": ROOM, "changed": person["changed"], "person": self._person(id)}

    def _copy(self) -> Any:
        return copy.deepcopy((self.seq, self.ids, self.messages, self.people, self.nonces))


# How often each happens, in a hundred or so
OFTEN = {
    World.say: 12, World.reply: 8, World.edit: 6, World.delete: 3, World.react: 6,
    World.rename: 6, World.write: 6, World.send: 8, World.refuse: 2,
    World.deliver: 24, World.lose: 3, World.double: 4, World.swap: 4, World.answer: 8,
    World.break_line: 3, World.connect: 12, World.admit: 14, World.cut: 2, World.restore: 1, World.keep: 1,
    World.ask_page: 14, World.read_page: 10, World.bring_page: 9, World.trim: 5,
}  # fmt: skip
MOVES: dict[str, Callable[[World, int], None]] = {move.__name__: move for move in OFTEN}
WEIGHTED = [move.__name__ for move, often in OFTEN.items() for _ in range(often)]
