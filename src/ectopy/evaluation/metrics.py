"""Figures of merit of a classifier, from its confusion matrix (`ectopy.evaluation.confusion`).

A figure whose denominator is zero is undefined: NaN in an array, ``-`` in a table (`show`), never 0.
Functions of ``counts`` take confusion matrices of shape (..., n_classes, n_classes), rows the reference and
columns the prediction, and treat the leading axes alike: one matrix, one per record, or one per bootstrap
replicate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

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


def of_class(figure: Figure, index: int, counts: Counts) -> Floats:
    """Return one class of a figure that has a value for each; made partial, it is a `Figure` of its own."""
    return np.asarray(figure(counts)[..., index])


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
    """Se of each class: the share of its beats that is predicted as such (EC57).

    Parameters
    ----------
    counts : array_like of int, shape (..., n_classes, n_classes)
        Confusion matrices: rows the reference, columns the prediction.

    Returns
    -------
    ndarray of float64, shape (..., n_classes)
        From 0 to 1; NaN where the reference has no beat of the class.

    Examples
    --------
    >>> sensitivity(np.array([[8, 2], [1, 9]])).tolist()
    [0.8, 0.9]
    """
    return ratio(_hits(counts), counts.sum(axis=-1))


def positive_predictivity(counts: Counts) -> Floats:
    """+P of each class: the share of its predictions that is right (EC57).

    Parameters
    ----------
    counts : array_like of int, shape (..., n_classes, n_classes)
        Confusion matrices: rows the reference, columns the prediction.

    Returns
    -------
    ndarray of float64, shape (..., n_classes)
        From 0 to 1; NaN where nothing is predicted as the class.

    Examples
    --------
    >>> positive_predictivity(np.array([[8, 2], [0, 6]])).tolist()
    [1.0, 0.75]
    """
    return ratio(_hits(counts), counts.sum(axis=-2))


def false_positive_rate(counts: Counts) -> Floats:
    """FPR of each class: the share of other beats that is predicted as it (EC57).

    Parameters
    ----------
    counts : array_like of int, shape (..., n_classes, n_classes)
        Confusion matrices: rows the reference, columns the prediction.

    Returns
    -------
    ndarray of float64, shape (..., n_classes)
        From 0 to 1; NaN where all beats are of the class.

    Examples
    --------
    >>> false_positive_rate(np.array([[8, 2], [1, 9]])).tolist()
    [0.1, 0.2]
    """
    wrong = counts.sum(axis=-2) - _hits(counts)
    return ratio(wrong, _total(counts)[..., None] - counts.sum(axis=-1))


def specificity(counts: Counts) -> Floats:
    """Sp of each class: the share of other beats that is not predicted as it.

    Parameters
    ----------
    counts : array_like of int, shape (..., n_classes, n_classes)
        Confusion matrices: rows the reference, columns the prediction.

    Returns
    -------
    ndarray of float64, shape (..., n_classes)
        From 0 to 1; NaN where all beats are of the class.

    Examples
    --------
    >>> specificity(np.array([[8, 2], [1, 9]])).tolist()
    [0.9, 0.8]
    """
    return 1.0 - false_positive_rate(counts)


def f1(counts: Counts) -> Floats:
    """F1 of each class: harmonic mean of Se and +P.

    Parameters
    ----------
    counts : array_like of int, shape (..., n_classes, n_classes)
        Confusion matrices: rows the reference, columns the prediction.

    Returns
    -------
    ndarray of float64, shape (..., n_classes)
        From 0 to 1; NaN where no beat has the class or gets it.

    Examples
    --------
    >>> f1(np.array([[8, 2], [2, 8]])).tolist()
    [0.8, 0.8]
    """
    return ratio(2.0 * _hits(counts), counts.sum(axis=-1) + counts.sum(axis=-2))


def macro_f1(counts: Counts) -> Floats:
    """Mean F1 of the classes that have one.

    Parameters
    ----------
    counts : array_like of int, shape (..., n_classes, n_classes)
        Confusion matrices: rows the reference, columns the prediction.

    Returns
    -------
    ndarray of float64, shape (...)
        From 0 to 1; every class weighs the same, however rare.

    Examples
    --------
    >>> float(macro_f1(np.array([[8, 2, 0], [2, 8, 0], [0, 0, 0]])))
    0.8
    """
    return mean_of_defined(f1(counts))


def accuracy(counts: Counts) -> Floats:
    """Share of all beats that is predicted right.

    Parameters
    ----------
    counts : array_like of int, shape (..., n_classes, n_classes)
        Confusion matrices: rows the reference, columns the prediction.

    Returns
    -------
    ndarray of float64, shape (...)
        From 0 to 1; the most frequent class outweighs the others.

    Examples
    --------
    >>> float(accuracy(np.array([[90, 0], [10, 0]])))
    0.9
    """
    return ratio(_hits(counts).sum(axis=-1), _total(counts))


def accuracy_against_rest(counts: Counts) -> Floats:
    """Share of all beats rightly predicted as the class or as another, per class; shape (..., n_classes).

    It flatters rare classes: never predicting a class scores the share of all other beats.
    """
    wrong = counts.sum(axis=-1) + counts.sum(axis=-2) - 2 * _hits(counts)
    return 1.0 - ratio(wrong, _total(counts)[..., None])


def balanced_accuracy(counts: Counts) -> Floats:
    """Mean Se of the classes that have beats.

    Parameters
    ----------
    counts : array_like of int, shape (..., n_classes, n_classes)
        Confusion matrices: rows the reference, columns the prediction.

    Returns
    -------
    ndarray of float64, shape (...)
        From 0 to 1.

    Examples
    --------
    >>> float(balanced_accuracy(np.array([[90, 0], [10, 0]])))
    0.5
    """
    return mean_of_defined(sensitivity(counts))


def cohen_kappa(counts: Counts) -> Floats:
    """Cohen's kappa: agreement beyond the one that the margins alone would give.

    Source: Cohen, Educational and Psychological Measurement 20(1):37-46, 1960.

    Parameters
    ----------
    counts : array_like of int, shape (..., n_classes, n_classes)
        Confusion matrices: rows the reference, columns the prediction.

    Returns
    -------
    ndarray of float64, shape (...)
        1 at best, 0 for what chance would give; NaN where all beats are of one class and predicted so.

    Examples
    --------
    >>> round(float(cohen_kappa(np.array([[8, 2], [2, 8]]))), 6)
    0.6
    """
    n = _total(counts).astype(float)
    by_chance = ratio(np.sum(counts.sum(axis=-1) * counts.sum(axis=-2).astype(float), axis=-1), n**2)
    return ratio(accuracy(counts) - by_chance, 1.0 - by_chance)


def j_index(counts: Counts, supraventricular: int = 1, ventricular: int = 2) -> Floats:
    """Se + +P of SVEB and VEB.

    Source: Mar et al., IEEE Transactions on Biomedical Engineering 58(8):2168-2177, 2011.

    Parameters
    ----------
    counts : ndarray, shape (..., n_classes, n_classes)
        Confusion matrices.
    supraventricular, ventricular : int
        Which classes S and V are; those of `ectopy.labels.AAMI_CLASSES` by default.

    Returns
    -------
    ndarray of float64, shape (...)
        From 0 to 4; NaN if one of the four is.

    Examples
    --------
    >>> float(j_index(np.diag([90, 5, 5])))
    4.0
    """
    chosen = [supraventricular, ventricular]
    return (sensitivity(counts) + positive_predictivity(counts))[..., chosen].sum(axis=-1)


def j_kappa(counts: Counts, supraventricular: int = 1, ventricular: int = 2) -> Floats:
    """Half of kappa plus an eighth of the j index.

    Source: Mar et al., IEEE Transactions on Biomedical Engineering 58(8):2168-2177, 2011.

    Parameters
    ----------
    counts : ndarray, shape (..., n_classes, n_classes)
        Confusion matrices.
    supraventricular, ventricular : int
        Which classes S and V are; those of `ectopy.labels.AAMI_CLASSES` by default.

    Returns
    -------
    ndarray of float64, shape (...)
        1 at best; NaN if kappa or the j index is.

    Examples
    --------
    >>> float(j_kappa(np.diag([90, 5, 5])))
    1.0
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


def table(rows: Sequence[Sequence[str]]) -> str:
    """Lay out cells in columns, the first to the left and the others to the right."""
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in rows
    )


def false_alarms_per_hour(n_false: npt.ArrayLike, seconds: npt.ArrayLike) -> Floats:
    """Count false alarms per hour of recording; undefined where nothing was recorded.

    Examples
    --------
    >>> float(false_alarms_per_hour(3, 1800))
    6.0
    """
    return ratio(n_false, np.asarray(seconds, float) / 3600)
