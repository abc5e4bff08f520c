"""What every study promises of its result, whatever it reproduces: in a quick run, and as committed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import ectopy
from ectopy.reproductions.metrics import checked_out_commit, read_metrics
from ectopy.reproductions.registry import STUDIES
from ectopy.reproductions.study import Estimate, Reproduction, Row

ROOT = Path(__file__).parents[2]
COMMITTED = ROOT / "benchmarks" / "reproduced"


def measured(row: Row) -> list[Estimate]:
    return [estimate for estimate in (row.reproduced, row.strict) if estimate is not None]


def finite(rows: Iterable[Row]) -> npt.NDArray[np.bool_]:
    return np.isfinite([estimate.value for row in rows for estimate in measured(row)])


def check_result(found: Reproduction) -> None:
    """Raise if rows, intervals, races or remarks are not what a reader may expect of a study."""
    assert all((found.title, found.source, found.protocol, found.strict_protocol))
    figures = [row.figure for row in found.rows]
    assert len(set(figures)) == len(figures) >= 10
    assert 2 <= sum(row.headline for row in found.rows) <= 7
    assert any(row.strict is not None for row in found.rows if row.headline)
    for row in found.rows:
        assert measured(row), row.figure
        assert row.how, row.figure
        for estimate in measured(row):
            assert estimate.over != "none" or math.isnan(estimate.low), row.figure
            assert math.isnan(estimate.low) or estimate.low <= estimate.value <= estimate.high, row.figure
    for race in found.races:
        for run in (race.recipe, race.ours):
            assert run.seconds > 0, race.figure
            assert run.epochs >= 1, race.figure
    assert found.races
    assert found.remarks
    assert all(remark.endswith(".") for remark in found.remarks)


@pytest.mark.parametrize("name", STUDIES)
class TestQuickRun:
    def test_its_result_is_whole(self, name: str, quick_run) -> None:
        _, found = quick_run(name)
        check_result(found)
        assert finite(found.rows).mean() > 0.7

    def test_its_file_says_by_what_it_was_measured(self, name: str, quick_run) -> None:
        folder, _ = quick_run(name)
        provenance, _ = read_metrics(folder / "metrics.json")
        assert (provenance.study, provenance.quick, provenance.threads) == (name, True, 1)
        assert provenance.command == f"ectopy reproduce {name} --quick"
        assert provenance.version == ectopy.__version__
        assert provenance.commit == checked_out_commit()
        assert provenance.processor
        assert provenance.processor_seconds > 0

    def test_its_file_and_its_page_hold_what_it_found(self, name: str, quick_run) -> None:
        folder, found = quick_run(name)
        _, read = read_metrics(folder / "metrics.json")
        assert read.table() == found.table()
        assert found.table() in (folder / "table.md").read_text(encoding="utf-8")
        assert list(folder.glob("*.png"))


def test_the_committed_results_are_those_of_the_registered_studies() -> None:
    assert {path.name for path in COMMITTED.iterdir()} == set(STUDIES)
    page = (ROOT / "docs" / "results.md").read_text(encoding="utf-8")
    assert all(f"benchmarks/reproduced/{name}/table.md" in page for name in STUDIES)


@pytest.mark.parametrize("name", STUDIES)
class TestCommitted:
    def test_its_result_is_whole_and_measured_with_every_seed(self, name: str) -> None:
        provenance, found = read_metrics(COMMITTED / name / "metrics.json")
        assert (provenance.study, provenance.command) == (name, f"ectopy reproduce {name}")
        assert not provenance.quick
        assert len(provenance.seeds) == 5
        check_result(found)
        assert finite(found.rows).mean() > 0.95
        assert finite(row for row in found.rows if row.headline).all()

    def test_its_page_is_made_of_its_file(self, name: str) -> None:
        _, found = read_metrics(COMMITTED / name / "metrics.json")
        assert (COMMITTED / name / "table.md").read_text(encoding="utf-8") == found.table()

    def test_its_training_takes_no_longer_than_the_study(self, name: str) -> None:
        fields = json.loads((COMMITTED / name / "metrics.json").read_text(encoding="utf-8"))
        for race in fields["races"]:
            longest = max(race["recipe"]["seconds"], race["ours"]["seconds"])
            assert longest < fields["processor_seconds"] or race["figure"].endswith("(seconds on the wall)")
