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
from hubbub.models import Epoch, Membership, Message, Person, Room
from hubbub.node import Node
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
TABLES = (Epoch, Room, Person, Membership, Message)

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
        self.unacknowledged: dict[str, str] = {}
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

    def say(self, text: str) -> None:
        nonce = f"{self.person.name}-{uuid.uuid4().hex}"
        self.unacknowledged[nonce] = text
        self.post(nonce)

    def post(self, nonce: str) -> None:
        if self.node is not None:
            self.send({"type": "post", "room": ROOM, "message": self.unacknowledged[nonce], "nonce": nonce})

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
            case "message" | "member" if self.state == "catching up":
                self.apply(frame)
            case "message" | "member":
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
            case "refused":
                raise AssertionError(f"refused: {frame}")

    def follow(self, frame: dict[str, Any]) -> None:
        if self.state == "live" and frame["changed"] == self.cursor + 1:
            self.cursor = frame["changed"]
            self.apply(frame)
        elif self.state == "live" and frame["changed"] > self.cursor:
            self.join()

    def apply(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "message":
            self.show(frame)
        else:
            self.rename(frame["person"], frame["changed"])

    def rename(self, person: dict[str, Any], number: int) -> None:
        if number > self.names.get(person["id"], (0, ""))[0]:
            self.names[person["id"]] = (number, person["name"])
        for message in self.shown:
            if message["author"]["id"] == person["id"] and message["changed"] < number:
                message["author"] = person

    def show(self, message: dict[str, Any]) -> None:
        if any(known["id"] == message["id"] for known in self.shown):
            return
        if message["ordinal"] <= self.beginning:
            return  # older than what is shown: history brings it when it is asked for
        self.shown.append(self.named(message))

    def named(self, message: dict[str, Any]) -> dict[str, Any]:
        number, name = self.names.get(message["author"]["id"], (0, ""))
        newer = number > message["changed"]
        return {**message, "author": {**message["author"], "name": name}} if newer else message

    def ask_older(self) -> None:
        self.asked = True
        before = self.shown[0]["seq"]
        self.send({"type": "history", "room": ROOM, "before": before, "limit": 3, "ref": str(before)})

    def prepend(self, frame: dict[str, Any]) -> None:
        self.asked = False
        if self.shown and frame["ref"] == str(self.shown[0]["seq"]) and frame["messages"]:
            older = [self.named(message) for message in frame["messages"]]
            self.beginning = older[0]["ordinal"] - 1
            self.shown[:0] = older


def as_json(event: Any) -> dict[str, Any]:
    return json.loads(msgspec.json.encode(event))


def is_document(event: dict[str, Any]) -> bool:
    return event["type"] == "websocket.send" and json.loads(event["text"])["type"] in ("message", "member")


def look(messages: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What a person sees of messages."""
    return [(m["ordinal"], m["seq"], m["id"], m["author"]["id"], m["author"]["name"], m["message"]) for m in messages]


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
            self.pick(self.clients, who).say(f"word {self.said}")
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
            chat.post_now(chat.draft(person, ROOM, f"form {self.said}"))
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
            assert ordinals == list(range(first, first + len(ordinals))), "out of order, doubled or missing"

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
        renames = list(Membership.objects.filter(changed__gt=0).values_list("changed", flat=True))
        assert [ordinal for _, ordinal, *_ in rows] == list(range(1, head.ordinal + 1))
        numbers = [seq for seq, *_ in rows] + renames
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

    @staticmethod
    def pick(things: list[Any], which: int) -> Any:
        return things[which % len(things)]


# ── the property, and the proof that it can fail ────────────────────────────────────────────────────


@pytest.fixture
def small_limits(transactional_db: None) -> Iterator[None]:
    """Limits so low that resets, forgotten frames and page ends come often."""
    with override_settings(HUBBUB=SMALL):
        yield


def run(machine: type[Conversation], examples: int, steps: int = 40) -> None:
    """Without shrinking: a failure shows its steps at once, and each of them reads as a sentence."""
    how = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck),
        database=None, print_blob=False, phases=[Phase.generate], report_multiple_bugs=False,
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
        NoHeadChecks,
        LosesInCatchUp,
    ],
    ids=["loses", "doubles", "swaps", "forgets names", "checks no heads", "loses in catch-up"],
)
def test_the_checker_notices_who(machine: type[Conversation], small_limits: None) -> None:
    with pytest.raises(AssertionError):
        run(machine, 600)  # ends with the first that it catches
