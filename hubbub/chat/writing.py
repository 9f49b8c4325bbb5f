"""A text as it is stored: rendered once, with those whom it calls. For whatever is said, and said otherwise."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeVar

from hubbub import history, node
from hubbub.identity import Identity
from hubbub.mentions.names import known, may_call, names_in
from hubbub.node import Node
from hubbub.protocol import PersonView
from hubbub.render import Rendered, aside, is_dear, render, render_with

T = TypeVar("T")


class Written(NamedTuple):
    """The text as HTML; the ids of whom it calls, "@room" and "@here" among them; and who of them is stored nowhere."""

    html: str
    mentions: tuple[str, ...] = ()
    strangers: tuple[Identity, ...] = ()


def written(author: Identity, key: str, text: str) -> Written:
    """`text` as `author` says it in the room with this key. Asks the database only for names in it."""
    if not may_call(text):
        return Written(render(text))
    here = _here(key)
    meant = names_in(text, key, author, here)
    rendered = render_with(text, meant.names)
    called = _called(rendered, author, here)
    strangers = [Identity(uuid.UUID(person.id), person.name) for person in meant.strangers if person.id in called]
    return Written(rendered.html, called, tuple(strangers))


async def beside(node: Node, text: str, work: Callable[[], T]) -> T:
    """What `work` makes of `text`, while an event loop goes on: where it costs much to render, or has names to look up,
    in a thread."""
    if may_call(text):
        return await node.read(work)
    if is_dear(text):
        return await aside(work)
    return work()


def _here(key: str) -> Sequence[PersonView]:
    """Who is in the room now, as far as the node of this process knows."""
    if (running := node.running()) is None:
        return ()
    return running.presence.people(key) or running.presence.people(history.head(key).key)  # a room has several names


def _called(rendered: Rendered, author: Identity, here: Sequence[PersonView]) -> tuple[str, ...]:
    """Those called but for the author, who does not call themselves; with @here, who is here and known."""
    called = dict.fromkeys(rendered.called)
    if "@here" in called:
        called.update(dict.fromkeys(sorted(known(person.id for person in here))))
    called.pop(author.id.hex, None)
    return tuple(called)
