"""The conversation with somebody who rules the room: its state changes, people get roles, are silenced, banned and
pardoned.

Whatever is lost, doubled or restored: who is in the room knows how it is and how those stand of whom they heard, and
who is banned hears nothing more of it.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from hubbub import access, chat, history, identity
from hubbub.errors import Refusal
from hubbub.models import Membership
from hubbub.node import Node
from tests.model.client import DOCUMENTS, ROOM, Client
from tests.model.conversation import Conversation, run
from tests.model.world import some

FORBIDDEN = ("archived", "silenced", "rate_limited")  # to who speaks while the room or they may not be spoken in
VERBS = ["topic", "rename", "archive", "unarchive", "slow"]


def state_of(room: Any) -> tuple[Any, ...]:
    """What a room's bar shows, of a head."""
    return room.name, room.topic, room.archived, room.slow


def part_of(member: dict[str, Any]) -> tuple[Any, ...]:
    """How somebody stands, of a frame."""
    return member.get("role", "member"), member.get("standing", "in"), member.get("silenced_until")


def to_the_millisecond(moment: datetime | None) -> datetime | None:
    """As frames tell it."""
    return moment and moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class Member(Client):
    """A client that shows the room's state and how people stand, and empties itself when it is put out."""

    state_of_room: tuple[Any, ...] = ()

    def open_page(self) -> None:
        if not access.may_read(self.person, ROOM):
            self.leave()
            return
        super().open_page()
        self.state_of_room = state_of(history.head(ROOM))

    def begin(self, messages: list[dict[str, Any]], ordinal: int) -> None:
        super().begin(messages, ordinal)
        self.parts: dict[str, tuple[int, tuple[Any, ...]]] = {}  # person → number of the change, how they stand

    def leave(self) -> None:
        self.begin([], 0)
        self.cursor, self.state_of_room = 0, ()
        if self.node is not None:
            self.state = "out"

    def hear(self, frame: dict[str, Any]) -> None:
        kind = frame["type"]
        assert self.state != "out" or kind not in DOCUMENTS, "heard something of a room that is not there"
        if kind == "joined" and not self.state_of_room:
            self.state_of_room = frame["name"], "", False, 0  # unless a document of the room's says otherwise
        if kind == "room" and self.state == "catching up":
            self.apply(frame)
        elif kind == "room":
            self.follow(frame)
        elif kind == "gone":
            self.leave()
        elif kind == "refused" and frame["code"] == "no_such_room":
            self.refused(frame)
        elif kind == "refused" and frame["code"] in FORBIDDEN:
            self.unacknowledged.pop(frame.get("nonce", ""), None)
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
            self.heard_room(frame)
        else:
            super().apply(frame)
        if frame["type"] == "member" and frame["changed"] > self.parts.get(frame["person"]["id"], (0,))[0]:
            self.parts[frame["person"]["id"]] = frame["changed"], part_of(frame)

    def heard_room(self, room: dict[str, Any]) -> None:
        self.state_of_room = (
            room["name"], room.get("topic", ""), room.get("archived", False), room.get("slow", 0),
        )  # fmt: skip


class Ruled(Conversation):
    """Olga owns the room, and Mo is in it. They sit nowhere: what they do comes from a page."""

    client = Member

    @initialize()
    def begin(self) -> None:
        self.olga, self.mo = (identity.of_user(User.objects.get_or_create(username=name)[0]) for name in ("olga", "mo"))
        for account in (self.olga, self.mo):
            chat.post_now(chat.draft(account, ROOM, "mine."))
        super().begin()

    @rule(what=st.sampled_from(VERBS), number=some)
    def the_room_changes(self, what: str, number: int) -> None:
        """It is seldom closed or slowed down, or nobody could say much."""
        text = {"topic": f"topic {number}", "rename": ["Lobby", "Hall", "LOBBY"][number % 3]}.get(what, "")
        with suppress(Refusal):  # an archived room keeps its topic
            if what != "archive" or number % 3 == 0:
                chat.act_now(self.olga, ROOM, what, text=text, seconds=3600 if number % 4 == 0 else 0)
        self.settle()

    @rule(role=st.sampled_from(["moderator", "member"]))
    def mo_has_a_role(self, role: str) -> None:
        chat.act_now(self.olga, ROOM, "role", whom=self.mo.id, text=role)
        self.settle()

    @rule(who=some, what=st.sampled_from(["silence", "unsilence"]))
    def somebody_is_silenced_or_no_more(self, who: int, what: str) -> None:
        with suppress(Refusal):  # whom nobody has met yet
            chat.act_now(self.olga, ROOM, what, whom=self.pick(self.clients, who).person.id, seconds=600)
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

    # A page refuses who is banned or silenced as it should, and everybody while the room is archived.

    @rule(who=some, times=st.integers(1, 8))
    def says_by_form(self, who: int, times: int) -> None:
        person = self.pick(self.clients, who).person
        for _ in range(times):
            self.said += 1
            for speaker in (person, self.olga):
                with suppress(Refusal):
                    chat.post_now(chat.draft(speaker, ROOM, f"form {self.said}."))
                    break
        self.settle()

    @rule(which=some, what=st.sampled_from(["edit", "delete", "react", "pin"]), e=some, who=some)
    def does_by_form(self, which: int, what: str, e: int, who: int) -> None:
        with suppress(Refusal):
            super().does_by_form(which, what, e, who)

    # ── what must hold ──

    def banned(self) -> set[Any]:
        """Who may not come in."""
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
        assert {client.state_of_room for client in self.clients} <= {state_of(history.head(ROOM))}
        self.check_parts(self.clients)
        self.clients = everybody

    def check_parts(self, clients: list[Client]) -> None:
        """Of whom a client heard, it knows how they stand now."""
        stand = {
            member.person_id.hex: (member.role, member.standing, to_the_millisecond(member.silenced_until))
            for member in Membership.objects.all()
        }
        for client in clients:
            assert isinstance(client, Member)
            for person, (_, (role, standing, until)) in client.parts.items():
                assert (role, standing, until and datetime.fromisoformat(until)) == stand[person]


def test_who_is_in_the_room_knows_how_it_stands_and_who_is_banned_hears_nothing(small_limits: None) -> None:
    run(Ruled, int(os.environ.get("HUBBUB_EXAMPLES", "40")))


class ForgetsRooms(Member):
    """A client that does not care how the room is."""

    def heard_room(self, room: dict[str, Any]) -> None:
        pass


class KeepsParts(Member):
    """A client that keeps the first that it hears of somebody."""

    def apply(self, frame: dict[str, Any]) -> None:
        kept = dict(self.parts)
        super().apply(frame)
        self.parts |= kept


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
    "forgets how the room is": type("RuledForgetsRooms", (Ruled,), {"client": ForgetsRooms}),
    "forgets how people stand": type("RuledKeepsParts", (Ruled,), {"client": KeepsParts}),
    "lets everybody stay": Stays,
    "lets everybody in": OpenToAll,
}


@pytest.mark.stack("sqlite", "what the checker notices, it notices on both")
@pytest.mark.parametrize("machine", FAULTS.values(), ids=FAULTS)
def test_the_checker_notices_who(machine: type[Conversation], small_limits: None) -> None:
    with pytest.raises(AssertionError):
        run(machine, 600, repeatable=True)  # ends with the first that it catches: the same one each time
