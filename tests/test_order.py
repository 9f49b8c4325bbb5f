"""The order of a whole run: each name in it is there, and what is named stands before what is not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.order import FIRST, pytest_collection_modifyitems
from tests.servers import ROOT

FILES = ["tests/faults/test_matrix.py", "tests/faults/test_rubbish.py", "tests/browser/test_days.py", "tests/test_a.py"]


def test_every_name_is_a_file_or_a_folder_of_tests() -> None:
    assert [name for name in FIRST if not (ROOT / name).exists()] == []


@given(st.permutations([(file, number) for file in FILES for number in range(2)]))
def test_what_takes_long_comes_first_and_tests_of_a_file_keep_their_order(asked: list[tuple[str, int]]) -> None:
    items: list[Any] = [SimpleNamespace(path=ROOT / Path(file), number=number) for file, number in asked]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTEST_XDIST_WORKER", "gw0")
        pytest_collection_modifyitems(items)
    ordered = [(str(item.path.relative_to(ROOT)), item.number) for item in items]
    assert [file for file, _ in ordered] == [file for file in FILES for _ in range(2)]
    assert ordered == [(file, number) for file in FILES for named, number in asked if named == file]


def test_a_run_in_one_process_keeps_the_order_in_which_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    items: list[Any] = [SimpleNamespace(path=ROOT / file) for file in reversed(FILES)]
    pytest_collection_modifyitems(items)
    assert [str(item.path.relative_to(ROOT)) for item in items] == FILES[::-1]
