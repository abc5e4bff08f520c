"""What beats were called, counted by hand."""

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.evaluation.beat_results import Verdicts
from ectopy.evaluation.class_metrics import LABELS, Naming


def said(record: str, classes: str, called: str) -> Verdicts:
    """One letter a beat; a blank for a beat that the reference, or the analysis, does not have."""
    names, given = (np.array([letter.strip() for letter in text]) for text in (classes, called))
    n = len(names)
    return Verdicts(
        record=record,
        patient=record,
        hours=0.5,
        threshold=1.0,
        times=np.arange(n, dtype=float),
        symbols=names,
        classes=names,
        found=given != "",
        scores=np.zeros(n),
        called=given,
    )


FIRST = said("a", "NNNVVVSF Q", "NNVVV? VNV")
SECOND = said("b", "NNSSVF" + "N" * 20, "NNSNVV" + "S" * 20)


@pytest.fixture(scope="module")
def naming() -> Naming:
    return Naming.of([FIRST, SECOND])


def test_beats_missed_and_beats_that_are_none_count_and_unknown_ones_do_not(naming):
    counts = naming.by_record.gross.counts
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


def test_figures_are_counts_over_counts_with_intervals_by_patient(naming):
    figures = naming.figures
    assert figures["Se V"].value == 3 / 4
    assert figures["+P V"].value == 3 / 6
    assert figures["F1 V"].value == pytest.approx(2 * 3 / (4 + 6))
    assert figures["Se S"].value == 1 / 3
    assert figures["+P S"].value == 1 / 21
    assert figures["Se V"].low == 2 / 3
    assert figures["Se V"].high == 1
    assert figures["Se V"].n_patients == 2


def test_a_fusion_beat_called_ventricular_is_no_error_where_ec57_counts(naming):
    assert naming.ventricular_without_fusion == {"+P": 3 / 4, "F1": pytest.approx(3 / 4)}


def test_recordings_with_many_wrong_names_are_listed(naming):
    assert naming.trouble == {"b": {"N called S": 20, "S called N": 1, "F called V": 1}}


def test_nothing_is_no_evaluation():
    with pytest.raises(ParameterError, match="verdicts is empty"):
        Naming.of([])
