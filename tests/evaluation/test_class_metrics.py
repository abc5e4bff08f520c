"""Classes that beats were given, counted by hand."""

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.evaluation.beat_results import BeatResults
from ectopy.evaluation.class_metrics import LABELS, ClassMetrics


def results(record: str, classes: str, predicted: str) -> BeatResults:
    """One letter a beat; a blank for a beat that the reference, or the analysis, does not have."""
    names, given = (np.array([letter.strip() for letter in text]) for text in (classes, predicted))
    n = len(names)
    return BeatResults(
        record=record,
        patient=record,
        hours=0.5,
        threshold=1.0,
        times=np.arange(n, dtype=float),
        symbols=names,
        classes=names,
        detected=given != "",
        scores=np.zeros(n),
        predicted=given,
    )


FIRST = results("a", "NNNVVVSF Q", "NNVVV? VNV")
SECOND = results("b", "NNSSVF" + "N" * 20, "NNSNVV" + "S" * 20)


@pytest.fixture(scope="module")
def metrics() -> ClassMetrics:
    return ClassMetrics.of([FIRST, SECOND])


def test_beats_missed_and_beats_that_are_none_count_and_unknown_ones_do_not(metrics):
    counts = metrics.by_record.gross.counts
    table = {(LABELS[i], LABELS[j]): counts[i, j] for i, j in zip(*np.nonzero(counts), strict=True)}
    assert table == {
        ("N", "N"): 4,
        ("N", "V"): 1,
        ("N", "S"): 20,
        ("S", "-"): 1,  # never found
        ("S", "S"): 1,
        ("S", "N"): 1,
        ("V", "V"): 3,
        ("V", "-"): 1,  # found, not judged
        ("F", "V"): 2,
        ("-", "N"): 1,  # no beat
    }


def test_figures_are_counts_over_counts_with_intervals_by_patient(metrics):
    figures = metrics.figures
    assert figures["Se V"].value == 3 / 4
    assert figures["+P V"].value == 3 / 6
    assert figures["F1 V"].value == pytest.approx(2 * 3 / (4 + 6))
    assert figures["Se S"].value == 1 / 3
    assert figures["+P S"].value == 1 / 21
    assert figures["Se V"].low == 2 / 3
    assert figures["Se V"].high == 1
    assert figures["Se V"].n_patients == 2


def test_a_fusion_beat_classified_as_ventricular_is_no_error_where_ec57_counts(metrics):
    assert metrics.ventricular_without_fusion == {"+P": 3 / 4, "F1": pytest.approx(3 / 4)}


def test_recordings_with_many_errors_are_listed(metrics):
    assert metrics.records_with_most_errors == {"b": {"N called S": 20, "S called N": 1, "F called V": 1}}


def test_nothing_is_no_evaluation():
    with pytest.raises(ParameterError, match="results is empty"):
        ClassMetrics.of([])
