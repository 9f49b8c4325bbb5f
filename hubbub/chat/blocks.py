"""Not wanting to read somebody. Each verb tells the person's own windows, and nobody else."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from hubbub import blocks, outside
from hubbub.chat.at_once import store_now
from hubbub.identity import Identity
from hubbub.journal import Block
from hubbub.journal.batch import database
from hubbub.node import Node
from hubbub.protocol import Blocks


async def block(node: Node, who: Identity, whom: UUID, on: bool = True) -> None:
    """Hide what `whom` says from `who`, or show it again. Refuses `no_such_person`."""
    await node.journal.write(Block(who, whom, on))
    node.tell_person(who.id.hex, Blocks(blocked=sorted(await node.read(blocks.of, who.id))))


def block_now(who: Identity, whom: UUID, on: bool = True) -> list[str]:
    """The same from a page. Returns whom `who` blocks then."""
    store_now(Block(who, whom, on))
    blocked = sorted(blocks.of(who.id))
    transaction.on_commit(lambda: outside.tell_person(who.id.hex, Blocks(blocked=blocked)), using=database())
    return blocked
