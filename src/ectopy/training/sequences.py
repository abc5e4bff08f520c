"""Sequences of beats that the classifier learns from, and how much each beat counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import Beats
from ectopy.features.table import beat_features

Floats = npt.NDArray[np.float32]

CLASSES: Final = ("N", "S", "V", "F")
"""Classes that are learned; Q is not, as unclassifiable beats have no shape in common."""

NUMBER: Final = {name: number for number, name in enumerate(CLASSES)}
"""Class → its place in `CLASSES`."""

WEIGHTS: Final[Mapping[str, float]] = {"N": 8.0, "S": 0.5, "V": 0.6, "F": 0.15}
"""Weight of each class in training, over all its beats; chosen on MIT-BIH DS1."""

RECORDED: Final = 6.0
"""Weight of a recording relative to an augmented one, of which there are many more of each person."""

LENGTH: Final = 256
"""Consecutive beats in one row of a training batch: twice what the network sees of a beat's neighbours."""


@dataclass(frozen=True, eq=False)
class TrainingSequence:
    """All beats of a recording, or of an augmented one, to learn from.

    Parameters
    ----------
    features : ndarray of float32, shape (n_beats, n_features)
        The columns `ectopy.features.table.BEAT_FEATURES` of the beats, in order.
    classes : ndarray of str, shape (n_beats,)
        Class of each beat; one that is not in `CLASSES` is context only, not learned from.
    augmented : bool
        Whether the beats are of an augmented recording.
    """

    features: Floats
    classes: npt.NDArray[np.str_]
    augmented: bool = False

    @classmethod
    def of(cls, beats: Beats, peak: int, *, augmented: bool = False) -> TrainingSequence:
        """Compute the features of beats of one recording on one lead, whose symbols are classes."""
        return cls(beat_features(beats, peak), beats.symbols, augmented)


def weights(sequences: Sequence[TrainingSequence], totals: Mapping[str, float] = WEIGHTS) -> list[Floats]:
    """Return the weight of each beat, for each sequence; the mean over all beats that count is 1.

    Each class has the share that ``totals`` gives it. Within a class, the weight of a sequence grows
    with the square root of its beats of that class.
    """
    each = [np.zeros(len(sequence.classes)) for sequence in sequences]
    for name, total in totals.items():
        rows = [sequence.classes == name for sequence in sequences]
        shares = [
            (1.0 if sequence.augmented else RECORDED) / np.sqrt(max(1, row.sum()))
            for sequence, row in zip(sequences, rows, strict=True)
        ]
        sum_of_all = sum(share * row.sum() for share, row in zip(shares, rows, strict=True))
        for weight, row, share in zip(each, rows, shares, strict=True):
            weight[row] = total * share / max(sum_of_all, 1e-9)
    mean = sum(weight.sum() for weight in each) / max(1, sum((weight > 0).sum() for weight in each))
    return [(weight / max(mean, 1e-12)).astype(np.float32) for weight in each]


def training_rows(sequences: Sequence[TrainingSequence], seed: int) -> list[npt.NDArray[Any]]:
    """Cut sequences into rows of `LENGTH` beats at random places; return features, classes and weights."""
    rng = np.random.default_rng(seed)
    rows: list[list[npt.NDArray[Any]]] = []
    for sequence, weight in zip(sequences, weights(sequences), strict=True):
        number = np.array([NUMBER.get(str(name), 0) for name in sequence.classes], dtype=np.int64)
        for start in range(int(rng.integers(-LENGTH + 1, 1)), len(number), LENGTH):
            chosen = slice(max(0, start), start + LENGTH)
            rows.append([_padded(column[chosen]) for column in (sequence.features, number, weight)])
    return [np.stack(column) for column in zip(*rows, strict=True)]


def _padded(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the column with zeros after it up to `LENGTH`; their weight is zero too."""
    return np.concatenate([column, np.zeros((LENGTH - len(column), *column.shape[1:]), column.dtype)])
