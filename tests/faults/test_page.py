"""docs/reliability.md is what the run found and nothing else; and a row that misses its bar, or can't run, says so."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from tests.faults.__main__ import PAGE, RAW, main
from tests.faults.figures import Figures, percentile, shown_seconds
from tests.faults.matrix import ROWS, NotRunHere, Row
from tests.faults.page import Played, page, read, write
from tests.faults.stage import Ground, Stage
from tests.servers import ROOT


def found(*missed: str) -> Figures:
    figures = Figures(rounds=20, acknowledged=1234, heal=[0.1] * 98 + [2.0, 30.0], peak=50 << 20, missed=list(missed))
    figures.wrong.update(["gap"])
    return figures


async def nothing(stage: Stage) -> None:
    """A row that does nothing."""


def test_the_page_is_made_of_the_raw_figures() -> None:
    assert PAGE.read_text() == page(read(RAW, ROWS)), "run `make faults`; nobody writes this page by hand"


def test_every_row_of_the_matrix_is_in_the_page() -> None:
    told = set(re.findall(r"^\| `([a-z-]+)`", PAGE.read_text(), re.MULTILINE))
    assert told == {row.name for row in ROWS}


def test_the_rows_have_names_of_their_own_and_the_makefile_can_say_them() -> None:
    names = [row.name for row in ROWS]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in names)


def test_a_row_is_told_with_its_counts_and_times() -> None:
    told = page([Played(ROWS[0], found(), 7)])
    assert "| 20 | 0 of 1,234 | 0 | 0 | 1 | 100 ms / 2.0 s | 50 MB | yes |" in told
    assert "Not met" not in told


def test_a_missed_bar_is_told() -> None:
    told = page([Played(ROWS[0], found("healing took | for ever"), 7)])
    assert "| **no** |" in told
    assert f"- `{ROWS[0].name}`: healing took \\| for ever" in told


def test_a_row_that_does_not_run_here_says_why() -> None:
    told = page([Played(ROWS[0], Figures(), 7, not_run="no network namespaces")])
    assert "not run here: no network namespaces" in told


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    played = [Played(ROWS[1], found("too slow"), 7), Played(ROWS[0], found(), 8)]
    played[0].figures.heal.append(math.inf)
    write(tmp_path / "page", tmp_path / "raw", played)
    assert [one.row for one in read(tmp_path / "raw", ROWS)] == ROWS[:2]
    assert page(read(tmp_path / "raw", ROWS)) == page(list(reversed(played)))


def test_the_page_is_written_of_the_raw_figures_as_they_are_rounded(tmp_path: Path) -> None:
    figures = found()
    figures.heal = [0.72546] * 100
    write(tmp_path / "page", tmp_path / "raw", [Played(ROWS[0], figures, 7)])
    assert (tmp_path / "page").read_text() == page(read(tmp_path / "raw", ROWS))


@pytest.mark.parametrize(("percent", "time"), [(50, 5), (99, 10), (100, 10), (1, 1), (10, 1), (11, 2)])
def test_a_percentile_is_one_of_the_times(percent: float, time: float) -> None:
    assert percentile([float(one) for one in range(10, 0, -1)], percent) == time


def test_times_are_shown_as_they_are_read() -> None:
    assert [shown_seconds(one) for one in (0.0004, 0.25, 1.0, 61.04, math.inf)] == [
        "0 ms", "250 ms", "1.0 s", "61.0 s", "for ever"]  # fmt: skip


def test_bars_of_time_are_wider_only_where_patience_is_asked_for() -> None:
    strict, patient = Figures(), Figures(patience=4)
    for figures in (strict, patient):
        figures.heal = [6.0]
        figures.healed_within(5)
    assert strict.missed == ["healing (p99) took 6.0 s, more than 5 s"]
    assert not patient.missed
    patient.heal = [math.inf]
    patient.healed_within(5)
    assert patient.missed == ["healing (p99) took for ever, more than 20 s"]


async def test_a_row_asks_first_whether_the_machine_can(tmp_path: Path) -> None:
    row = Row("some-row", "", "", nothing, short=1, long=1, needs=(lambda: "", lambda: "no rights", lambda: "no disk"))
    with pytest.raises(NotRunHere, match="no rights; no disk"):
        await row.run(Ground(tmp_path), seed=1, long=False)


def test_an_unknown_row_is_answered_with_the_known_ones() -> None:
    with pytest.raises(SystemExit, match=r"No such row: earthquake\. There are kill-one, "):
        main(["--rows", "earthquake"])


def test_make_faults_passes_on_what_it_is_asked() -> None:
    recipe = (ROOT / "Makefile").read_text()
    for argument in ("--rows $(ROWS)", "--seed $(SEED)", "--hour"):
        assert argument in recipe
