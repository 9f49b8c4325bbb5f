"""Every row of the fault matrix in its short form. Its bars of time are wider here: other things may run meanwhile."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.matrix import ROWS, NotRunHere, Row
from tests.faults.page import Played
from tests.faults.stage import Ground

pytestmark = pytest.mark.stack("sqlite", "each row has servers of its own, most on PostgreSQL and Redis")

SEED = 1
PATIENCE = 4.0


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    """The cluster that the rows share."""
    ground = Ground(tmp_path_factory.mktemp("matrix"))
    yield ground
    ground.close()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_the_bars_of_a_row_are_met(row: Row, ground: Ground) -> None:
    try:
        stage = await row.run(ground, seed=SEED, long=False, patience=PATIENCE)
    except NotRunHere as why:
        pytest.skip(f"{row.name} not run here: {why}")  # `-ra` in pyproject.toml has pytest say so at the end
    print(Played(row, stage.figures, SEED).said())
    assert not stage.figures.missed, "\n".join(stage.figures.missed)
