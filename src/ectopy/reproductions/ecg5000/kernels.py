"""Features of a beat by fixed convolution kernels, after MiniRocket and MultiRocket.

Kernels of nine weights, three of them 2 and six of them -1, in all 84 orders and at several dilations, slide
over the beat and over its differences. What comes out is compared with thresholds, quantiles of what a
training beat gives (Dempster et al., MiniRocket, KDD 2021), and four numbers tell where it is above: how
often, by how much, about where, and for how long at a stretch (Tan et al., MultiRocket, Data Min. Knowl.
Discov. 36, 2022). A linear classifier does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import RidgeClassifierCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

Waveforms = npt.NDArray[np.float32]

LENGTH: Final = 9
ORDERS: Final = tuple(combinations(range(LENGTH), 3))
"""Places of the three large weights."""

N_DILATIONS: Final = 8
"""At most, from 1 to where a kernel is as long as the beat."""

N_THRESHOLDS: Final = 1
"""For each kernel and dilation: about 4,700 features of a beat of 140 samples. With two of them, folds of the
training beats are classified no better."""

_GOLDEN: Final = (5**0.5 - 1) / 2
"""Multiples of it less whole numbers spread evenly, as quantiles should."""

_ALPHAS: Final = np.logspace(-3, 3, 10)
_DRAWN: Final = 32
"""Training beats that thresholds are taken from."""

_ROWS: Final = 100
"""Beats at a time: their intermediate results stay in the processor's cache."""


@dataclass(frozen=True, eq=False)
class KernelFeatures:
    """Dilations of the kernels, and thresholds for what they give.

    Parameters
    ----------
    dilations : tuple of int
        Distances of neighbouring weights in samples.
    thresholds : ndarray of float32, shape (2, n_dilations, 84, n_thresholds)
        For the beat itself and for its differences.
    """

    dilations: tuple[int, ...]
    thresholds: Waveforms

    @classmethod
    def learn(cls, waveforms: Waveforms, seed: int) -> Self:
        """Take the thresholds from training beats, (n_beats, n_times), each from one drawn at random.

        Examples
        --------
        >>> beats = np.random.default_rng(0).normal(size=(20, 140)).astype(np.float32)
        >>> KernelFeatures.learn(beats, seed=0).transform(beats).shape
        (20, 4704)
        """
        rng = np.random.default_rng(seed)
        longest = np.log2(max(1.0, (waveforms.shape[1] - 1) / (LENGTH - 1)))
        dilations = tuple(sorted({int(each) for each in 2 ** np.linspace(0, longest, N_DILATIONS)}))
        drawn = waveforms[rng.permutation(len(waveforms))[:_DRAWN]]
        shape = (2, len(dilations), len(ORDERS), N_THRESHOLDS)
        quantiles = np.arange(1, np.prod(shape) + 1) * _GOLDEN % 1
        thresholds = [
            np.quantile(outputs[:, rng.integers(outputs.shape[1])], some)
            for outputs, some in zip(
                _all_outputs(drawn, dilations), quantiles.reshape(-1, N_THRESHOLDS), strict=True
            )
        ]
        return cls(dilations, np.array(thresholds, np.float32).reshape(shape))

    def transform(self, waveforms: Waveforms) -> Waveforms:
        """Return the features of beats, (n_beats, n_times) → (n_beats, n_features)."""
        return np.concatenate(
            [self._of_some(waveforms[i : i + _ROWS]) for i in range(0, len(waveforms), _ROWS)]
        )

    def _of_some(self, waveforms: Waveforms) -> Waveforms:
        columns = [
            _pooled(outputs - threshold)
            for outputs, thresholds in zip(
                _all_outputs(waveforms, self.dilations),
                self.thresholds.reshape(-1, N_THRESHOLDS),
                strict=True,
            )
            for threshold in thresholds
        ]
        return np.concatenate(columns, axis=1)


def _all_outputs(waveforms: Waveforms, dilations: Sequence[int]) -> Iterator[Waveforms]:
    """Yield what every kernel gives at every dilation, (n_times, n), of beats and of their differences."""
    for series in map(np.ascontiguousarray, (waveforms.T, np.diff(waveforms, axis=1).T)):
        for dilation in dilations:
            yield from _outputs(series, dilation)


def _outputs(series: Waveforms, dilation: int) -> Iterator[Waveforms]:
    """Yield what each kernel gives along series, (n_times, n); beyond the ends are zeros."""
    n_times, reach = len(series), dilation * (LENGTH // 2)
    padded = np.pad(series, ((reach, reach), (0, 0)))
    shifted = [padded[k * dilation : k * dilation + n_times] for k in range(LENGTH)]
    less = np.sum(shifted, axis=0)
    for i, j, k in ORDERS:
        yield 3 * (shifted[i] + shifted[j] + shifted[k]) - less


def _pooled(excess: Waveforms) -> Waveforms:
    """Return share, mean, mean place and longest stretch of what is above zero: (n_times, n) → (n, 4)."""
    n_times = len(excess)
    places = np.arange(1, n_times + 1, dtype=np.float32)
    above = excess > 0
    count, place = np.stack([np.ones_like(places), places]) @ above.astype(np.float32)
    some = np.maximum(count, 1)
    below = np.maximum.accumulate(np.where(above, np.float32(0), places[:, np.newaxis]))
    stretch = (places[:, np.newaxis] - below).max(axis=0)
    mean = np.maximum(excess, 0).sum(axis=0) / some
    return np.stack([count / n_times, mean, place / some / n_times, stretch / n_times], axis=1)


def kernel_classifiers() -> tuple[tuple[str, Any], ...]:
    """Return ridge classifiers of the features; their penalty is found by leaving out training beats."""
    return (
        ("ridge", make_pipeline(StandardScaler(), RidgeClassifierCV(_ALPHAS))),
        (
            "balanced ridge",
            make_pipeline(StandardScaler(), RidgeClassifierCV(_ALPHAS, class_weight="balanced")),
        ),
    )
