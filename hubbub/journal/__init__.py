"""The only writer: takes drafts and changes, commits them in groups, numbers them, then announces in commit order.

`changes.py` names what can be written; `batch.py` is the one transaction that writes it, and says which module writes
which change in the transaction's ledger (`ledger.py`); `writer.py` gathers the batches of a node. A caller inside a
transaction of its own (a view of the host) uses `batch.write` directly.
"""

from hubbub.journal.batch import write
from hubbub.journal.changes import (
    Attend,
    Block,
    Change,
    Deletion,
    Departure,
    Draft,
    Edit,
    Erasure,
    MakeRoom,
    Outcome,
    Pinning,
    Profile,
    Reacting,
    ReadAll,
    ReadMark,
    Rename,
    RoomAct,
    Stored,
    UnreadMark,
)
from hubbub.journal.writer import Journal

__all__ = [
    "Attend", "Block", "Change", "Deletion", "Departure", "Draft", "Edit", "Erasure", "Journal", "MakeRoom", "Outcome",
    "Pinning", "Profile", "Reacting", "ReadAll", "ReadMark", "Rename", "RoomAct", "Stored", "UnreadMark", "write",
]  # fmt: skip
