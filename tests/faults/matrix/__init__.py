"""The fault matrix: one file for each kind of fault, each with its rows. The page shows them in this order."""

from tests.faults.matrix import kill
from tests.faults.matrix.row import NotRunHere, Row

ROWS: list[Row] = [
    *kill.ROWS,
]

__all__ = ["ROWS", "NotRunHere", "Row"]
