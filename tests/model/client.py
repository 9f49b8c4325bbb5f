"""A client by docs/protocol.md, and what a person sees of what it holds."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import msgspec

from hubbub import history, identity
from hubbub import node as nodes
from hubbub.identity import Identity
from hubbub.models import Epoch
from hubbub.node import Node
from hubbub.render.first_line import first_line
from hubbub.socket import FullSocket

ROOM = "lobby"
PAGE_MESSAGES = 4
DOCUMENTS = ("message", "change", "member", "room")
OVERTAKEN = ("no_such_message", "edited_since")  # deleted meanwhile, not in the backup; changed in another window


class Client:
    """The rules of docs/protocol.md for a client: cursor, upsert, gap, resume, reset."""

    def __init__(self, person: Identity) -> None:
        self.person = person
        self.outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.inbox: list[dict[str, Any]] = []
        self.node: Node | None = None
        self.cursor = 0
        self.epoch = ""
        self.shown: list[dict[str, Any]] = []  # messages, in the order in which a person sees them
        self.names: dict[str, tuple[int, str]] = {}  # person → number of the change, name
        self.state = "offline"
        self.quoted: dict[int, dict[str, Any]] = {}  # id → the newest that was heard of a message that is not shown
        self.unacknowledged: dict[str, dict[str, Any]] = {}
        self.acknowledged: dict[str, int] = {}
        self.beginning = 0  # ordinal before the first message shown
        self.asked = False
        self.reads_late = False

    # ── the page and the socket ──

    def open_page(self) -> None:
        head = history.head(ROOM)
        page = history.page(head, PAGE_MESSAGES)
        self.epoch = Epoch.current()
        self.cursor = head.seq
        self.begin([as_json(message) for message in page.messages], head.ordinal)

    def begin(self, messages: list[dict[str, Any]], ordinal: int) -> None:
        self.shown = []
        self.names = {}
        self.quoted = {}
        self.beginning = messages[0]["ordinal"] - 1 if messages else ordinal
        for message in messages:
            self.show(message)

    def connect(self, node: Node) -> None:
        self.outbox, self.inbox, self.node, self.state = asyncio.Queue(), [], node, "connecting"
        inbox = self.inbox

        async def send(event: dict[str, Any]) -> None:
            inbox.append(event)

        cookie = f"{identity.GUEST_COOKIE}={identity.guest_cookie(self.person)}".encode()
        scope = {
            "type": "websocket",
            "headers": [(b"cookie", cookie)],
            "query_string": b"",
            "client": ("127.0.0.1", 1),
            "subprotocols": ["hubbub.v1"],
        }
        receive = self.outbox.get
        self.outbox.put_nowait({"type": "websocket.connect"})

        async def serve() -> None:
            nodes._nodes[node.loop] = node
            await FullSocket(scope, receive, send).run()

        node.loop.create_task(serve())

    def disconnect(self) -> None:
        """Whatever is on its way to the client is lost."""
        self.outbox.put_nowait({"type": "websocket.disconnect", "code": 1006})
        self.inbox, self.node, self.state, self.asked = [], None, "offline", False

    def send(self, command: dict[str, Any]) -> None:
        self.outbox.put_nowait({"type": "websocket.receive", "text": json.dumps(command)})

    def join(self) -> None:
        self.state = "joining"
        self.send({"type": "join", "room": ROOM, "since": self.cursor, "epoch": self.epoch})

    def say(self, text: str, reply_to: int | None = None) -> None:
        nonce = f"{self.person.name}-{uuid.uuid4().hex}"
        self.unacknowledged[nonce] = {"message": text, "reply_to": reply_to}
        self.post(nonce)

    def post(self, nonce: str) -> None:
        if self.node is not None:
            self.send({"type": "post", "room": ROOM, "nonce": nonce, **self.unacknowledged[nonce]})

    def ask(self, type: str, id: int, **fields: Any) -> None:
        """Ask for a change of a message. Unlike a post it is not tried again when its answer is lost."""
        if self.node is not None and self.state == "live":
            self.send({"type": type, "id": id, "ref": type, **fields})

    # ── frames ──

    def read(self) -> None:
        events, self.inbox[:] = self.inbox[:], []
        for event in events:
            if event["type"] == "websocket.close":
                self.disconnect()
                return
            if event["type"] == "websocket.send":
                self.hear(json.loads(event["text"]))

    def hear(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "welcome":
                self.join()
            case "joined":
                self.state = "catching up"
            case "message" | "change" | "member" if self.state == "catching up":
                self.apply(frame)
            case "message" | "change" | "member":
                self.follow(frame)
            case "synced":
                self.cursor, self.state = frame["seq"], "live"
            case "reset":
                self.cursor, self.epoch, self.state = frame["seq"], frame["epoch"], "live"
                self.begin(frame["messages"], frame["ordinal"])
            case "history":
                self.prepend(frame)
            case "ok" if "nonce" in frame:
                self.unacknowledged.pop(frame["nonce"], None)
                assert self.acknowledged.setdefault(frame["nonce"], frame["id"]) == frame["id"]
            case "refused" if frame["code"] in OVERTAKEN:
                self.unacknowledged.pop(frame.get("nonce", ""), None)
            case "refused":
                raise AssertionError(f"refused: {frame}")

    def follow(self, frame: dict[str, Any]) -> None:
        if self.state == "live" and frame["changed"] == self.cursor + 1:
            self.cursor = frame["changed"]
            self.apply(frame)
        elif self.state == "live" and frame["changed"] > self.cursor:
            self.join()

    def apply(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "member":
            self.rename(frame["person"], frame["changed"])
        else:
            self.show(frame)
            self.requote(frame)

    def rename(self, person: dict[str, Any], number: int) -> None:
        if number > self.names.get(person["id"], (0, ""))[0]:
            self.names[person["id"]] = (number, person["name"])
        self.shown = [self.named(message) for message in self.shown]

    def show(self, message: dict[str, Any]) -> None:
        for place, known in enumerate(self.shown):
            if known["id"] == message["id"]:
                if known["changed"] < message["changed"]:
                    self.shown[place] = self.named(message)
                return
        if message["ordinal"] <= self.beginning:
            return  # older than what is shown: history brings it when it is asked for
        self.place(self.named(message))

    def place(self, message: dict[str, Any]) -> None:
        """What was changed since comes after what was said after it."""
        later = [place for place, known in enumerate(self.shown) if known["seq"] > message["seq"]]
        self.shown.insert(later[0] if later else len(self.shown), message)

    def requote(self, message: dict[str, Any]) -> None:
        """What answers a message shows it as it stands now."""
        self.quoted[message["id"]] = message
        self.shown = [self.quoting(shown) for shown in self.shown]

    def quoting(self, message: dict[str, Any]) -> dict[str, Any]:
        quote = message.get("reply_to")
        original = quote and self.quoted.get(quote["id"])
        if not original or original["changed"] <= quote["changed"]:
            return message
        kept = {name: original[name] for name in ("id", "seq", "changed", "author")}
        said = {"message": first_line(original["html"]), "deleted": original.get("deleted", False)}
        return self.named({**message, "reply_to": {**kept, **said}})

    def named(self, message: dict[str, Any]) -> dict[str, Any]:
        """The message with the names of today, in it, in what it quotes and under it."""

        def today(person: dict[str, Any]) -> dict[str, Any]:
            number, name = self.names.get(person["id"], (0, ""))
            return {**person, "name": name} if number > message["changed"] else person

        named = {**message, "author": today(message["author"])}
        if quote := message.get("reply_to"):
            named["reply_to"] = {**quote, "author": today(quote["author"])}
        reactions = message.get("reactions", [])
        named["reactions"] = [{**view, "people": [today(person) for person in view["people"]]} for view in reactions]
        return named

    def ask_older(self) -> None:
        self.asked = True
        before = self.shown[0]["seq"]
        self.send({"type": "history", "room": ROOM, "before": before, "limit": 3, "ref": str(before)})

    def prepend(self, frame: dict[str, Any]) -> None:
        self.asked = False
        if self.shown and frame["ref"] == str(self.shown[0]["seq"]) and frame["messages"]:
            older = [self.quoting(self.named(message)) for message in frame["messages"]]
            self.beginning = older[0]["ordinal"] - 1
            self.shown[:0] = older


def as_json(event: Any) -> dict[str, Any]:
    return json.loads(msgspec.json.encode(event))


def is_document(event: dict[str, Any]) -> bool:
    return event["type"] == "websocket.send" and json.loads(event["text"])["type"] in DOCUMENTS


def look(messages: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What a person sees of messages."""
    return [
        (
            *(m["ordinal"], m["seq"], m["id"], m["author"]["id"], m["author"]["name"], m["message"]),
            *(m.get("edited_at"), m.get("deleted", False), m.get("pinned", False)),
            *((q["message"], q.get("deleted", False), q["author"]["name"]) if (q := m.get("reply_to")) else ()),
            *((r["emoji"], r["count"], [person["name"] for person in r["people"]]) for r in m.get("reactions", [])),
        )
        for m in messages
    ]
