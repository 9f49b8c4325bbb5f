"""Each deployment is started once for all the stories that are told on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.people import fresh_room
from tests.deployments.deployments import DEPLOYMENTS, Deployment


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each deployment says itself which databases it has."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.stack("sqlite", "each deployment starts the databases that it needs"))


@pytest.fixture(scope="package", params=DEPLOYMENTS)
def deployment(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    """One of the five after the other."""
    started = DEPLOYMENTS[request.param](tmp_path_factory.mktemp(request.param))
    yield started
    started.stop()


@pytest.fixture
def room() -> str:
    """A room for this test alone."""
    return fresh_room()
