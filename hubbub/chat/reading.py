"""How far somebody has read. Each verb tells the reader's other sockets."""

from __future__ import annotations

from collections.abc import Sequence

from hubbub import node
from hubbub.chat.at_once import store_now
from hubbub.identity import Identity
from hubbub.journal import Change, ReadAll, ReadMark, UnreadMark
from hubbub.models.room_name import name_and_key
from hubbub.node import Node
from hubbub.protocol import ReadUpTo


async def mark_read(node: Node, who: Identity, room: str, seq: int) -> None:
    """Move the reader's position forward."""
    await _store(node, who, ReadMark(who, name_and_key(room)[1], seq))


def mark_read_now(who: Identity, key: str, seq: int) -> None:
    """The same from a page."""
    _store_now(who, ReadMark(who, key, seq))


async def mark_unread(node: Node, who: Identity, room: str, seq: int) -> None:
    """The message born at `seq` and all after it are unread again."""
    await _store(node, who, UnreadMark(who, name_and_key(room)[1], seq))


def mark_unread_now(who: Identity, key: str, seq: int) -> None:
    """The same from a page."""
    _store_now(who, UnreadMark(who, key, seq))


async def read_all(node: Node, who: Identity) -> None:
    """Everything in every room of the reader's is read."""
    await _store(node, who, ReadAll(who))


def read_all_now(who: Identity) -> None:
    """The same from a page."""
    _store_now(who, ReadAll(who))


async def _store(node: Node, who: Identity, change: Change) -> None:
    stored = await node.journal.write(change)
    _tell(node, who, stored.reads)


def _store_now(who: Identity, change: Change) -> None:
    stored = store_now(change)
    if here := node.running():
        here.loop.call_soon_threadsafe(_tell, here, who, stored.reads)


def _tell(node: Node, who: Identity, reads: Sequence[ReadUpTo]) -> None:
    for read in reads:
        node.tell_person(who.id.hex, read)
