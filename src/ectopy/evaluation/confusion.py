"""Confusion matrices: how often each class was predicted as each class, in all and by record or patient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.evaluation.metrics import PER_CLASS, Figure, Floats, mean_of_defined, show, table


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
