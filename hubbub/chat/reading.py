"""How far somebody has read. Each verb tells the reader's other sockets."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from django.db import transaction

from hubbub.chat.at_once import store_now
from hubbub.identity import Identity
from hubbub.journal import Change, ReadAll, ReadMark, UnreadMark
from hubbub.journal.batch import database
from hubbub.models.room_name import name_and_key
from hubbub.node import Node
from hubbub.outside import tell_person
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
    tell_reads(node, who, stored.reads)


def _store_now(who: Identity, change: Change) -> None:
    tell_reads_now(who, store_now(change).reads)


def tell_reads(node: Node, who: Identity, reads: Sequence[ReadUpTo]) -> None:
    """All windows of the reader's hear where they stand."""
    for read in reads:
        node.tell_person(who.id.hex, read)


def tell_reads_now(who: Identity, reads: Sequence[ReadUpTo]) -> None:
    """The same from a thread, once what it wrote is committed."""
    for read in reads:
        transaction.on_commit(partial(tell_person, who.id.hex, read), using=database())
