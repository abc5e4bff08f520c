"""Synthetic beats of rare classes (SMOTE), made of training beats only.

A synthetic beat lies between two real ones. If it were made before the data are split, some of those two
would be test beats, and the model would have learned from what it is tested on. So a split is needed first,
and the result cannot be split.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Never

import numpy as np
import numpy.typing as npt

from ectopy.datasets.splits import Split
from ectopy.errors import ParameterError, SplitError, require_extra

N_NEIGHBOURS: Final = 5
"""Nearest beats of its class that a synthetic beat may lie towards, as in the original."""

_WHY: Final = (
    "a synthetic beat is made of two real ones, so splitting after oversampling puts parts of tested beats"
    " into the training part; split first, then oversample(…, split)"
)


@dataclass(frozen=True, eq=False)
class Oversampled:
    """A training part with synthetic beats; it has no patients, and asking for them raises an error.

    Parameters
    ----------
    inputs : ndarray of float32, shape (n_rows, …)
        The real training beats, then the synthetic ones.
    classes : ndarray of str, shape (n_rows,)
        Class of each.
    n_real : int
        Rows that are real beats.
    """

    inputs: npt.NDArray[np.float32]
    classes: npt.NDArray[np.str_]
    n_real: int

    @property
    def patients(self) -> Never:
        """Synthetic beats have no patient, so no split can be made on them.

        Raises
        ------
        SplitError
            Always.
        """
        raise SplitError(_WHY)

    @property
    def records(self) -> Never:
        """Synthetic beats have no recording, so no split can be made on them.

        Raises
        ------
        SplitError
            Always.
        """
        raise SplitError(_WHY)

    def __array__(self, *_: Any, **__: Any) -> Never:
        raise SplitError(_WHY)


def oversample(
    inputs: npt.ArrayLike,
    classes: npt.ArrayLike,
    split: Split,
    counts: Mapping[str, int],
    *,
    rows: npt.ArrayLike | None = None,
    seed: int = 0,
) -> Oversampled:
    """Fill up rare classes of a split's training part with synthetic beats (SMOTE).

    Parameters
    ----------
    inputs : array_like of float, shape (n_beats, …)
        Inputs of all beats, on both sides of the split; only training rows are used.
    classes : array_like of str, shape (n_beats,)
        Class of each.
    split : Split
        Which beats are for training.
    counts : mapping of str to int
        Class → number of beats to reach; a class with as many or more, or with none, is left as it is.
    rows : array_like of int, optional
        Some of the training rows; all of them by default.
    seed : int
        Of the random choice.

    Returns
    -------
    Oversampled

    Raises
    ------
    SplitError
        If a row is not in the training part, or the data were oversampled already.
    ParameterError
        If the lengths differ, or a class to fill up has a single beat.
    MissingExtraError
        If imbalanced-learn is not installed.

    References
    ----------
    Chawla, Bowyer, Hall and Kegelmeyer, SMOTE: Synthetic Minority Over-sampling Technique, JAIR 16, 2002.

    Examples
    --------
    >>> beats = np.arange(12.0).reshape(6, 2)
    >>> split = Split("one beat tested", train=[0, 1, 2, 3, 4], test=[5], patients=list("abcdef"))
    >>> filled = oversample(beats, ["N", "N", "N", "V", "V", "V"], split, {"V": 3})
    >>> filled.n_real, filled.classes.tolist()
    (5, ['N', 'N', 'N', 'V', 'V', 'V'])
    >>> filled.patients
    Traceback (most recent call last):
    ectopy.errors.SplitError: a synthetic beat is made of two real ones, so splitting after ...
    """
    everything, names = np.asarray(inputs, dtype=np.float32), np.asarray(classes, dtype=np.str_)
    chosen = _training_rows(split, rows)
    if not len(everything) == len(names) == len(split.patients):
        raise ParameterError(
            f"inputs, classes and split have {len(everything)}, {len(names)} and {len(split.patients)} beats;"
            " give all beats that the split was made for, not the training part alone"
        )
    real, real_names = everything[chosen], names[chosen]
    wanted = _wanted(real_names, counts)
    flat, filled = _smote(real.reshape(len(real), -1), real_names, wanted, seed)
    return Oversampled(flat.reshape(-1, *everything.shape[1:]), filled, len(real))


def _training_rows(split: Split, rows: npt.ArrayLike | None) -> npt.NDArray[np.int64]:
    chosen = split.train if rows is None else np.asarray(rows, dtype=np.int64)
    strangers = np.setdiff1d(chosen, split.train)
    if len(strangers):
        raise SplitError(
            f"rows: {len(strangers)} of {len(chosen)} are not in the training part of {split.name}, the first"
            f" is {strangers[0]}; {_WHY}"
        )
    return chosen


def _wanted(names: npt.NDArray[np.str_], counts: Mapping[str, int]) -> dict[str, int]:
    """Return the classes to fill up: not those that are large enough, or empty."""
    wanted = {}
    for name, count in counts.items():
        n = int(np.count_nonzero(names == name))
        if n == 1:
            raise ParameterError(
                f"counts: class {name} has a single training beat, and SMOTE goes from one towards another;"
                " leave it out"
            )
        if 0 < n < count:
            wanted[name] = count
    return wanted


def _smote(
    flat: npt.NDArray[np.float32], names: npt.NDArray[np.str_], wanted: dict[str, int], seed: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.str_]]:
    if not wanted:
        return flat, names
    smote = require_extra("imblearn.over_sampling", "train").SMOTE
    fewest = min(int(np.count_nonzero(names == name)) for name in wanted)
    neighbours = min(N_NEIGHBOURS, fewest - 1)
    filled, filled_names = smote(
        sampling_strategy=wanted, k_neighbors=neighbours, random_state=seed
    ).fit_resample(flat, names)
    return np.asarray(filled, dtype=np.float32), np.asarray(filled_names, dtype=np.str_)
