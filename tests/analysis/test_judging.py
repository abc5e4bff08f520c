"""What counts as early once it is known which beats nobody can judge."""

from __future__ import annotations

import numpy as np
import pytest

from ectopy.analysis.judging import early_among_judged
from ectopy.analysis.located_beats import NO_LEAD, LocatedBeats
from ectopy.beats.windows import Beats
from ectopy.models.beat_classifier import BeatClassifier

N_BEATS, LAST = 30, 20


def located(rr: np.ndarray) -> LocatedBeats:
    """Return beats that can all be read, without any P wave."""
    wave = np.exp(-0.5 * (np.arange(-48, 48) / 1.5) ** 2)
    beats = Beats.of(np.tile(wave, (N_BEATS, 1, 1)), fs=120, rr=rr)
    lead, none = np.zeros(N_BEATS, np.int64), np.zeros(N_BEATS, bool)
    second = np.full(N_BEATS, NO_LEAD)
    return LocatedBeats(beats, lead, second, beats, lead, ~none, none, np.zeros(N_BEATS, np.float32))


@pytest.mark.parametrize(("before", "stays"), [(0.4, False), (0.05, True)])
def test_a_beat_is_not_early_against_one_that_nobody_judges(before: float, stays: bool) -> None:
    rr = np.full(N_BEATS, 0.8, np.float32)
    rr[LAST - 1], rr[LAST] = before, 0.4
    classifier = BeatClassifier(peak=48)
    classifier.classes_ = np.array(["N", "S", "V", "F"])
    probabilities = np.tile(np.array([0.9, 0.1, 0, 0], np.float32), (N_BEATS, 1))
    probabilities[LAST] = [0.2, 0.8, 0, 0]
    unjudged = np.arange(N_BEATS) == LAST - 1
    told = early_among_judged(probabilities, classifier, located(rr), unjudged)
    assert (told[LAST].argmax() == 1) == stays
    np.testing.assert_allclose(told.sum(axis=1), 1)
