"""Telling open sockets from outside of the event loop: from a view, a command, a signal or a shell, in any thread of
any process. Where this process has a node it tells; else the layer does, and what that loses the head check finds.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import Any

from asgiref.sync import async_to_sync

from hubbub import announce, headlines, history, node, sessions
from hubbub.announce import Announcements, joining_layer
from hubbub.listing import ACTS, PEOPLE, ROOMS, concerns_rooms, listed_words
from hubbub.node import called_words, end_words, tell_words
from hubbub.protocol import Entered, Event, encode
from hubbub.trace import first_line

logger = logging.getLogger("hubbub.node")

ALONE_SECONDS = 1.0  # that a process without a node waits for the layer
ALONE_PAUSE = 10.0  # before it tries again

_tell_again_at = 0.0


def publish(announcements: Announcements) -> None:
    """Announce what was committed outside of a node's journal."""
    if not announcements:
        return
    if here := node.running():
        here.loop.call_soon_threadsafe(here.committed, announcements)
    else:
        listed = [listed_words(ROOMS)] if concerns_rooms(announcements) else []
        called = headlines.called(announcements)
        calls = [called_words(called)] if called else []
        _say([*announce.event_messages("", announcements), *((announce.NODES, words) for words in [*listed, *calls])])


def tell_person(person: str, event: Event) -> None:
    """Tell a person's full sockets, wherever they are."""
    if here := node.running():
        here.loop.call_soon_threadsafe(here.tell_person, person, event)
    else:
        _say([(announce.NODES, tell_words(person, encode(event)))])


def entered(room: str, people: Sequence[str]) -> None:
    """Tell those who are in the room with this key, and were not, so that all their windows list it."""
    for person, view in history.views(room, people):
        tell_person(person, Entered(room=room, view=view))


def people_changed() -> None:
    """Who looks at the list of people hears that it is another."""
    _list_changed(PEOPLE)


def acts_changed(room: str) -> None:
    """The moderators of the room with this key who look at what is done there hear that it is more."""
    _list_changed(ACTS, room)


def _list_changed(of: str, room: str = "") -> None:
    if here := node.running():
        here.loop.call_soon_threadsafe(here.listing.tell, of, room)
    else:
        _say([(announce.NODES, listed_words(of, room))])


def _end_everywhere(**who: str) -> None:
    if here := node.running():
        here.loop.call_soon_threadsafe(here.end, who)
    else:
        _say([(announce.NODES, end_words(who))])


def _say(messages: list[tuple[str, dict[str, Any]]]) -> None:
    """Send to the layer from a process without a node."""
    layer = joining_layer()
    if layer is None:
        return

    async def send() -> None:
        async with asyncio.timeout(ALONE_SECONDS):
            for group, message in messages:
                await layer.group_send(group, {**message, "node": ""})

    global _tell_again_at
    if time.monotonic() < _tell_again_at:
        return
    try:
        async_to_sync(send)()
    except Exception as error:  # a layer may fail in any way of its own; the commit stands
        _tell_again_at = time.monotonic() + ALONE_PAUSE
        logger.warning("The channel layer can't be told (%s); others see it by the head check", first_line(error))


sessions.on_end(_end_everywhere)
