"""The features of a beat that the classifier is given: morphology, prematurity, and what is nearby.

The table is declared row by row (`FEATURES`), so that a name and its column cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.template import quick_median
from ectopy.beats.windows import Beats
from ectopy.features.columns import Feature, compute
from ectopy.features.intervals import LONG
from ectopy.features.morphology import MORPHOLOGY, morphology_features
from ectopy.features.prematurity import PREMATURITY, prematurity_features
from ectopy.features.shapes import Shapes
from ectopy.signal.sliding import percentile_filters

Floats = npt.NDArray[np.float32]

QUARTILES_OVER: Final = 31
"""Beats, about half a minute, over which quartiles tell whether there are P waves at all."""


@dataclass(frozen=True, eq=False)
class Recording:
    """Morphology and prematurity of all beats of a recording.

    Parameters
    ----------
    morphology, prematurity : ndarray of float32, shape (n_beats, n_columns)
        The columns `MORPHOLOGY` and `PREMATURITY`.
    cluster : ndarray of int64, shape (n_beats,)
        Morphology cluster of each beat.
    """

    morphology: Floats
    prematurity: Floats
    cluster: npt.NDArray[np.int64]
    _quartiles: dict[str, list[Floats]] = field(default_factory=dict, init=False, repr=False)

    def cluster_median(self, name: str) -> Floats:
        """Return the median of a column of `PREMATURITY` over the beats of the same cluster."""
        column = self.prematurity[:, _place(PREMATURITY, name)]
        medians = np.empty(len(column), np.float32)
        for members in self._members:
            medians[members] = quick_median(column[members], axis=0)
        return medians

    @cached_property
    def _members(self) -> list[npt.NDArray[np.bool_]]:
        """Which beats each cluster has."""
        return [self.cluster == number for number in sorted(set(self.cluster.tolist()))]

    def quartiles(self, name: str) -> list[Floats]:
        """Return the quartiles, lower and upper, of a column of `MORPHOLOGY` over the beats nearby."""
        if name not in self._quartiles:
            column = np.ascontiguousarray(self.morphology[:, _place(MORPHOLOGY, name)])
            self._quartiles[name] = percentile_filters(column, (25, 75), QUARTILES_OVER)
        return self._quartiles[name]


def _place(features: Sequence[Feature[Any]], name: str) -> int:
    return [feature.name for feature in features].index(name)


def _of_cluster(name: str) -> Feature[Recording]:
    return Feature(
        f"cluster_{name}", lambda r: r.cluster_median(name), "recording", f"median of {name} in the cluster"
    )


def _quartiles(name: str) -> tuple[Feature[Recording], ...]:
    window = f"{QUARTILES_OVER} beats"
    return (
        Feature(f"{name}_q25", lambda r: r.quartiles(name)[0], window, f"lower quartile of {name}"),
        Feature(f"{name}_q75", lambda r: r.quartiles(name)[1], window, f"upper quartile of {name}"),
    )


NEARBY: Final[tuple[Feature[Recording], ...]] = (
    _of_cluster("rr_to_mean_51"),
    _of_cluster(f"rr_to_p80_{LONG}"),
    *_quartiles("p_correlation"),
    *_quartiles("p_deviation"),
    *_quartiles("residual_deviation"),
    *_quartiles("residual_correlation"),
)
"""Columns that are taken from other columns, of the beats of the same cluster or nearby."""

FEATURES: Final[tuple[Feature[Any], ...]] = (*MORPHOLOGY, *PREMATURITY, *NEARBY)
"""The whole table, one row per feature, in the order of the columns."""

BEAT_FEATURES: Final = tuple(feature.name for feature in FEATURES)
"""Names of the columns of `beat_features`, in order."""


def beat_features(beats: Beats, peak: int, sources: npt.ArrayLike | None = None) -> Floats:
    """Describe the beats of recordings: their shape, their timing, and how usual both are nearby.

    Parameters
    ----------
    beats : Beats
        One lead each, (n_beats, 1, n_times): all beats of each recording, in order.
    peak : int
        Index of the R peak in the windows.
    sources : array_like, shape (n_beats,), optional
        Which recording and lead each window was cut from; the records of the beats by default. Beats of one
        record are neighbours in time, whichever lead they were cut from.

    Returns
    -------
    ndarray of float32, shape (n_beats, n_features)
        The columns `BEAT_FEATURES`, all finite.

    Examples
    --------
    >>> import numpy as np
    >>> wave = np.exp(-0.5 * ((np.arange(96) - 48) / 3) ** 2)
    >>> beats = Beats.of(np.tile(wave, (9, 1, 1)), fs=120, rr=[1, 1, 1, 1, 0.6, 1.4, 1, 1, 1])
    >>> column = BEAT_FEATURES.index("rr_to_median_21")
    >>> np.exp(beat_features(beats, peak=48)[4:6, column]).round(1).tolist()
    [0.6..., 1.3...]
    """
    names = np.asarray(beats.records if sources is None else sources)
    morphology = np.zeros((len(beats), len(MORPHOLOGY)), np.float32)
    cluster = np.zeros(len(beats), np.int64)
    for rows in _alike(names):
        shapes = Shapes.of(beats.waveforms[rows, 0], beats.rr[rows], beats.fs, peak)
        morphology[rows] = morphology_features(shapes)
        cluster[rows] = shapes.cluster + cluster.max(initial=-1) + 1
    features = np.zeros((len(beats), len(FEATURES)), np.float32)
    for rows in _alike(beats.records):
        timing = prematurity_features(beats.rr[rows])
        nearby = compute(NEARBY, Recording(morphology[rows], timing, cluster[rows]))
        features[rows] = np.concatenate([morphology[rows], timing, nearby], axis=1)
    return features


def _alike(names: npt.NDArray[Any]) -> list[npt.NDArray[np.int64]]:
    """Return the rows of each name, in the order of the names; one name, the usual case, is seen at once."""
    if len(names) and (names == names[0]).all():
        return [np.arange(len(names))]
    return [np.flatnonzero(names == name) for name in np.unique(names)]
