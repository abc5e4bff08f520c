"""Figures of merit of a classifier, from its confusion matrix.

A figure whose denominator is zero is undefined: NaN in an array, ``-`` in a table (`show`), never 0.
Functions of ``counts`` take confusion matrices of shape (..., n_classes, n_classes), rows the reference and
columns the prediction, and treat the leading axes alike: one matrix, one per record, or one per bootstrap
replicate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[Any]
Figure = Callable[[Counts], Floats]


def show(value: float | None, decimals: int = 4) -> str:
    """Write a figure for a table; what is undefined is ``-``.

    Examples
    --------
    >>> show(0.5), show(float("nan")), show(None)
    ('0.5000', '-', '-')
    """
    return "-" if value is None or np.isnan(value) else f"{value:.{decimals}f}"


def plain(value: float) -> float | None:
    """Return a figure as a JSON value: None where it is undefined."""
    return None if np.isnan(value) else float(value)


def ratio(part: npt.ArrayLike, whole: npt.ArrayLike) -> Floats:
    """Divide; where the denominator is zero, the figure is undefined (NaN)."""
    numerator, denominator = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    undefined = np.full(denominator.shape, np.nan)
    np.divide(numerator, denominator, out=undefined, where=denominator != 0)
    return undefined


def mean_of_defined(values: Floats, axis: int = -1) -> Floats:
    """Average what is defined along an axis; where nothing is, NaN."""
    return ratio(np.nansum(values, axis=axis), np.sum(~np.isnan(values), axis=axis))


def _hits(counts: Counts) -> Counts:
    return np.asarray(np.diagonal(counts, axis1=-2, axis2=-1))


def _total(counts: Counts) -> Counts:
    return np.asarray(np.sum(counts, axis=(-2, -1)))


def sensitivity(counts: Counts) -> Floats:
    """Se of each class: the share of its beats that is predicted as such (EC57); shape (..., n_classes)."""
    return ratio(_hits(counts), counts.sum(axis=-1))


def positive_predictivity(counts: Counts) -> Floats:
    """+P of each class: the share of its predictions that is right (EC57); shape (..., n_classes)."""
    return ratio(_hits(counts), counts.sum(axis=-2))


def false_positive_rate(counts: Counts) -> Floats:
    """FPR of each class: the share of other beats predicted as it (EC57); shape (..., n_classes)."""
    wrong = counts.sum(axis=-2) - _hits(counts)
    return ratio(wrong, _total(counts)[..., None] - counts.sum(axis=-1))


def specificity(counts: Counts) -> Floats:
    """Sp of each class: the share of other beats not predicted as it; shape (..., n_classes)."""
    return 1.0 - false_positive_rate(counts)


def f1(counts: Counts) -> Floats:
    """F1 of each class: harmonic mean of Se and +P; undefined where no beat has or gets it."""
    return ratio(2.0 * _hits(counts), counts.sum(axis=-1) + counts.sum(axis=-2))


def macro_f1(counts: Counts) -> Floats:
    """Mean F1 of the classes that have one; shape (...)."""
    return mean_of_defined(f1(counts))


def accuracy(counts: Counts) -> Floats:
    """Share of all beats that is predicted right; shape (...)."""
    return ratio(_hits(counts).sum(axis=-1), _total(counts))


def accuracy_against_rest(counts: Counts) -> Floats:
    """Share of all beats rightly predicted as the class or as another, per class; shape (..., n_classes).

    It flatters rare classes: never predicting a class scores the share of all other beats.
    """
    wrong = counts.sum(axis=-1) + counts.sum(axis=-2) - 2 * _hits(counts)
    return 1.0 - ratio(wrong, _total(counts)[..., None])


def balanced_accuracy(counts: Counts) -> Floats:
    """Mean Se of the classes that have beats; shape (...)."""
    return mean_of_defined(sensitivity(counts))


def cohen_kappa(counts: Counts) -> Floats:
    """Cohen's kappa: agreement beyond the one that the margins alone would give (Cohen 1960); shape (...)."""
    n = _total(counts).astype(float)
    by_chance = ratio(np.sum(counts.sum(axis=-1) * counts.sum(axis=-2).astype(float), axis=-1), n**2)
    return ratio(accuracy(counts) - by_chance, 1.0 - by_chance)


def j_index(counts: Counts, supraventricular: int = 1, ventricular: int = 2) -> Floats:
    """Se + +P of SVEB and VEB, between 0 and 4 (Mar et al. 2011); undefined if one of the four is.

    Parameters
    ----------
    counts : ndarray, shape (..., n_classes, n_classes)
        Confusion matrices.
    supraventricular, ventricular : int
        Which classes S and V are; those of `ectopy.labels.AAMI_CLASSES` by default.
    """
    chosen = [supraventricular, ventricular]
    return (sensitivity(counts) + positive_predictivity(counts))[..., chosen].sum(axis=-1)


def j_kappa(counts: Counts, supraventricular: int = 1, ventricular: int = 2) -> Floats:
    """Half of kappa plus an eighth of the j index, 1 at best (Mar et al. 2011); shape (...).

    Parameters
    ----------
    counts : ndarray, shape (..., n_classes, n_classes)
        Confusion matrices.
    supraventricular, ventricular : int
        Which classes S and V are; those of `ectopy.labels.AAMI_CLASSES` by default.
    """
    return cohen_kappa(counts) / 2 + j_index(counts, supraventricular, ventricular) / 8


PER_CLASS: Final[dict[str, Figure]] = {
    "Se": sensitivity,
    "+P": positive_predictivity,
    "FPR": false_positive_rate,
    "Sp": specificity,
    "F1": f1,
}
"""Column title → figure of each class."""

OVERALL: Final[dict[str, Figure]] = {
    "accuracy": accuracy,
    "balanced accuracy": balanced_accuracy,
    "macro-F1": macro_f1,
    "kappa": cohen_kappa,
}
"""Name → figure of a whole confusion matrix."""

OVER_CLASSES: Final = frozenset({macro_f1, balanced_accuracy})
"""Means over classes: of other beats, without one of the classes, they would be means of something else."""


@dataclass(frozen=True, eq=False)
class ConfusionMatrix:
    """How often each class was predicted as each class; its `str` is a table.

    Parameters
    ----------
    labels : tuple of str
        Names of the classes.
    counts : ndarray of int64, shape (n_classes, n_classes)
        Rows the reference, columns the prediction.
    """

    labels: tuple[str, ...]
    counts: npt.NDArray[np.int64]

    def __str__(self) -> str:
        figures = [figure(self.counts) for figure in PER_CLASS.values()]
        rows = [["", *self.labels, "beats", *PER_CLASS]]
        for i, label in enumerate(self.labels):
            numbers = [str(n) for n in (*self.counts[i], self.counts[i].sum())]
            rows.append([label, *numbers, *(show(values[i]) for values in figures)])
        return table(rows)


def table(rows: Sequence[Sequence[str]]) -> str:
    """Lay out cells in columns, the first to the left and the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    )


@dataclass(frozen=True, eq=False)
class GroupedConfusion:
    """A confusion matrix for each record, or for each patient.

    Parameters
    ----------
    labels : tuple of str
        Names of the classes.
    groups : tuple of str
        Names of the records or patients.
    counts : ndarray of int64, shape (n_groups, n_classes, n_classes)
        Rows the reference, columns the prediction.
    """

    labels: tuple[str, ...]
    groups: tuple[str, ...]
    counts: npt.NDArray[np.int64]

    @property
    def gross(self) -> ConfusionMatrix:
        """All beats together: every beat weighs the same (EC57)."""
        return ConfusionMatrix(self.labels, self.counts.sum(axis=0))

    def average(self, figure: Figure) -> Floats:
        """Mean of a figure over the groups that have it: every record weighs the same (EC57)."""
        return mean_of_defined(figure(self.counts), axis=0)


def confusion_matrix(
    reference: npt.ArrayLike, predicted: npt.ArrayLike, labels: Sequence[str] | None = None
) -> ConfusionMatrix:
    """Count how often each class was predicted as each class.

    Parameters
    ----------
    reference, predicted : array_like of str, shape (n_beats,)
        True and predicted class of each beat.
    labels : sequence of str, optional
        The classes, in the order wanted; by default those that occur, sorted.

    Returns
    -------
    ConfusionMatrix

    Raises
    ------
    ParameterError
        If the two differ in length, or hold a class that ``labels`` does not.

    Examples
    --------
    >>> print(confusion_matrix(["N", "N", "V"], ["N", "V", "V"], labels=("N", "V", "F")))
       N  V  F  beats      Se      +P     FPR      Sp      F1
    N  1  1  0      2  0.5000  1.0000  0.0000  1.0000  0.6667
    V  0  1  0      1  1.0000  0.5000  0.5000  0.5000  0.6667
    F  0  0  0      0       -       -  0.0000  1.0000       -
    """
    together = np.zeros(len(np.asarray(reference)), dtype="U1")
    return grouped_confusion(reference, predicted, together, labels).gross


def grouped_confusion(
    reference: npt.ArrayLike,
    predicted: npt.ArrayLike,
    groups: npt.ArrayLike,
    labels: Sequence[str] | None = None,
) -> GroupedConfusion:
    """Count how often each class was predicted as each class, in each record or patient.

    Parameters
    ----------
    reference, predicted : array_like of str, shape (n_beats,)
        True and predicted class of each beat.
    groups : array_like of str, shape (n_beats,)
        Record or patient of each beat.
    labels : sequence of str, optional
        The classes, in the order wanted; by default those that occur, sorted.

    Returns
    -------
    GroupedConfusion
        Its groups sorted by name.

    Raises
    ------
    ParameterError
        If the three differ in length, or hold a class that ``labels`` does not.
    """
    true, given, owners = (np.asarray(values) for values in (reference, predicted, groups))
    if not len(true) == len(given) == len(owners):
        raise ParameterError(
            f"reference, predicted and groups have {len(true)}, {len(given)} and {len(owners)} entries;"
            " give one of each per beat"
        )
    names = tuple(str(name) for name in (np.union1d(true, given) if labels is None else labels))
    k = len(names)
    group_names, group = np.unique(owners, return_inverse=True)
    cell = (group * k + _positions(true, names)) * k + _positions(given, names)
    counts = np.bincount(cell, minlength=len(group_names) * k * k)
    return GroupedConfusion(names, tuple(map(str, group_names)), counts.reshape(len(group_names), k, k))


def _positions(values: npt.NDArray[np.generic], names: tuple[str, ...]) -> npt.NDArray[np.intp]:
    unique, inverse = np.unique(values, return_inverse=True)
    unknown = [str(value) for value in unique if str(value) not in names]
    if unknown:
        raise ParameterError(
            f"class {unknown[0]!r} occurs but is none of labels ({', '.join(names)}); name it there"
        )
    return np.array([names.index(str(value)) for value in unique], dtype=np.intp)[inverse]


def false_alarms_per_hour(n_false: npt.ArrayLike, seconds: npt.ArrayLike) -> Floats:
    """Count false alarms per hour of recording; undefined where nothing was recorded.

    Examples
    --------
    >>> float(false_alarms_per_hour(3, 1800))
    6.0
    """
    return ratio(n_false, np.asarray(seconds, float) / 3600)
