"""Atrial fibrillation: a small network along the beats, and the rule that makes stretches of what it says."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ArtifactError
from ectopy.features.atrial import ATRIAL_FEATURES
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.registry import DEFAULT_RHYTHM, model_folder
from ectopy.signal.filters import runs

KIND: Final = "rhythm"

CLASSES: Final = ("other", "fibrillation")
"""Outputs of the network."""

THRESHOLD: Final = 0.725
"""Probability of fibrillation above which a beat is part of it.

Chosen on training people, so that less than 5 % of the recordings of other rhythms are told: the highest one
at which hardly less fibrillation is found."""

SHORTEST: Final = 30
"""Beats of the shortest stretch: irregular beats are no rhythm before."""

MOST: Final = 0.5
"""Share of the beats of a short recording that make a stretch, where it has hardly `SHORTEST`."""

FEW: Final = 15
"""Beats of the shortest stretch in a short recording."""

MOST_OF_FEW: Final = 0.65
"""Share of the beats that make a stretch where there are hardly `FEW`: so few are irregular by chance."""

GAP: Final = 12
"""Fewer beats of another opinion than this do not part a stretch."""

APART: Final = 30
"""Fewer beats than this do not part two stretches that are long enough."""

BEYOND: Final = 64
"""Rows of nothing known that stand for the beats beyond either end of a recording."""

EDGE: Final = 10
"""Beats beside a stretch among which the first and the last early beat belong to it: it begins with them."""

REACH: Final = 150
"""Beats on either side that have a say in whether a beat is in fibrillation, at the most.

19 by the features, 31 by the network, `SHORTEST`, `GAP`, `APART` and `EDGE` by the rule: less than the
halo of a part. Where intervals are unknown, the usual one of the part stands for them."""

Floats = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


def load(folder: Path | str) -> Artifact:
    """Read a rhythm model.

    Raises
    ------
    ArtifactError
        If it is damaged, of another version of the format, no rhythm model, or one of other features.
    """
    loaded = artifact.load(Path(folder), KIND)
    if loaded.manifest.parameters.get("features") != list(ATRIAL_FEATURES):
        raise ArtifactError(f"model {folder} uses other features than this program; train it again")
    return loaded


@cache
def default_rhythm() -> Artifact:
    """Return the shipped rhythm model."""
    return load(model_folder(DEFAULT_RHYTHM))


def fibrillation_probabilities(features: Floats, model: Artifact | None = None) -> Floats:
    """Return how probable it is that each beat is in atrial fibrillation.

    Parameters
    ----------
    features : ndarray of float32, shape (n_beats, n_features)
        From `ectopy.features.atrial.atrial_features`, of consecutive beats.
    model : Artifact, optional
        The shipped one by default.

    Returns
    -------
    ndarray of float32, shape (n_beats,)
    """
    if not len(features):
        return np.empty(0, np.float32)
    padded = np.pad(features, ((BEYOND, BEYOND), (0, 0)))
    (probabilities,) = (model or default_rhythm()).run(padded[np.newaxis])
    return probabilities[0, BEYOND:-BEYOND, 1]


def fibrillating(probabilities: Floats, threshold: float = THRESHOLD) -> Bools:
    """Return which beats are in atrial fibrillation: those of stretches that are long enough.

    Parameters
    ----------
    probabilities : ndarray of float32, shape (n_beats,)
        From `fibrillation_probabilities`.
    threshold : float
        Probability above which a beat is part of a stretch.

    Returns
    -------
    ndarray of bool, shape (n_beats,)
        Each has `SHORTEST` beats or more, or in a shorter recording half of the beats, and is `APART` beats
        or more from the next.

    Examples
    --------
    >>> int(fibrillating(np.array([0.9] * 20 + [0.1] * 5 + [0.9] * 20 + [0.1] * 30, np.float32)).sum())
    45
    """
    joined = ~_long_enough(~(probabilities > threshold), GAP, keep_ends=True)
    kept = _long_enough(joined, _shortest(len(joined)))
    return ~_long_enough(~kept, APART, keep_ends=True)


def _shortest(n_beats: int) -> int:
    """Return how many beats a stretch needs in a recording of so many."""
    share = max(MOST * n_beats, min(FEW, MOST_OF_FEW * n_beats))
    return min(SHORTEST, int(np.ceil(share)))


def with_early_beats(inside: Bools, early: Bools) -> Bools:
    """Return stretches of fibrillation with the early beats just before and after them.

    Parameters
    ----------
    inside : ndarray of bool, shape (n_beats,)
        From `fibrillating`.
    early : ndarray of bool, shape (n_beats,)
        Which beats seem premature.

    Returns
    -------
    ndarray of bool, shape (n_beats,)
        Each stretch reaches to the furthest early beat among the `EDGE` beats on either side.

    Examples
    --------
    >>> with_early_beats(np.array([0, 0, 0, 1, 1], bool), np.array([0, 1, 0, 0, 0], bool)).tolist()
    [False, True, True, True, True]
    """
    reached = inside.copy()
    for start, stop in zip(*runs(inside), strict=True):
        before = np.flatnonzero(early[max(0, start - EDGE) : start])
        after = np.flatnonzero(early[stop : stop + EDGE])
        first = max(0, start - EDGE) + int(before[0]) if len(before) else start
        reached[first : stop + int(after[-1]) + 1 if len(after) else stop] = True
    return reached


def _long_enough(mask: Bools, least: int, *, keep_ends: bool = False) -> Bools:
    """Return a mask without its short runs; those at either end are spared if asked for."""
    kept = np.zeros(len(mask), np.bool_)
    for start, stop in zip(*runs(mask), strict=True):
        at_end = keep_ends and (start == 0 or stop == len(mask))
        kept[start:stop] = stop - start >= least or at_end
    return kept
