"""The conversation with somebody who rules the room: its topic changes, people are banned and pardoned.

Whatever is lost, doubled or restored: who is in the room knows its topic, and who is banned hears nothing more of it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from hubbub import access, chat, history, identity
from hubbub.errors import Refusal
from hubbub.models import Membership, Room
from hubbub.node import Node
from tests.model.client import DOCUMENTS, ROOM, Client
from tests.model.conversation import Conversation, run
from tests.model.world import some


class Member(Client):
    """A client that shows the room's topic, and empties itself when it is put out."""

    topic = ""

    def open_page(self) -> None:
        if not access.may_read(self.person, ROOM):
            self.leave()
            return
        super().open_page()
        self.topic = history.head(ROOM).topic

    def leave(self) -> None:
        self.begin([], 0)
        self.cursor, self.topic = 0, ""
        if self.node is not None:
            self.state = "out"

    def hear(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        assert self.state != "out" or kind not in DOCUMENTS, "heard something of a room that is not there"
        if kind == "room" and self.state == "catching up":
            self.apply(frame)
        elif kind == "room":
            self.follow(frame)
        elif kind == "gone":
            self.leave()
        elif kind == "refused" and frame["code"] == "no_such_room":
            self.refused(frame)
        else:
            super().hear(frame)

    def refused(self, frame: dict[str, Any]) -> None:
        self.asked = False
        if "nonce" in frame:
            self.unacknowledged.pop(frame["nonce"], None)
        elif "ref" not in frame:  # joining
            self.leave()

    def apply(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "room":
            self.topic = frame.get("topic", "")
        else:
            super().apply(frame)


class Ruled(Conversation):
    """Olga owns the room. She sits nowhere: what she does comes from a page."""

    client = Member

    @initialize()
    def begin(self) -> None:
        user, _ = User.objects.get_or_create(username="olga")
        self.olga = identity.of_user(user)
        chat.post_now(chat.draft(self.olga, ROOM, "mine."))
        super().begin()

    @rule(number=some)
    def the_topic_changes(self, number: int) -> None:
        chat.act_now(self.olga, ROOM, "topic", text=f"topic {number}")
        self.settle()

    @rule(who=some)
    def somebody_is_banned(self, who: int) -> None:
        with suppress(Refusal):  # whom nobody has met yet
            chat.act_now(self.olga, ROOM, "ban", whom=self.pick(self.clients, who).person.id)
        self.settle()

    @rule(who=some)
    def somebody_is_pardoned(self, who: int) -> None:
        with suppress(Refusal):
            chat.act_now(self.olga, ROOM, "unban", whom=self.pick(self.clients, who).person.id)
        self.settle()

    @rule(who=some)
    def comes_back(self, who: int) -> None:
        client = self.pick(self.clients, who)
        if client.state == "out":
            client.open_page()
            client.join()
            self.settle()

    # A page refuses who is banned as it should.

    @rule(who=some, times=st.integers(1, 8))
    def says_by_form(self, who: int, times: int) -> None:
        banned = self.pick(self.clients, who).person.id in self.banned()
        for _ in range(times):
            self.said += 1
            person = self.olga if banned else self.pick(self.clients, who).person
            chat.post_now(chat.draft(person, ROOM, f"form {self.said}."))
        self.settle()

    @rule(which=some, what=st.sampled_from(["edit", "delete", "react", "pin"]), e=some, who=some)
    def does_by_form(self, which: int, what: str, e: int, who: int) -> None:
        with suppress(Refusal):
            super().does_by_form(which, what, e, who)

    # ── what must hold ──

    def banned(self) -> set[Any]:
        return set(Membership.objects.filter(standing="banned").values_list("person_id", flat=True))

    def catch_up(self) -> None:
        self.threads_wait = False
        for client in self.clients:
            if client.state == "out" and client.person.id not in self.banned():
                client.disconnect()
                client.open_page()
        super().catch_up()

    def check_clients(self) -> None:
        everybody, banned = self.clients, self.banned()
        for client in everybody:
            if client.person.id in banned:
                assert (client.state, client.shown) == ("out", [])
        self.clients = [client for client in everybody if client.person.id not in banned]
        super().check_clients()
        assert {client.topic for client in self.clients} <= {Room.objects.get().topic}
        self.clients = everybody


def test_who_is_in_the_room_knows_its_topic_and_who_is_banned_hears_nothing(small_limits: None) -> None:
    run(Ruled, int(os.environ.get("HUBBUB_EXAMPLES", "40")))


class ForgetsTopics(Member):
    """A client that does not care what the room is about."""

    def apply(self, frame: dict[str, Any]) -> None:
        if frame["type"] != "room":
            super().apply(frame)


class Stays(Ruled):
    """Nodes that let everybody who once came in stay."""

    def new_node(self, place: int) -> Node:
        node = super().new_node(place)
        node.hub._guard = lambda key: None
        return node


class OpenToAll(Ruled):
    """Nodes that look nobody up who comes in."""

    def new_node(self, place: int) -> Node:
        node = super().new_node(place)
        join = node.hub.join

        async def let_in(*args: Any, admit: Any, **named: Any) -> Any:
            return await join(*args, **named)

        node.hub.join = let_in  # type: ignore[method-assign]
        return node


FAULTS = {
    "forgets topics": type("RuledForgetsTopics", (Ruled,), {"client": ForgetsTopics}),
    "lets everybody stay": Stays,
    "lets everybody in": OpenToAll,
}


@pytest.mark.stack("sqlite", "what the checker notices, it notices on both")
@pytest.mark.parametrize("machine", FAULTS.values(), ids=FAULTS)
def test_the_checker_notices_who(machine: type[Conversation], small_limits: None) -> None:
    with pytest.raises(AssertionError):
        run(machine, 600, repeatable=True)  # ends with the first that it catches: the same one each time
