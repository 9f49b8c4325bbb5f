"""The fault matrix: one file for each kind of fault, each with its rows. The page shows them in this order."""

from tests.faults.matrix import (
    churn,
    clocks,
    crash,
    disk_full,
    frozen_node,
    kill,
    lines,
    postgres,
    redis,
    revoked,
    rubbish,
    same_nonce,
    slow_readers,
    stampede,
)
from tests.faults.matrix.row import NotRunHere, Row

ROWS: list[Row] = [
    *kill.ROWS,
    *crash.ROWS,
    *redis.ROWS,
    *postgres.ROWS,
    *frozen_node.ROWS,
    *slow_readers.ROWS,
    *lines.ROWS,
    *clocks.ROWS,
    *disk_full.ROWS,
    *rubbish.ROWS,
    *stampede.ROWS,
    *same_nonce.ROWS,
    *revoked.ROWS,
    *churn.ROWS,
]

__all__ = ["ROWS", "NotRunHere", "Row"]
