"""Families: beats of the same shape, found without being told how many there are."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

SIMILAR: Final = 0.9
"""Correlation with a family's average from which on a beat belongs to it."""

MOST: Final = 12
"""Families at the most; whatever is left joins the one it is most like."""

_SAMPLE: Final = 400

_NO_SHAPE: Final = 1e-6


def find_families(waveforms: npt.NDArray[np.float32], seed: int = 0) -> npt.NDArray[np.int64]:
    """Group beats by shape.

    The beat with the most lookalikes in a sample founds a family, its lookalikes join it, their average
    replaces the founder, and the rest goes on without them.

    Parameters
    ----------
    waveforms : ndarray of float32, shape (n_beats, n_times)
        Windows of one lead; their size and offset do not matter.
    seed : int
        Of the sample in which founders are looked for.

    Returns
    -------
    ndarray of int64, shape (n_beats,)
        Number of each beat's family; 0 is the largest.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.linspace(-1, 1, 50)
    >>> narrow, wide = np.exp(-((time / 0.1) ** 2)), -np.exp(-((time / 0.5) ** 2))
    >>> find_families(np.array([narrow, wide, 2 * narrow], np.float32)).tolist()
    [0, 1, 0]
    """
    shapes = unit(waveforms)
    family = np.full(len(shapes), -1, dtype=np.int64)
    averages: list[npt.NDArray[np.float32]] = []
    rng = np.random.default_rng(seed)
    while (left := np.flatnonzero(family < 0)).size and len(averages) < MOST:
        average = _founder(shapes[rng.choice(left, min(_SAMPLE, len(left)), replace=False)])
        average = unit(shapes[left[shapes[left] @ average >= SIMILAR]].mean(axis=0, keepdims=True))[0]
        members = left[shapes[left] @ average >= SIMILAR]
        if not members.size:
            members = left[[np.argmax(shapes[left] @ average)]]
        family[members] = len(averages)
        averages.append(average)
    if left.size:
        family[left] = np.argmax(shapes[left] @ np.array(averages).T, axis=1)
    return _by_size(family)


def _founder(sample: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    lookalikes = (sample @ sample.T >= SIMILAR).sum(axis=1)
    return sample[np.argmax(lookalikes)]


def unit(waveforms: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return zero-mean rows of length one, so that a product of two is their correlation.

    Rows without a shape become constant: alike among themselves, and unlike all others.
    """
    centred = waveforms - waveforms.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    centred = np.where(length > _NO_SHAPE, centred / np.maximum(length, _NO_SHAPE), centred.shape[1] ** -0.5)
    return centred.astype(np.float32)


def _by_size(family: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    sizes = np.bincount(family) if len(family) else np.zeros(0, np.int64)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return rank[family]
