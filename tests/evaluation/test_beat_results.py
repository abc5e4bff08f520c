"""What is said of each beat stands beside what is right, and nothing that was missed is forgotten."""

import numpy as np
import pytest

from ectopy.errors import ParameterError
from ectopy.evaluation.beat_results import APART, Verdicts, verdicts
from ectopy.evaluation.ec57 import compare_beats
from ectopy.record import Annotations

FS = 100
SYMBOLS = ["N", "V", "A", "N", "N", "F", "V", "/"]
REFERENCE = Annotations(np.arange(1, 9) * 500, SYMBOLS, fs=FS)
FOUND = Annotations([500, 1000, 1500, 2000, 3000, 3500, 3750, 4000], ["N"] * 8, fs=FS)
CALLED = list("NVNSNNV?")
SCORES = [0.2, 9.0, 0.4, 5.0, np.nan, 0.1, 7.0, 8.0]


@pytest.fixture(scope="module")
def said() -> Verdicts:
    """N found, V flagged, S passed, N flagged, N missed, F not judged, V passed, no beat, and Q flagged."""
    comparison = compare_beats(REFERENCE, FOUND, start=0, record="made")
    return verdicts(comparison, REFERENCE, FOUND, SCORES, CALLED, fs=FS, hours=0.5, threshold=3.0)


def test_every_event_is_one_of_both(said):
    assert said.symbols.tolist() == ["N", "V", "A", "N", "N", "F", "V", "", "/"]
    assert said.classes.tolist() == ["N", "V", "S", "N", "N", "F", "V", "", "Q"]
    assert said.times.tolist() == [5, 10, 15, 20, 25, 30, 35, 37.5, 40]
    assert said.found.tolist() == [True, True, True, True, False, True, True, True, True]
    assert np.flatnonzero(said.flagged).tolist() == [1, 3, 7, 8]
    assert said.patient == "made"


def test_a_beat_is_called_what_its_mark_was_given(said):
    assert said.called.tolist() == ["N", "V", "N", "S", "", "N", "N", "V", "?"]


def test_a_false_alarm_is_normal_or_no_beat_but_not_paced(said):
    assert np.flatnonzero(said.false_alarms).tolist() == [3, 7]


def test_only_what_was_found_and_judged_is_ranked(said):
    assert np.flatnonzero(said.ranked).tolist() == [0, 1, 2, 3, 6]


def test_each_mistake_is_of_one_kind(said):
    kinds = {kind: np.flatnonzero(wrong).tolist() for kind, wrong in said.mistakes().items()}
    assert kinds == {
        "abnormal, not found": [],
        "abnormal, called normal": [2, 6],
        "abnormal, not judged": [5],
        "normal, called abnormal": [3],
        "not abnormal, not found": [4],
        "no beat, found": [7],
    }
    assert said.errors_per_hour == 6 / 0.5


def test_the_worst_are_the_clearest_of_each_kind_and_apart(said):
    worst = said.worst(10)
    assert [mistake.time for mistake in worst] == [35, 30, 20, 25, 15]
    assert (worst[0].symbol, worst[0].score) == ("V", 0.1)
    assert all(abs(a.time - b.time) >= APART for a in worst for b in worst if a is not b)
    assert len(said.worst(2)) == 2


def test_what_cannot_be_is_refused():
    comparison = compare_beats(REFERENCE, FOUND, start=0)
    with pytest.raises(ParameterError, match="7 entries for 8 marks"):
        verdicts(comparison, REFERENCE, FOUND, SCORES[:7], CALLED, fs=FS, hours=1, threshold=3)
    with pytest.raises(ParameterError, match="nothing of record"):
        verdicts(comparison, REFERENCE, FOUND, SCORES, CALLED, fs=FS, hours=0, threshold=3)
    with pytest.raises(ParameterError, match="called has 1 entries for 8 marks"):
        verdicts(comparison, REFERENCE, FOUND, SCORES, ["N"], fs=FS, hours=1, threshold=3)
    with pytest.raises(ParameterError, match="aami"):
        verdicts(comparison, REFERENCE, FOUND, SCORES, CALLED, fs=FS, hours=1, threshold=3, scheme="who")
