"""What a row leaves broken is mended or replaced before the next one plays."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.health import is_ready
from tests.faults.stage import Ground

pytestmark = pytest.mark.stack("sqlite", "the cluster has servers of its own")


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    ground = Ground(tmp_path)
    yield ground
    ground.close()


def test_a_broken_cluster_is_mended_and_one_beyond_repair_replaced(ground: Ground) -> None:
    first = ground.cluster()
    assert first.postgres.process is not None
    first.postgres.process.send_signal(signal.SIGQUIT)
    first.postgres.process.wait()
    first.redis.kill()
    assert ground.cluster() is first
    assert all(is_ready(node) for node in first.nodes)

    first.postgres.kill()
    shutil.rmtree(first.postgres.folder / "cluster" / "global")
    second = ground.cluster()
    assert second is not first
    assert all(is_ready(node) for node in second.nodes)
