"""Which beats of a part are in atrial fibrillation: what the rhythm model is shown, and when it is asked."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import Beats, WindowSpec
from ectopy.features.atrial import atrial_features, atrial_intervals
from ectopy.features.intervals import mean_nearby
from ectopy.models.artifact import Artifact
from ectopy.models.rhythm import fibrillating, fibrillation_probabilities, with_early_beats

NEARBY: Final = 30
"""Beats on either side among which those are counted that speak for or against fibrillation."""

LEAST_KNOWN: Final = 0.4
"""Share of the intervals nearby that must be known, and between beats whose time the atria decide."""

MOST_EARLY: Final = 0.6
"""Share of the beats nearby that the classifier may hold for premature: it knows fibrillation too, and calls
few beats there S, but most where the atria beat irregularly behind P waves."""


def in_fibrillation(
    beats: Beats, classes: npt.NDArray[np.str_], window: WindowSpec, model: Artifact | None
) -> npt.NDArray[np.bool_]:
    """Return which beats are in atrial fibrillation, from their intervals and what stands before each QRS.

    Parameters
    ----------
    beats : Beats
        Of one part and its halo, on the best lead.
    classes : ndarray of str, shape (n_beats,)
        As the classifier has them, another name where not judged. Ventricular beats and the intervals beside
        them say nothing of the atria.
    window : WindowSpec
        How the beats were cut.
    model : Artifact or None
        The rhythm model; None for the shipped one.
    """
    intervals = atrial_intervals(beats.rr, classes)
    features = atrial_features(intervals, beats.waveforms[:, 0], window.fs, window.before)
    early = classes == "S"
    clear = mean_nearby(intervals.between, NEARBY) >= LEAST_KNOWN
    clear &= mean_nearby(early, NEARBY) <= MOST_EARLY
    probabilities = np.where(clear, fibrillation_probabilities(features, model), np.float32(0))
    return with_early_beats(fibrillating(probabilities), early)
