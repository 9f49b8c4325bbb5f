"""What people want to be told of, and whom they do not want to read: it has no number, and only their own windows hear
of it. Whichever window or page changes it, and whoever is cut off meanwhile, in the end each window knows what a fresh
look knows. The world is that of test_mentions.py, in which everybody counts what is unread.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from hubbub import blocks, chat, history
from hubbub.models import Person
from tests.model.client import ROOM
from tests.model.conversation import run
from tests.model.test_mentions import Calling, Counting
from tests.model.world import PEOPLE, some

WISHES = st.fixed_dictionaries(
    {},
    optional={
        "starred": st.booleans(),
        "muted": st.booleans(),
        "level": st.sampled_from(["all", "mentions", "nothing"]),
    },
)
NOTHING_SAID = (False, False, "all")


def wish_of(view: dict[str, Any]) -> tuple[bool, bool, str]:
    """How somebody follows the room, of a frame."""
    return view.get("starred", False), view.get("muted", False), view.get("level", "all")


class Attentive(Counting):
    """Shows how its person follows the room, and covers and does not count what those say whom they block."""

    wish = NOTHING_SAID
    blocked: frozenset[str] = frozenset()

    def open_page(self) -> None:
        super().open_page()
        self.wish, self.blocked = fresh(self)

    def hear(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "welcome":
                self.blocked = frozenset(frame.get("blocked", ()))
                self.wish = next(map(wish_of, frame["rooms"]), NOTHING_SAID)
            case "attention":
                self.wish = wish_of(frame)
            case "blocks":
                self.blocked = frozenset(frame["blocked"])
                self.reported, self.spoken, self.calls = 0, (0, 0), {}
                self.send({"type": "read", "room": ROOM, "seq": 0})
        if frame["type"] == "refused" and frame["code"] in ("no_such_room", "no_such_person"):
            return  # nobody has spoken in it yet
        super().hear(frame)

    def heard_said(self, frame: dict[str, Any]) -> None:
        if frame["author"]["id"] not in self.blocked:
            super().heard_said(frame)


def fresh(client: Counting) -> tuple[tuple[bool, bool, str], frozenset[str]]:
    """What a page would show now."""
    views = history.rooms_of([client.person.id], 1)[client.person.id]
    wish = (views[0].starred, views[0].muted, views[0].level) if views else NOTHING_SAID
    return wish, frozenset(blocks.of(client.person.id))


class Following(Calling):
    """People who also say how they follow the room, and whom they do not want to read."""

    client = Attentive

    @rule(who=some, wish=WISHES)
    def follows_otherwise(self, who: int, wish: dict[str, Any]) -> None:
        client = self.pick(self.clients, who)
        if client.node is not None:
            client.send({"type": "attend", "room": ROOM, **wish})
            self.settle()

    @rule(who=some, wish=WISHES)
    def follows_otherwise_by_form(self, who: int, wish: dict[str, Any]) -> None:
        if history.head(ROOM).id is not None:  # a backup may be older than the room
            chat.attend_now(self.pick(self.clients, who).person, ROOM, **wish)
            self.settle()

    @rule(who=some, whom=some, on=st.booleans(), by_form=st.booleans())
    def blocks(self, who: int, whom: int, on: bool, by_form: bool) -> None:
        client, blocked = self.pick(self.clients, who), self.pick(list(PEOPLE.values()), whom)
        if blocked == client.person.id or not Person.objects.filter(pk=blocked).exists():
            return
        if by_form:
            chat.block_now(client.person, blocked, on)
        elif client.node is not None:
            client.send({"type": "block", "person": blocked.hex, "on": on})
        self.settle()

    def check_clients(self) -> None:
        super().check_clients()
        for client in self.clients:
            assert isinstance(client, Attentive)
            assert (client.wish, client.blocked) == fresh(client), client.person.name


def test_in_the_end_every_window_knows_what_is_wished(small_limits: None) -> None:
    run(Following, int(os.environ.get("HUBBUB_EXAMPLES", "25")))


class Deaf(Attentive):
    """A window that learns how the room is followed when it comes back, and not before."""

    def hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] != "attention":
            super().hear(frame)


class Open(Attentive):
    """A window that learns who is blocked when it comes back, and not before."""

    def hear(self, frame: dict[str, Any]) -> None:
        if frame["type"] != "blocks":
            super().hear(frame)


FAULTS = {
    "is not told how the room is followed": type("FollowingDeaf", (Following,), {"client": Deaf}),
    "is not told who is blocked": type("FollowingOpen", (Following,), {"client": Open}),
}


@pytest.mark.stack("sqlite", "what the checker notices, it notices on both")
@pytest.mark.parametrize("machine", FAULTS.values(), ids=FAULTS)
def test_the_checker_notices_a_window_that(machine: type[Following], small_limits: None) -> None:
    with pytest.raises(AssertionError):
        run(machine, 300, repeatable=True)  # ends with the first that it catches: the same one each time
