"""A private room, whose people come and go by what its owner does: let in, put out, let in again.

Whatever is lost, doubled or restored: who is in it holds what a fresh page shows, who is not holds and hears nothing,
and who is let in while they have a line hears so and comes in by themself.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

import pytest
from hypothesis.stateful import initialize, rule

from hubbub import access, chat
from hubbub.errors import Refusal
from hubbub.models import Membership, Person, Room
from hubbub.node import Node
from tests.model.client import ROOM
from tests.model.conversation import run
from tests.model.test_rooms import Member, Ruled
from tests.model.world import PEOPLE, some


class Invited(Member):
    """Comes in when told that it may."""

    def hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] == "entered" and self.state == "out":
            self.enter()
        else:
            super().hear(frame)

    def enter(self) -> None:
        if access.may_read(self.person, ROOM):  # it may be over again
            self.open_page()
            self.join()


class Walled(Ruled):
    """The room is private. Everybody is known, nobody is in it at first."""

    client = Invited

    @initialize()
    def begin(self) -> None:
        super().begin()
        Person.objects.bulk_create([Person(id=id, name=name) for name, id in PEOPLE.items()], ignore_conflicts=True)
        for client in self.clients:
            client.disconnect()
        Room.objects.update(kind="private", guarded=True)
        for place, client in enumerate(self.clients):
            client.open_page()
            self.connects(place, place)

    @rule(who=some)
    def somebody_is_let_in(self, who: int) -> None:
        with suppress(Refusal):  # who was banned stays out
            chat.act_now(self.olga, ROOM, "add", whom=self.pick(self.clients, who).person.id)
        self.settle()

    @rule(who=some)
    def somebody_is_put_out(self, who: int) -> None:
        with suppress(Refusal):
            chat.act_now(self.olga, ROOM, "remove", whom=self.pick(self.clients, who).person.id)
        self.settle()

    @rule(who=some)
    def somebody_leaves(self, who: int) -> None:
        with suppress(Refusal):
            chat.act_now(self.pick(self.clients, who).person, ROOM, "leave")
        self.settle()

    def banned(self) -> set[Any]:
        inside = Membership.objects.filter(standing="in").values_list("person_id", flat=True)
        return set(PEOPLE.values()) - set(inside)


def test_who_is_let_in_comes_in_and_who_is_not_hears_nothing(small_limits: None) -> None:
    run(Walled, int(os.environ.get("HUBBUB_EXAMPLES", "25")))


class LooksNobodyUp(Walled):
    """Nodes that let everybody who once came in stay."""

    def new_node(self, place: int) -> Node:
        node = super().new_node(place)
        node.hub._guard = lambda key: None
        return node


@pytest.mark.stack("sqlite", "what the checker notices, it notices on both")
def test_the_checker_notices_who_stays(small_limits: None) -> None:
    with pytest.raises(AssertionError):
        run(LooksNobodyUp, 300, repeatable=True)  # ends with the first that it catches: the same one each time
