"""The results of each beat are put next to the reference, and no missed beat is forgotten."""

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.evaluation.beat_results import APART, BeatResults, beat_results
from ectopy.evaluation.ec57 import compare_beats
from ectopy.record import Annotations

FS = 100
SYMBOLS = ["N", "V", "A", "N", "N", "F", "V", "/"]
REFERENCE = Annotations(np.arange(1, 9) * 500, SYMBOLS, fs=FS)
DETECTED = Annotations([500, 1000, 1500, 2000, 3000, 3500, 3750, 4000], ["N"] * 8, fs=FS)
PREDICTED = list("NVNSNNV?")
SCORES = [0.2, 9.0, 0.4, 5.0, np.nan, 0.1, 7.0, 8.0]


@pytest.fixture(scope="module")
def results() -> BeatResults:
    """N found, V flagged, S passed, N flagged, N missed, F not judged, V passed, no beat, and Q flagged."""
    comparison = compare_beats(REFERENCE, DETECTED, start=0, record="made")
    return beat_results(comparison, REFERENCE, DETECTED, SCORES, PREDICTED, fs=FS, hours=0.5, threshold=3.0)


def test_every_event_is_one_of_both(results):
    assert results.symbols.tolist() == ["N", "V", "A", "N", "N", "F", "V", "", "/"]
    assert results.classes.tolist() == ["N", "V", "S", "N", "N", "F", "V", "", "Q"]
    assert results.times.tolist() == [5, 10, 15, 20, 25, 30, 35, 37.5, 40]
    assert results.detected.tolist() == [True, True, True, True, False, True, True, True, True]
    assert np.flatnonzero(results.flagged).tolist() == [1, 3, 7, 8]
    assert results.patient == "made"


def test_each_beat_has_the_class_it_was_given(results):
    assert results.predicted.tolist() == ["N", "V", "N", "S", "", "N", "N", "V", "?"]


def test_a_false_alarm_is_normal_or_no_beat_but_not_paced(results):
    assert np.flatnonzero(results.false_alarms).tolist() == [3, 7]


def test_only_detected_and_judged_beats_are_ranked(results):
    assert np.flatnonzero(results.ranked).tolist() == [0, 1, 2, 3, 6]


def test_each_mistake_is_of_one_kind(results):
    kinds = {kind: np.flatnonzero(wrong).tolist() for kind, wrong in results.mistakes().items()}
    assert kinds == {
        "abnormal, not found": [],
        "abnormal, called normal": [2, 6],
        "abnormal, not judged": [5],
        "normal, called abnormal": [3],
        "not abnormal, not found": [4],
        "no beat, found": [7],
    }
    assert results.errors_per_hour == 6 / 0.5


def test_the_worst_are_the_clearest_of_each_kind_and_apart(results):
    worst = results.worst(10)
    assert [mistake.time for mistake in worst] == [35, 30, 20, 25, 15]
    assert (worst[0].symbol, worst[0].score) == ("V", 0.1)
    assert all(abs(a.time - b.time) >= APART for a in worst for b in worst if a is not b)
    assert len(results.worst(2)) == 2


def test_what_cannot_be_is_refused():
    comparison = compare_beats(REFERENCE, DETECTED, start=0)
    with pytest.raises(ParameterError, match="7 entries for 8 beats"):
        beat_results(comparison, REFERENCE, DETECTED, SCORES[:7], PREDICTED, fs=FS, hours=1, threshold=3)
    with pytest.raises(ParameterError, match="nothing of record"):
        beat_results(comparison, REFERENCE, DETECTED, SCORES, PREDICTED, fs=FS, hours=0, threshold=3)
    with pytest.raises(ParameterError, match="predicted has 1 entries for 8 beats"):
        beat_results(comparison, REFERENCE, DETECTED, SCORES, ["N"], fs=FS, hours=1, threshold=3)
    with pytest.raises(ParameterError, match="aami"):
        beat_results(
            comparison, REFERENCE, DETECTED, SCORES, PREDICTED, fs=FS, hours=1, threshold=3, scheme="who"
        )
