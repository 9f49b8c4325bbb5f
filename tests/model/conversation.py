"""What people do in that world, and what holds whatever happens there."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from hubbub import chat, history
from hubbub.identity import Identity
from hubbub.models import Membership, Message, Room
from hubbub.protocol import ERASES
from tests.model.client import ROOM, Client, as_json, look
from tests.model.world import PEOPLE, World, some

EMOJI = ("👍", "🎉", "❤️")


def run(machine: type[World], examples: int, steps: int = 40, *, repeatable: bool = False) -> None:
    """Without shrinking: a failure shows its steps at once, and each of them reads as a sentence."""
    how = settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, suppress_health_check=list(HealthCheck),
        database=None, print_blob=False, phases=[Phase.generate], report_multiple_bugs=False, derandomize=repeatable,
    )  # fmt: skip
    run_state_machine_as_test(machine, settings=how)


class Conversation(World):
    """Three people who talk in one room."""

    def __init__(self) -> None:
        super().__init__()
        self.made_from: dict[str, str] = {}  # the text of each edit by a socket → the one that was seen

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
        seen = self.pick(messages, which)
        id = seen["id"]
        match what:
            case "edit":
                self.edits(client, seen)
            case "delete":
                client.ask("delete", id)
            case "react" | "unreact":
                client.ask("react", id, emoji=self.pick(EMOJI, e), on=what == "react")
            case "pin" | "unpin":
                client.ask("pin", id, on=what == "pin")
        self.settle()

    @rule(which=some)
    def edits_in_all_windows(self, which: int) -> None:
        """Ana edits one message in each of her windows at once, from what each of them shows."""
        mine = PEOPLE["ana"].hex
        seen = [
            (client, m)
            for client in self.clients
            for m in client.shown
            if client.person.id.hex == mine == m["author"]["id"]
        ]
        if seen:
            id = self.pick(seen, which)[1]["id"]
            for client, message in seen:
                if message["id"] == id:
                    self.edits(client, message)
            self.settle()

    def edits(self, client: Client, seen: dict[str, Any]) -> None:
        self.said += 1
        text = f"edited {self.said}."
        self.made_from[text] = seen["message"]
        client.ask("edit", seen["id"], message=text, base=seen["changed"])

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

    def check(self) -> None:
        self.check_log()
        self.check_edits()
        self.check_clients()

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

    def check_edits(self) -> None:
        """Whoever edits what they see goes over that text, and over no other."""
        for message in Message.objects.filter(deleted_at=None).prefetch_related("earlier_texts"):
            earlier = sorted(message.earlier_texts.all(), key=lambda one: one.until_seq)
            texts = [*(one.text for one in earlier), message.text]
            for before, after in pairwise(texts):
                assert self.made_from.get(after, before) == before

    def check_clients(self) -> None:
        head = history.head(ROOM)
        fresh = look([as_json(message) for message in history.page(head, 10_000).messages])
        for client in self.clients:
            assert client.state == "live"
            assert client.cursor == head.seq
            assert look(client.shown) == fresh[client.beginning :]
        deleted = Message.objects.exclude(deleted_at=None).values_list("text", "html", "reactions")
        assert set(deleted) <= {("", "", "")}
