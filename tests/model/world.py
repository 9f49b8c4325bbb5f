"""Two nodes with their hubs, journals and sockets on a real database, and four windows, in one thread: the test is the
scheduler. It decides when a database read or a commit happens and when its result is heard, which announcement arrives
at the other node, when time passes, who is cut off and which node dies.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any
from unittest import mock

from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from hubbub import announce
from hubbub import node as nodes
from hubbub.identity import Identity
from hubbub.journal.statements import Statements
from hubbub.models import Act, Alias, Block, EarlierText, Epoch, Membership, Mention, Message, Person, Reaction, Room
from hubbub.node import Node
from hubbub.protocol import Event, encode
from hubbub.search import index
from tests.model.client import Client, is_document
from tests.model.hands import Clock, Hands

PEOPLE = {name: uuid.uuid5(uuid.NAMESPACE_DNS, name) for name in ("ana", "ben", "cleo")}
READERS = ("ana", "ana", "ben", "cleo")  # ana has two windows
TABLES = (Epoch, Room, Alias, Person, Block, Membership, Message, EarlierText, Reaction, Act, Mention)
TELLING = ("outside", "chat.reading", "chat.attention")  # modules from which a page tells a person's windows

some = st.integers(0, 50)


class World(RuleBasedStateMachine):
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
            mock.patch("hubbub.outside.publish", self.publish_from_elsewhere),
            mock.patch.object(nodes, "running", return_value=None),
            *(mock.patch(f"hubbub.{place}.tell_person", self.tell_from_elsewhere) for place in TELLING),
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
        node.announcer.say = lambda group, message: self.carry(node, group, message)  # type: ignore[method-assign]
        self.hands[place] = [reading, writing]
        return node

    def announce(self, sender: Node, announcements: Any) -> None:
        for _, message in announce.event_messages(sender.announcer.node, announcements):
            self.air += [(place, message) for place, node in enumerate(self.nodes) if node is not sender]

    def publish_from_elsewhere(self, announcements: Any) -> None:
        for _, message in announce.event_messages("", announcements):
            self.air += [(place, message) for place in range(len(self.nodes))]

    # What a person's windows are told reaches all of them, as a layer carries it: it is told once, and not found again.

    def tell_from_elsewhere(self, person: str, event: Event) -> None:
        words = {"type": "hubbub.tell", "person": person, "payload": encode(event).payload}
        for node in self.nodes:
            self.loop.call_soon(node._heard, words)

    def carry(self, sender: Node, group: str, message: dict[str, Any]) -> None:
        for node in self.nodes:
            if group == announce.NODES and node is not sender and message["type"] == "hubbub.tell":
                self.loop.call_soon(node._heard, message)

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

    # ── who is there ──

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

    # ── the end ──

    def teardown(self) -> None:
        try:
            if self.clients:
                self.catch_up()
                self.check()
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
        """Bring everybody to where nothing is missing any more."""

    def check(self) -> None:
        """Look whether everything is as it should be."""

    @staticmethod
    def pick(things: list[Any], which: int) -> Any:
        return things[which % len(things)]
