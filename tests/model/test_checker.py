"""The property of test_conversation.py can fail: clients and nodes with a fault each are noticed."""

from __future__ import annotations

from typing import Any

import pytest

from hubbub.node import Node
from tests.model.client import Client
from tests.model.conversation import Conversation, run

pytestmark = pytest.mark.stack("sqlite", "what the checker notices, it notices on both")


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
