"""Morphology clusters: beats of the same shape, found without knowing how many shapes there are."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.portions import chosen_rows, in_portions

MIN_CORRELATION: Final = 0.9
"""Correlation with the average of a cluster above which a beat belongs to it.

Noise with half the standard deviation of the beat lowers its correlation with its own shape to this."""

MAX_CLUSTERS: Final = 12
"""Clusters at most, as many as a reader looks through; each further beat joins the one it resembles most."""

_SAMPLE: Final = 400
"""Beats among which the seed of a cluster is looked for: the time grows with the square of it."""

_MOST: Final = 10_000
"""Beats among which clusters are looked for, spread over the recording; further beats join the nearest."""

MIN_LENGTH: Final = 1e-6
"""Norm in mV below which a window is flat and has no shape."""


def morphology_clusters(waveforms: npt.NDArray[np.float32], seed: int = 0) -> npt.NDArray[np.int64]:
    """Group beats by shape.

    The beat that resembles most others in a sample starts a cluster, and the beats that resemble it join.
    Their average takes the place of the first beat; the remaining beats go on without them.

    Parameters
    ----------
    waveforms : ndarray of float32, shape (n_beats, n_times)
        Windows of one lead; amplitude and offset do not matter.
    seed : int
        Of the sample in which the first beats are looked for.

    Returns
    -------
    ndarray of int64, shape (n_beats,)
        Number of the cluster of each beat; 0 is the largest.

    Examples
    --------
    >>> import numpy as np
    >>> time = np.linspace(-1, 1, 50)
    >>> narrow, wide = np.exp(-((time / 0.1) ** 2)), -np.exp(-((time / 0.5) ** 2))
    >>> morphology_clusters(np.array([narrow, wide, 2 * narrow], np.float32)).tolist()
    [0, 1, 0]
    """
    step = -(-len(waveforms) // _MOST) or 1
    some = chosen_rows(waveforms, np.arange(0, len(waveforms), step))
    found, averages = _clusters_of(unit_rows(some), seed)
    if step == 1:
        return _by_size(found)
    cluster = np.empty(len(waveforms), np.int64)
    for start, block in in_portions(waveforms):
        cluster[start : start + len(block)] = np.argmax(unit_rows(block) @ averages.T, axis=1)
    return _by_size(cluster)


def _clusters_of(
    shapes: npt.NDArray[np.float32], seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Return the cluster of each row, and the average of each cluster."""
    cluster = np.full(len(shapes), -1, dtype=np.int64)
    averages: list[npt.NDArray[np.float32]] = []
    rng = np.random.default_rng(seed)
    left, rest = np.arange(len(shapes)), shapes
    while left.size and len(averages) < MAX_CLUSTERS:
        chosen = rng.choice(left, min(_SAMPLE, len(left)), replace=False)
        members = rest @ _most_similar(shapes[chosen]) >= MIN_CORRELATION
        average = unit_rows(rest[members].mean(axis=0, keepdims=True))[0]
        correlation = rest @ average
        members = correlation >= MIN_CORRELATION
        members[np.argmax(correlation)] |= not members.any()
        cluster[left[members]] = len(averages)
        averages.append(average)
        left, rest = left[~members], rest[~members]
    if left.size:
        cluster[left] = np.argmax(rest @ np.array(averages).T, axis=1)
    return cluster, np.array(averages)


def _most_similar(sample: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the beat that correlates with most others."""
    similar = np.count_nonzero(sample @ sample.T >= MIN_CORRELATION, axis=1)
    return sample[np.argmax(similar)]


def unit_rows(waveforms: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return rows of mean zero and length one, so that the product of two is their correlation.

    Flat rows become constant: equal to each other, and uncorrelated with all others.
    """
    centred = waveforms - waveforms.mean(axis=1, keepdims=True)
    length = np.linalg.norm(centred, axis=1, keepdims=True)
    centred /= np.maximum(length, MIN_LENGTH)
    centred[~(length[:, 0] > MIN_LENGTH)] = centred.shape[1] ** -0.5
    return centred.astype(np.float32, copy=False)


def _by_size(cluster: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    sizes = np.bincount(cluster) if len(cluster) else np.zeros(0, np.int64)
    rank = np.empty(len(sizes), dtype=np.int64)
    rank[np.argsort(-sizes, kind="stable")] = np.arange(len(sizes))
    return rank[cluster]
