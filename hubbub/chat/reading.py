"""How far somebody has read."""

from __future__ import annotations

from hubbub import node
from hubbub.chat.at_once import store_now
from hubbub.identity import Identity
from hubbub.journal import ReadMark
from hubbub.models.room_name import name_and_key
from hubbub.node import Node
from hubbub.protocol import ReadUpTo


async def mark_read(node: Node, who: Identity, room: str, seq: int) -> None:
    """Move the reader's position forward and tell their other sockets."""
    _, key = name_and_key(room)
    stored = await node.journal.write(ReadMark(who, key, seq))
    node.tell_read(who.id.hex, ReadUpTo(room=key, seq=stored.read_seq, unread=stored.unread))


def mark_read_now(who: Identity, key: str, seq: int) -> None:
    """The same from a page."""
    stored = store_now(ReadMark(who, key, seq))
    if here := node.running():
        read = ReadUpTo(room=key, seq=stored.read_seq, unread=stored.unread)
        here.loop.call_soon_threadsafe(here.tell_read, who.id.hex, read)
