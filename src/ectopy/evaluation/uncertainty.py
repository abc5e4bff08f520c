"""How sure a figure of merit is: bootstrap over patients, and the paired comparison of two models.

Beats of one patient are not independent, so patients are drawn, never beats. Each replicate gives every
patient a weight, the number of times the patient was drawn; a figure is computed for all weights at once,
from the contribution of each patient.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.evaluation.confusion import GroupedConfusion
from ectopy.evaluation.metrics import OVER_CLASSES, Figure, Floats, show
from ectopy.evaluation.ranking import Ranking

_CHUNK: Final = 1 << 16
"""Numbers to hold at once in each step of a ranking under weights: few enough for the cache."""


class Weighable(Protocol):
    """A figure of merit that can be computed with patients weighted."""

    @property
    def patients(self) -> tuple[str, ...]:
        """The patients, in the order of the weights."""
        ...

    def under(self, weights: Floats) -> Floats:
        """Return the figure under each row of weights: (n_replicates, n_patients) → (n_replicates,)."""
        ...


@dataclass(frozen=True, eq=False)
class CountFigure:
    """A figure of the confusion matrix, such as `metrics.macro_f1`.

    A mean over classes is undefined under weights that leave a class without beats: without its rare, and
    mostly worst, classes the mean would be of something else, and better.

    Parameters
    ----------
    confusion : GroupedConfusion
        Counts of each patient.
    figure : callable
        (..., n_classes, n_classes) → (...).
    """

    confusion: GroupedConfusion
    figure: Figure

    @property
    def patients(self) -> tuple[str, ...]:
        """The patients that the weights belong to."""
        return self.confusion.groups

    def under(self, weights: Floats) -> Floats:
        """Return the figure under each row of weights."""
        counts = np.tensordot(weights, self.confusion.counts.astype(float), axes=1)
        values = self.figure(counts)
        if self.figure not in OVER_CLASSES:
            return values
        lost = (counts.sum(axis=-1) == 0) & (self.confusion.gross.counts.sum(axis=-1) > 0)
        return np.where(lost.any(axis=-1), np.nan, values)


@dataclass(frozen=True, eq=False)
class RankFigure:
    """AUROC or AUPRC of scores.

    Parameters
    ----------
    ranking : Ranking
        The beats by falling score.
    owners : ndarray of int, shape (n_beats,)
        Which of ``patients`` each row belongs to, in the order of the ranking.
    patients : tuple of str
        The patients that the weights belong to.
    figure : {"auroc", "auprc"}
        Which.
    """

    ranking: Ranking
    owners: npt.NDArray[np.intp]
    patients: tuple[str, ...]
    figure: Literal["auroc", "auprc"] = "auroc"

    @classmethod
    def of(
        cls,
        scores: npt.ArrayLike,
        positive: npt.ArrayLike,
        patients: npt.ArrayLike,
        figure: Literal["auroc", "auprc"] = "auroc",
    ) -> RankFigure:
        """Prepare scores (higher = more abnormal) of beats with known patients.

        Raises
        ------
        ParameterError
            If the lengths differ, there is no beat, or a score is NaN.
        """
        ranking = Ranking.of(scores, positive)
        names, owners = np.unique(np.asarray(patients), return_inverse=True)
        if len(owners) != len(ranking.order):
            raise ParameterError(
                f"patients has {len(owners)} entries for {len(ranking.order)} scores; give one per beat"
            )
        return cls(ranking, owners[ranking.order], tuple(str(name) for name in names), figure)

    def under(self, weights: Floats) -> Floats:
        """Return the figure under each row of weights."""
        return np.concatenate([self._chunk(part) for part in _chunks(weights, len(self.owners))])

    def _chunk(self, weights: Floats) -> Floats:
        curve = self.ranking.curve(weights[:, self.owners])
        return curve.auroc if self.figure == "auroc" else curve.auprc


def _chunks(weights: Floats, n_beats: int) -> Iterator[Floats]:
    rows = max(1, _CHUNK // n_beats)
    return (weights[i : i + rows] for i in range(0, len(weights), rows))


@dataclass(frozen=True)
class Interval:
    """A figure with its confidence interval; undefined parts are NaN, and ``-`` in a table.

    Parameters
    ----------
    value : float
        The figure on all patients.
    low, high : float
        Ends of the percentile interval; NaN where fewer than two patients, or most replicates undefined,
        leave nothing to say.
    level : float
        Its nominal coverage.
    n_patients, n_replicates : int
        Patients drawn from, and drawings.
    n_undefined : int
        Drawings in which the figure was undefined; the interval is of the others.
    """

    value: float
    low: float
    high: float
    level: float
    n_patients: int
    n_replicates: int
    n_undefined: int = 0

    def __str__(self) -> str:
        if np.isnan(self.low):
            return f"{show(self.value)} (-)"
        return f"{show(self.value)} ({show(self.low)} to {show(self.high)})"


@dataclass(frozen=True)
class PairedDifference:
    """Model A less model B on the same patients.

    Parameters
    ----------
    first, second : float
        The figure of A, and of B.
    difference : Interval
        A − B.
    share : float
        Share of the drawings in which A was above B, equal ones counting half.
    """

    first: float
    second: float
    difference: Interval
    share: float

    def __str__(self) -> str:
        return (
            f"A {show(self.first)}, B {show(self.second)}, A - B {self.difference};"
            f" A above B in {show(100 * self.share, 1)} % of drawings"
        )


def patient_weights(n_patients: int, n_replicates: int = 1000, seed: int = 0) -> Floats:
    """Draw patients with replacement, and count how often each was drawn.

    Parameters
    ----------
    n_patients : int
        How many there are; as many are drawn.
    n_replicates : int
        How many drawings.
    seed : int
        The same seed gives the same drawings.

    Returns
    -------
    ndarray of float64, shape (n_replicates, n_patients)

    Raises
    ------
    ParameterError
        If a number is below one.
    """
    if min(n_patients, n_replicates) < 1:
        raise ParameterError(
            f"n_patients={n_patients}, n_replicates={n_replicates}: give at least one of each"
        )
    rng = np.random.default_rng(seed)
    evenly = np.full(n_patients, 1.0 / n_patients)
    return rng.multinomial(n_patients, evenly, size=n_replicates).astype(float)


def bootstrap(figure: Weighable, *, n_replicates: int = 1000, level: float = 0.95, seed: int = 0) -> Interval:
    """Give a figure of merit its confidence interval, by drawing patients (percentile bootstrap, Efron 1979).

    Parameters
    ----------
    figure : Weighable
        `CountFigure`, `RankFigure`, or an object with their ``patients`` and ``under``.
    n_replicates : int
        How many drawings.
    level : float
        Nominal coverage, between 0 and 1.
    seed : int
        The same seed gives the same interval.

    Returns
    -------
    Interval
        With one patient only, its ends are undefined: one heart says nothing about the next.

    Raises
    ------
    ParameterError
        If the level or a number is not possible.

    Examples
    --------
    >>> from ectopy.evaluation.confusion import grouped_confusion
    >>> from ectopy.evaluation.metrics import accuracy
    >>> right = grouped_confusion(["N", "V"] * 3, ["N", "N", "N", "V", "N", "V"], list("aabbcc"))
    >>> print(bootstrap(CountFigure(right, accuracy)))
    0.8333 (0.5000 to 1.0000)
    """
    n = len(figure.patients)
    replicates = figure.under(patient_weights(n, n_replicates, seed))
    return _interval(_whole(figure), replicates, level, n)


def compare(
    first: Weighable, second: Weighable, *, n_replicates: int = 1000, level: float = 0.95, seed: int = 0
) -> PairedDifference:
    """Compare two models on the same patients: every drawing is the same for both.

    Parameters
    ----------
    first, second : Weighable
        The same figure of model A and of model B.
    n_replicates : int
        How many drawings.
    level : float
        Nominal coverage, between 0 and 1.
    seed : int
        The same seed gives the same drawings.

    Returns
    -------
    PairedDifference

    Raises
    ------
    ParameterError
        If the patients of the two are not the same.

    Examples
    --------
    >>> from ectopy.evaluation.confusion import grouped_confusion
    >>> from ectopy.evaluation.metrics import accuracy
    >>> truth, patients = ["N", "V"] * 3, list("aabbcc")
    >>> good = CountFigure(grouped_confusion(truth, ["N", "V"] * 3, patients), accuracy)
    >>> poor = CountFigure(grouped_confusion(truth, ["N"] * 6, patients, labels=("N", "V")), accuracy)
    >>> print(compare(good, poor))
    A 1.0000, B 0.5000, A - B 0.5000 (0.5000 to 0.5000); A above B in 100.0 % of drawings
    """
    if first.patients != second.patients:
        raise ParameterError(
            f"the models were tested on {len(first.patients)} and {len(second.patients)} patients, and not"
            " the same ones; test both on the same beats"
        )
    n = len(first.patients)
    weights = patient_weights(n, n_replicates, seed)
    one, other = _whole(first), _whole(second)
    differences = first.under(weights) - second.under(weights)
    defined = differences[~np.isnan(differences)]
    share = float(np.mean((np.sign(defined) + 1) / 2)) if len(defined) else np.nan
    return PairedDifference(one, other, _interval(one - other, differences, level, n), share)


def _whole(figure: Weighable) -> float:
    return float(figure.under(np.ones((1, len(figure.patients))))[0])


def _interval(value: float, replicates: Floats, level: float, n_patients: int) -> Interval:
    if not 0 < level < 1:
        raise ParameterError(f"level={level} is no coverage; give one between 0 and 1, such as 0.95")
    defined = replicates[~np.isnan(replicates)]
    low = high = np.nan
    if n_patients > 1 and len(defined) > len(replicates) / 2 and not np.isnan(value):
        low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    n_undefined = len(replicates) - len(defined)
    return Interval(value, float(low), float(high), level, n_patients, len(replicates), n_undefined)
