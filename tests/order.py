"""In which order the workers of a whole run take the files: a pytest plugin, named in pyproject.toml.

What takes minutes comes first, so that no worker is left alone with it at the end; the short ones fill the gaps then.
The browser's files stand together: a worker that goes elsewhere in between ends its browser and starts it again.
"""

from __future__ import annotations

import os

import pytest

from tests.servers import ROOT

FIRST = (
    "tests/faults/test_matrix.py",
    "tests/test_backup_postgresql.py",
    "tests/faults/test_postgresql.py",
    "tests/model",
    "tests/test_removal.py",
    "tests/faults",
    "tests/deployments",
    "tests/browser",
    "tests/embedding",
    "tests/sockets",
    "tests/test_stack.py",
    "tests/test_wild_nodes.py",
    "tests/test_lists_at_nodes.py",
    "tests/test_nodes.py",
    "tests/test_workers.py",
    "tests/test_backup.py",
    "tests/test_restore.py",
    "tests/test_quotas_at_nodes.py",
    "tests/test_watch.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the files of a run that workers share; a run in one process keeps the order in which it was asked for."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    path = item.path.relative_to(ROOT)
    parts = {str(path), *(str(parent) for parent in path.parents)}
    return next((place for place, name in enumerate(FIRST) if name in parts), len(FIRST))
