"""What calls people, counted by their clients: whatever is said, edited, read or unread, lost or late, in the end each
window counts what a fresh look counts. The world is that of conversation.py; the clients count by docs/protocol.md.
"""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from hubbub import chat, history
from hubbub.identity import Identity
from hubbub.models import Message
from tests.model.client import ROOM, Client, as_json
from tests.model.conversation import Conversation, run
from tests.model.world import some

UNKNOWN = float("inf")  # until the server says how far was read
WORDS = st.sampled_from(["@ana", "@ben and @cleo", "@room", "@Benedict", "@Queen", "`@ana`", "@cleo@ana", "nobody"])


class Counting(Client):
    """Keeps the ordinals that call its person, each with the number at which that was known."""

    def __init__(self, person: Identity) -> None:
        super().__init__(person)
        self.ordinal = self.reported = self.read_seq = 0
        self.position: float = 0
        self.spoken = (0, 0)
        self.calls: dict[int, tuple[int, bool]] = {}

    def open_page(self) -> None:
        super().open_page()
        views = history.rooms_of([self.person.id], 1)[self.person.id]
        head = history.head(ROOM)
        self.begin_count(as_json(views[0]) if views else
                         {"seq": head.seq, "ordinal": head.ordinal, "unread": 0, "read": head.seq})  # fmt: skip

    def begin_count(self, view: dict[str, Any]) -> None:
        self.ordinal, self.position = view["ordinal"], view["ordinal"] - view["unread"]
        self.reported, self.read_seq, self.spoken, self.calls = 0, view["read"], (0, 0), {}
        self.report(view["seq"], view.get("mentions", []))

    def report(self, number: int, ordinals: list[int]) -> None:
        if number < self.reported:
            return
        self.reported = number
        self.calls = {ordinal: known for ordinal, known in self.calls.items() if known[0] > number}
        for ordinal in ordinals:
            self.calls.setdefault(ordinal, (number, True))

    def hear(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "welcome":
                for view in frame["rooms"]:
                    self.begin_count(view)
            case "joined" | "synced" | "reset" | "message":
                self.ordinal = max(self.ordinal, frame["ordinal"])
            case "read":
                self.heard_read(frame)
        if frame["type"] in ("message", "change"):
            self.heard_said(frame)
        super().hear(frame)
        if frame["type"] == "reset":
            self.ordinal, self.position = frame["ordinal"], UNKNOWN
            self.reported, self.spoken, self.calls = 0, (0, 0), {}
            self.read_seq = min(self.read_seq, frame["seq"])
            self.send({"type": "read", "room": ROOM, "seq": self.read_seq})

    def heard_read(self, frame: dict[str, Any]) -> None:
        said = self.spoken[1] if self.spoken[0] > frame.get("head", 0) else 0
        ordinal, back = max(said, frame.get("ordinal", 0)), frame.get("back", False)
        self.position = ordinal if back or self.position == UNKNOWN else max(self.position, ordinal)
        self.read_seq = frame["seq"] if back else max(self.read_seq, frame["seq"])
        self.report(frame.get("head", 0), frame.get("mentions", []))

    def heard_said(self, frame: dict[str, Any]) -> None:
        own = frame["author"]["id"] == self.person.id.hex
        if own and frame["type"] == "message" and frame["seq"] > max(self.reported, self.spoken[0]):
            self.spoken = (frame["seq"], frame["ordinal"])
            self.position = max(self.position, frame["ordinal"])
        calls = not own and bool({self.person.id.hex, "@room"} & set(frame.get("mentions", [])))
        if frame["changed"] > self.calls.get(frame["ordinal"], (0, False))[0]:
            self.calls[frame["ordinal"]] = (frame["changed"], calls)

    @property
    def counted(self) -> tuple[float, int]:
        """Unread messages, and those that call this person."""
        called = [ordinal for ordinal, (_, calls) in self.calls.items() if calls and ordinal > self.position]
        return max(0, self.ordinal - self.position), len(called)


class Calling(Conversation):
    """People call each other by name, and mark what they have read and not."""

    client = Counting

    @rule(who=some, words=WORDS)
    def calls(self, who: int, words: str) -> None:
        self.said += 1
        self.pick(self.clients, who).say(f"{words} {self.said}.")
        self.settle()

    @rule(who=some, words=WORDS)
    def calls_by_form(self, who: int, words: str) -> None:
        self.said += 1
        chat.post_now(chat.draft(self.pick(self.clients, who).person, ROOM, f"{words} {self.said}."))
        self.settle()

    @rule(which=some, words=WORDS)
    def calls_otherwise(self, which: int, words: str) -> None:
        """One of the last three messages says something else: they are unread more often than not."""
        found = Message.objects.filter(deleted_at=None).order_by("-seq").values_list("id", "author_id", "author__name")
        if last := list(found[:3]):
            self.said += 1
            id, author, name = self.pick(last, which)
            chat.edit_now(Identity(author, name), id, f"{words} {self.said}.")
            self.settle()

    @rule(who=some, which=some, back=st.booleans())
    def has_read(self, who: int, which: int, back: bool) -> None:
        client = self.pick(self.clients, who)
        if client.node is not None and client.shown:
            seq = self.pick(client.shown, which)["seq"]
            client.send({"type": "unread" if back else "read", "room": ROOM, "seq": seq})
            self.settle()

    def check_clients(self) -> None:
        super().check_clients()
        for client in self.clients:
            assert isinstance(client, Counting)
            for view in history.rooms_of([client.person.id], 1)[client.person.id]:
                assert client.counted == (view.unread, len(view.mentions)), (client.person.name, view, client.calls)


def test_in_the_end_every_window_counts_what_a_fresh_look_counts(small_limits: None) -> None:
    run(Calling, int(os.environ.get("HUBBUB_EXAMPLES", "25")))


class TakesItsOwnForCalls(Counting):
    """A client that is called by what its own person says."""

    def heard_said(self, frame: dict[str, Any]) -> None:
        super().heard_said({**frame, "author": {**frame["author"], "id": "somebody"}})


class CalledByItself(Calling):
    """A world of such clients."""

    client = TakesItsOwnForCalls


@pytest.mark.stack("sqlite", "what the checker notices, it notices on both")
def test_a_client_that_is_called_by_its_own_words_is_noticed(small_limits: None) -> None:
    """What overlooks edits or late reports is found by tests/browser/test_tally.py, in thousands of logs."""
    with pytest.raises(AssertionError):
        run(CalledByItself, 300, repeatable=True)  # ends with the first that it catches: the same one each time
