"""Rows of figures, and the one table that they make."""

from collections.abc import Sequence
from dataclasses import dataclass, field

HEAD = ("what", "Hubbub", "floor, peers", "ratio", "target", "met")


@dataclass
class Row:
    """One row: what was measured, as text to read, whether the target is met, and the samples behind it."""

    what: str
    hubbub: str
    others: str = "–"
    ratio: str = "–"
    target: str = "–"
    met: bool | None = None
    samples: dict[str, list[float]] = field(default_factory=dict)

    def cells(self) -> tuple[str, ...]:
        """Returns the row as text."""
        met = {True: "yes", False: "**no**", None: ""}[self.met]
        return (self.what, self.hubbub, self.others, self.ratio, self.target, met)


def markdown(rows: Sequence[Row]) -> str:
    """Returns the rows as a table in Markdown, padded to be read as plain text too."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    rule = tuple("-" * width for width in widths)
    return "\n".join(_line(cells, widths) for cells in (lines[0], rule, *lines[1:]))


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"
