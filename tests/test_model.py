"""The property that matters most: whatever is lost, doubled, swapped, retried, restarted or restored, what a client
holds after catch-up is a fresh page; and while it follows, it never shows anything out of order.

Real nodes, hubs, journals and sockets on a real database, in one thread: the test is the scheduler. It decides when a
database read or a commit happens and when its result is heard, which announcement arrives at the other node, when time
passes, who is cut off and which node dies.
"""

from __future__ import annotations

import asyncio
import json
import os
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import Any
from unittest import mock

import msgspec
import pytest
from django.db import connection
from django.test import override_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from hubbub import announce, chat, history, identity
from hubbub import node as nodes
from hubbub.identity import Identity
from hubbub.journal.statements import Statements
from hubbub.models import Act, EarlierText, Epoch, Membership, Mention, Message, Person, Reaction, Room
from hubbub.node import Node
from hubbub.protocol import ERASES
from hubbub.render.emoji import shortcodes
from hubbub.render.first_line import first_line
from hubbub.search import index
from hubbub.socket import FullSocket

ROOM = "lobby"
SMALL = {
    "RATE_LIMITS": False,
    "CATCH_UP_LIMIT": 6,
    "RECENT_FRAMES": 3,
    "PAGE_MESSAGES": 4,
    "SOCKETS_PER_PERSON": 1000,
}
PEOPLE = {name: uuid.uuid5(uuid.NAMESPACE_DNS, name) for name in ("ana", "ben", "cleo")}
READERS = ("ana", "ana", "ben", "cleo")  # ana has two windows
TABLES = (Epoch, Room, Person, Membership, Message, EarlierText, Reaction, Act, Mention)
EMOJI = ("👍", "🎉", "❤️")
DOCUMENTS = ("message", "change", "member", "room")
OVERTAKEN = ("no_such_message",)  # deleted meanwhile, or not in the backup that was restored

some = st.integers(0, 50)


# ── the world that the test rules ───────────────────────────────────────────────────────────────────


class Clock(asyncio.SelectorEventLoop):
    """An event loop whose time passes when the test says so."""

    now = 1000.0

    def time(self) -> float:
        return self.now


class Hands(Executor):
    """A thread of which the test says when it works, and when its result is heard."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Future[Any], Callable[[], Any]]] = []
        self.done: list[Callable[[], None]] = []

    def submit(self, function: Any, /, *args: Any, **named: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.waiting.append((future, lambda: function(*args, **named)))
        return future

    def work(self, which: int) -> None:
        future, function = self.waiting.pop(which % len(self.waiting))
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = function()
        except Exception as error:
            self.done.append(lambda error=error: future.set_exception(error))
        else:
            self.done.append(lambda: future.set_result(result))

    def tell(self, which: int) -> None:
        self.done.pop(which % len(self.done))()


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
        page = history.page(head, SMALL["PAGE_MESSAGES"])
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


# ── the machine ─────────────────────────────────────────────────────────────────────────────────────


class Conversation(RuleBasedStateMachine):
    """Two nodes, four windows of three people, one room."""

    client = Client
    checks_heads = True

    def __init__(self) -> None:
        super().__init__()
        for model in reversed(TABLES):
            model._base_manager.all().delete()
        self.loop = Clock()
        self.air: list[tuple[int, dict[str, Any]]] = []
        self.nodes: list[Node] = []
        self.hands: list[list[Hands]] = [[], []]
        self.backup: dict[Any, list[Any]] | None = None
        self.threads_wait = False
        self.clients: list[Client] = []
        self.said = 0
        self.patches = [
            mock.patch.object(nodes, "publish", self.publish_from_elsewhere),
            mock.patch.object(nodes, "running", return_value=None),
        ]
        for patch in self.patches:
            patch.start()

    @initialize()
    def begin(self) -> None:
        self.nodes = [self.new_node(place) for place in (0, 1)]
        for name in READERS:
            client = self.client(Identity(PEOPLE[name], name))
            client.open_page()
            self.clients.append(client)
        for place in range(len(self.clients)):
            self.connects(place, place)

    def new_node(self, place: int) -> Node:
        node = Node(self.loop)
        reading, writing = Hands(), Hands()
        node._readers._threads, node.journal._thread = reading, writing  # type: ignore[assignment]
        node.announcer.announce = lambda said: self.announce(node, said)  # type: ignore[method-assign]
        self.hands[place] = [reading, writing]
        return node

    def announce(self, sender: Node, announcements: Any) -> None:
        for _, message in announce.event_messages(sender.announcer.node, announcements):
            self.air += [(place, message) for place, node in enumerate(self.nodes) if node is not sender]

    def publish_from_elsewhere(self, announcements: Any) -> None:
        for _, message in announce.event_messages("", announcements):
            self.air += [(place, message) for place in range(len(self.nodes))]

    def settle(self) -> None:
        """Everything goes on until nothing moves; threads and readers only if they are not held up."""
        self.turn()
        while not self.threads_wait and self.work_once():
            pass
        for client in self.clients:
            if not client.reads_late:
                client.read()
        self.turn()
        while not self.threads_wait and self.work_once():
            pass

    def turn(self) -> None:
        async def turns() -> None:
            for _ in range(25):
                await asyncio.sleep(0)

        self.loop.run_until_complete(turns())

    def work_once(self) -> bool:
        """All threads do what there is to do now, and are heard. False when there was nothing."""
        busy = [hands for pair in self.hands for hands in pair if hands.waiting or hands.done]
        for hands in busy:
            while hands.waiting:
                hands.work(0)
            while hands.done:
                hands.tell(0)
        if busy:
            self.turn()
        return bool(busy)

    # ── what people do ──

    @rule(who=some, where=some)
    def connects(self, who: int, where: int) -> None:
        client = self.pick(self.clients, who)
        if client.node is None:
            client.connect(self.pick(self.nodes, where))
            self.settle()

    @rule(who=some)
    def is_cut_off(self, who: int) -> None:
        client = self.pick(self.clients, who)
        if client.node is not None:
            client.disconnect()
            self.settle()

    @rule(who=some)
    def reloads(self, who: int) -> None:
        client = self.pick(self.clients, who)
        if client.node is not None:
            client.disconnect()
        client.open_page()
        self.settle()

    @rule(who=some)
    def reads(self, who: int) -> None:
        self.pick(self.clients, who).read()
        self.settle()

    @rule(who=some, late=st.booleans())
    def reads_late(self, who: int, late: bool) -> None:
        self.pick(self.clients, who).reads_late = late
        self.settle()

    @rule(who=some, times=st.integers(1, 3))
    def says(self, who: int, times: int) -> None:
        for _ in range(times):
            self.said += 1
            self.pick(self.clients, who).say(f"word {self.said}.")
        self.settle()

    @rule(who=some, which=some)
    def answers(self, who: int, which: int) -> None:
        client = self.pick(self.clients, who)
        if client.shown:
            self.said += 1
            client.say(f"answer {self.said}.", self.pick(client.shown, which)["id"])
            self.settle()

    @rule(who=some, which=some, what=st.sampled_from(["edit", "delete", "react", "unreact", "pin", "unpin"]), e=some)
    def does(self, who: int, which: int, what: str, e: int) -> None:
        """Somebody does something to a message that they see, through their socket."""
        client = self.pick(self.clients, who)
        mine = what not in ("edit", "delete")
        messages = [m for m in client.shown if mine or m["author"]["id"] == client.person.id.hex]
        if not messages:
            return
        id = self.pick(messages, which)["id"]
        match what:
            case "edit":
                self.said += 1
                client.ask("edit", id, message=f"edited {self.said}.")
            case "delete":
                client.ask("delete", id)
            case "react" | "unreact":
                client.ask("react", id, emoji=self.pick(EMOJI, e), on=what == "react")
            case "pin" | "unpin":
                client.ask("pin", id, on=what == "pin")
        self.settle()

    @rule(which=some, what=st.sampled_from(["edit", "delete", "react", "pin"]), e=some, who=some)
    def does_by_form(self, which: int, what: str, e: int, who: int) -> None:
        """The same from a page, to any message of the room: nobody may be looking at it."""
        found = Message.objects.filter(deleted_at=None).order_by("seq").values_list("id", "author__name", "author_id")
        if not found:
            return
        id, name, author = self.pick(list(found), which)
        match what:
            case "edit":
                self.said += 1
                chat.edit_now(Identity(author, name), id, f"edited by form {self.said}.")
            case "delete":
                chat.delete_now(Identity(author, name), id)
            case "react":
                chat.react_now(self.pick(self.clients, who).person, id, self.pick(EMOJI, e), which % 3 > 0)
            case "pin":
                chat.pin_now(self.pick(self.clients, who).person, id, which % 2 == 0)
        self.settle()

    @rule(who=some)
    def retries(self, who: int) -> None:
        client = self.pick(self.clients, who)
        for nonce in list(client.unacknowledged):
            client.post(nonce)
        self.settle()

    @rule(who=some, times=st.integers(1, 8))
    def says_by_form(self, who: int, times: int) -> None:
        person = self.pick(self.clients, who).person
        for _ in range(times):
            self.said += 1
            chat.post_now(chat.draft(person, ROOM, f"form {self.said}."))
        self.settle()

    @rule(who=some, name=st.sampled_from(["Ana", "Benedict", "Queen", "x"]))
    def changes_name(self, who: int, name: str) -> None:
        chat.rename_now(self.pick(self.clients, who).person, name)
        self.settle()

    @rule(who=some)
    def scrolls_up(self, who: int) -> None:
        client = self.pick(self.clients, who)
        if client.node is not None and client.shown and client.state == "live" and not client.asked:
            client.ask_older()
            self.settle()

    # ── what threads, the network and time do ──

    @precondition(lambda self: self.threads_wait)
    @rule(place=some, kind=some, which=some)
    def a_thread_works(self, place: int, kind: int, which: int) -> None:
        hands = self.pick(self.pick(self.hands, place), kind)
        if hands.waiting:
            hands.work(which)
            self.settle()

    @precondition(lambda self: self.threads_wait)
    @rule(place=some, kind=some, which=some)
    def a_result_is_heard(self, place: int, kind: int, which: int) -> None:
        hands = self.pick(self.pick(self.hands, place), kind)
        if hands.done:
            hands.tell(which)
            self.settle()

    @rule(wait=st.booleans())
    def threads_are_held_up(self, wait: bool) -> None:
        self.threads_wait = wait
        self.settle()

    @precondition(lambda self: self.air)
    @rule(which=some)
    def an_announcement_arrives(self, which: int) -> None:
        place, message = self.air.pop(which % len(self.air))
        self.loop.call_soon(self.nodes[place]._heard, message)
        self.settle()

    @precondition(lambda self: self.air)
    @rule(which=some)
    def an_announcement_arrives_and_stays_in_the_air(self, which: int) -> None:
        place, message = self.pick(self.air, which)
        self.loop.call_soon(self.nodes[place]._heard, message)
        self.settle()

    @precondition(lambda self: self.air)
    @rule(which=some)
    def an_announcement_is_lost(self, which: int) -> None:
        self.air.pop(which % len(self.air))

    @rule(who=some, where=some, how=st.sampled_from(["lost", "doubled", "swapped"]))
    def a_live_frame_is(self, who: int, where: int, how: str) -> None:
        client = self.pick(self.clients, who)
        frames = client.inbox
        if client.state == "live" and frames and all(is_document(frame) for frame in frames):
            place = where % len(frames)
            if how == "lost":
                frames.pop(place)
            elif how == "doubled":
                frames.append(frames[place])
            else:
                frames.insert(0, frames.pop(place))

    @rule(seconds=st.sampled_from([0.06, 1.1]))
    def time_passes(self, seconds: float) -> None:
        self.loop.now += seconds
        self.settle()

    @rule(place=some)
    def heads_are_checked(self, place: int) -> None:
        if self.checks_heads:
            self.loop.create_task(self.pick(self.nodes, place).hub.check_heads())
            self.settle()

    @rule(place=some)
    def a_node_dies(self, place: int) -> None:
        place %= len(self.nodes)
        dead = self.nodes[place]
        for client in self.clients:
            if client.node is dead:
                client.disconnect()
        self.nodes[place] = self.new_node(place)
        self.settle()

    @precondition(lambda self: self.backup is None)
    @rule()
    def a_backup_is_made(self) -> None:
        self.backup = {model: list(model._base_manager.all()) for model in TABLES}

    @precondition(lambda self: self.backup is not None)
    @rule()
    def the_backup_is_restored(self) -> None:
        assert self.backup is not None
        for model in reversed(TABLES):
            model._base_manager.all().delete()
        for model, rows in self.backup.items():
            model._base_manager.bulk_create(rows)
        for _ in index.rebuild(Statements(connection)):
            pass
        Epoch.objects.all().delete()
        self.backup, self.air = None, []
        for place in (0, 1):
            self.a_node_dies(place)
        for client in self.clients:
            client.acknowledged.clear()

    # ── what must hold ──

    @invariant()
    def nobody_sees_disorder(self) -> None:
        for client in self.clients:
            ordinals = [message["ordinal"] for message in client.shown]
            first = client.beginning + 1
            if client.state == "catching up":  # what was changed later comes later
                assert ordinals == sorted(set(ordinals)), "out of order or doubled"
            else:
                assert ordinals == list(range(first, first + len(ordinals))), "out of order, doubled or missing"

    @invariant()
    def a_hub_keeps_nothing_that_was_erased_before_its_head(self) -> None:
        for node in self.nodes:
            for audience in node.hub.audiences.values():
                kept = list(audience.recent)
                erased = [place for place, frame in enumerate(kept) if frame.mark & ERASES]
                assert not erased or erased[-1] == 0, "frames from before an erasure are kept"

    def teardown(self) -> None:
        try:
            if self.clients:
                self.catch_up()
                self.check_log()
                self.check_clients()
        finally:
            for patch in self.patches:
                patch.stop()
            nodes._nodes.pop(self.loop, None)
            self.clients = []
            for task in asyncio.all_tasks(self.loop):
                task.cancel()
            self.turn()
            self.loop.close()

    def catch_up(self) -> None:
        """The network keeps nothing that it has not delivered; people come back; heads are checked."""
        self.threads_wait = False
        self.says_by_form(0, 1)
        self.air.clear()
        for _ in range(6):
            for place, client in enumerate(self.clients):
                client.reads_late = False
                self.connects(place, place)
                self.retries(place)
            for place in range(len(self.nodes)):
                self.heads_are_checked(place)
            self.air.clear()
            self.time_passes(1.1)

    def check_log(self) -> None:
        head = history.head(ROOM)
        rows = list(Message.objects.order_by("seq").values_list("seq", "ordinal", "author_id", "nonce", "id"))
        changes = list(Message.objects.values_list("changed", flat=True))
        renames = list(Membership.objects.filter(changed__gt=0).values_list("changed", flat=True))
        assert [ordinal for _, ordinal, *_ in rows] == list(range(1, head.ordinal + 1))
        assert len({seq for seq, *_ in rows}) == len(rows)
        rooms = list(Room.objects.filter(changed__gt=0).values_list("changed", flat=True))
        numbers = changes + renames + rooms
        assert len(numbers) == len(set(numbers))
        assert max(numbers, default=0) == head.seq
        assert len({(author, nonce) for _, _, author, nonce, _ in rows}) == len(rows)
        stored = {nonce: id for *_, nonce, id in rows}
        for client in self.clients:
            assert not client.unacknowledged
            assert all(stored[nonce] == id for nonce, id in client.acknowledged.items())

    def check_clients(self) -> None:
        head = history.head(ROOM)
        fresh = look([as_json(message) for message in history.page(head, 10_000).messages])
        for client in self.clients:
            assert client.state == "live"
            assert client.cursor == head.seq
            assert look(client.shown) == fresh[client.beginning :]
        deleted = Message.objects.exclude(deleted_at=None).values_list("text", "html", "reactions")
        assert set(deleted) <= {("", "", "")}

    @staticmethod
    def pick(things: list[Any], which: int) -> Any:
        return things[which % len(things)]


# ── the property, and the proof that it can fail ────────────────────────────────────────────────────


@pytest.fixture
def small_limits(transactional_db: None) -> Iterator[None]:
    """Limits so low that resets, forgotten frames and page ends come often. The names of emoji are read before: a real
    thread would read them when it likes."""
    shortcodes()
    with override_settings(HUBBUB=SMALL):
        yield


def run(machine: type[Conversation], examples: int, steps: int = 40, *, repeatable: bool = False) -> None:
    """Without shrinking: a failure shows its steps at once, and each of them reads as a sentence."""
    how = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck),
        database=None, print_blob=False, phases=[Phase.generate], report_multiple_bugs=False, derandomize=repeatable,
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=how)


def test_what_a_client_holds_after_catch_up_is_a_fresh_page(small_limits: None) -> None:
    run(Conversation, int(os.environ.get("HUBBUB_EXAMPLES", "40")))


class Loses(Client):
    """A client that overlooks every third message and thinks it has it."""

    def follow(self, frame: dict[str, Any]) -> None:
        if self.state == "live" and frame["changed"] % 3 == 0:
            self.cursor = max(self.cursor, frame["changed"])
        else:
            super().follow(frame)


class Doubles(Client):
    """A client that shows whatever comes."""

    def follow(self, frame: dict[str, Any]) -> None:
        if self.state == "live":
            self.cursor = max(self.cursor, frame["changed"])
            self.apply(frame)

    def show(self, message: dict[str, Any]) -> None:
        self.shown.append(self.named(message))


class Swaps(Client):
    """A client that shows what was last first."""

    def show(self, message: dict[str, Any]) -> None:
        super().show(message)
        self.shown[-2:] = reversed(self.shown[-2:])


class ForgetsNames(Client):
    """A client that does not care who was renamed."""

    def rename(self, person: dict[str, Any], number: int) -> None:
        pass


class ForgetsChanges(Client):
    """A client that takes no second look at a message."""

    def show(self, message: dict[str, Any]) -> None:
        if all(known["id"] != message["id"] for known in self.shown):
            super().show(message)


class NoHeadChecks(Conversation):
    """Nodes that trust the layer to lose nothing."""

    checks_heads = False


def with_client(kind: type[Client]) -> type[Conversation]:
    return type(f"Conversation{kind.__name__}", (Conversation,), {"client": kind})


class LosesInCatchUp(Conversation):
    """A hub that forgets the first of the frames that it kept for those who come back."""

    def new_node(self, place: int) -> Node:
        node = super().new_node(place)
        arrive = node.hub._arrive

        async def forgetful(*args: Any) -> Any:
            arrival = await arrive(*args)
            arrival.frames = arrival.frames[1:]
            return arrival

        node.hub._arrive = forgetful  # type: ignore[method-assign]
        return node


@pytest.mark.parametrize(
    "machine",
    [
        with_client(Loses),
        with_client(Doubles),
        with_client(Swaps),
        with_client(ForgetsNames),
        with_client(ForgetsChanges),
        NoHeadChecks,
        LosesInCatchUp,
    ],
    ids=[
        "loses",
        "doubles",
        "swaps",
        "forgets names",
        "forgets changes",
        "checks no heads",
        "loses in catch-up",
    ],
)
def test_the_checker_notices_who(machine: type[Conversation], small_limits: None) -> None:
    with pytest.raises(AssertionError):
        run(machine, 600, repeatable=True)  # ends with the first that it catches: the same one each time
