"""Normalisation: bring beats of different people and devices to one size before a network sees them.

Three of the four look at one window at a time. The fourth, ``own``, is what makes a detector hold on people
it has never seen: it asks how a beat differs from the person's own, not from everybody's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.clusters import unit
from ectopy.beats.template import OWN_BEATS, own_beat
from ectopy.errors import ParameterError, unknown_option

NORMALISATIONS: Final = ("own", "zscore", "minmax", "none")

LIKE: Final = 0.8
"""Correlation with the person's own beat from which on a beat is another of them; chosen on MIT-BIH DS1."""

SURE: Final = 0.9
"""Share of the person's own beats whose score is taken for usual; chosen on MIT-BIH DS1."""

LEAST_USUAL: Final = 0.5
"""Usual scores of people are above it (0.6 and more on MIT-BIH DS1); below it, beats do not differ at all."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Normalised:
    """Windows that were shifted and scaled, and how to go back.

    Parameters
    ----------
    waveforms : ndarray of float32, shape (n_beats, n_leads, n_times)
        ``(x - offset) / scale``.
    offset : ndarray of float32, shape (n_beats, n_leads, 1 or n_times)
        What was taken away.
    scale : ndarray of float32, shape (n_beats, n_leads, 1)
        What it was divided by.
    """

    waveforms: Floats
    offset: Floats
    scale: Floats

    def __getitem__(self, rows: npt.NDArray[np.integer]) -> Normalised:
        """Return some of the windows."""
        return Normalised(self.waveforms[rows], self.offset[rows], self.scale[rows])

    def undo(self, waveforms: Floats) -> Floats:
        """Bring waveforms like these back to the units of the windows."""
        return waveforms * self.scale + self.offset


def normalise(waveforms: Floats, kind: str = "zscore", sources: npt.ArrayLike | None = None) -> Normalised:
    """Shift and scale windows.

    Parameters
    ----------
    waveforms : ndarray of float32, shape (n_beats, n_leads, n_times)
        Windows.
    kind : {"own", "zscore", "minmax", "none"}
        ``zscore`` and ``minmax`` treat each window by itself: mean 0 and standard deviation 1, or minimum 0
        and maximum 1. ``own`` subtracts the person's own beat, the median of the half of the beats of the
        same source that are most alike, and divides by the mean absolute difference from it that a quarter
        of the beats stay below (5 µV at least): what is left says how unlike the person's own beat a beat is,
        in units of that person's own variation. No label is needed.
    sources : array_like, shape (n_beats,), optional
        For ``own``: which recording and lead each beat comes from, in the order in which they were recorded;
        without it all beats are of one source.

    Returns
    -------
    Normalised

    Raises
    ------
    ParameterError
        If the kind is unknown, or there is not one source a beat.

    Examples
    --------
    >>> import numpy as np
    >>> normal = normalise(np.array([[[1.0, 3.0]]], np.float32), "minmax")
    >>> normal.waveforms.tolist(), normal.undo(normal.waveforms).tolist()
    ([[[0.0, 1.0]]], [[[1.0, 3.0]]])
    """
    if kind not in NORMALISATIONS:
        raise unknown_option("normalisation", kind, NORMALISATIONS)
    if kind == "own":
        offset, scale = _own(waveforms, sources)
    elif kind == "zscore":
        offset = waveforms.mean(axis=-1, keepdims=True)
        scale = waveforms.std(axis=-1, keepdims=True)
    elif kind == "minmax":
        offset = waveforms.min(axis=-1, keepdims=True)
        scale = waveforms.max(axis=-1, keepdims=True) - offset
    else:
        offset = np.zeros((*waveforms.shape[:2], 1), np.float32)
        scale = np.ones_like(offset)
    scale = np.where(scale > 0, scale, 1).astype(np.float32)
    return Normalised((waveforms - offset) / scale, offset, scale)


def own_likeness(waveforms: Floats, own: Floats) -> Floats:
    """Return the correlation of beats with the person's own, the mean over the leads.

    Parameters
    ----------
    waveforms : ndarray of float32, shape (n_beats, n_leads, n_times)
        Windows.
    own : ndarray of float32, shape (n_beats, n_leads, n_times)
        The person's own beat for each: the ``offset`` of the normalisation ``own``.

    Returns
    -------
    ndarray of float32, shape (n_beats,)
    """
    leads = range(waveforms.shape[1])
    products = [(unit(waveforms[:, lead]) * unit(own[:, lead])).sum(axis=1) for lead in leads]
    return np.mean(products, axis=0, dtype=np.float32)


def relative(
    scores: Floats,
    likeness: npt.ArrayLike,
    sources: npt.ArrayLike | None = None,
    least: float = LEAST_USUAL,
) -> Floats:
    """Divide scores by the one that nine in ten of the same person's own beats stay below.

    What is usual is asked of the beats like the person's own alone: of all beats, it would rise with every
    abnormal one, and most in the people who have the most of them.

    Parameters
    ----------
    scores : ndarray of float32, shape (n_beats,)
        Not negative.
    likeness : array_like of float, shape (n_beats,)
        How like the person's own each beat is, see `own_likeness`. The person's own are those from `LIKE`
        on, but never less than the more alike half.
    sources : array_like, shape (n_beats,), optional
        As in `normalise`.
    least : float
        Scores are divided by no less than this.

    Returns
    -------
    ndarray of float32, shape (n_beats,)
        Mostly below 1 for the person's own beats.

    Examples
    --------
    >>> relative(np.array([2, 2, 2, 2, 20], np.float32), [1, 1, 1, 1, 0]).tolist()
    [1.0, 1.0, 1.0, 1.0, 10.0]
    """
    result, like = np.array(scores, dtype=np.float32), np.asarray(likeness)
    for rows in _blocks(_sources(len(scores), sources)):
        own = rows[like[rows] >= min(LIKE, np.median(like[rows]))]
        usual = max(np.quantile(result[own], SURE), least)
        result[rows] /= usual if usual > 0 else 1
    return result


def no_further(drawn: Floats, waveforms: Floats) -> Floats:
    """Limit drawn beats to as far from the person's own as the most distant sample of the real one.

    A network that is shown what it has never learned may draw spikes that no eye should look for in a beat.

    Parameters
    ----------
    drawn, waveforms : ndarray of float32, shape (n_beats, n_leads, n_times)
        What was drawn of beats, and the beats, both as ``own`` normalises them.

    Returns
    -------
    ndarray of float32, shape (n_beats, n_leads, n_times)
    """
    furthest = np.abs(waveforms).max(axis=(1, 2), keepdims=True, initial=0)
    return drawn.clip(-furthest, furthest)


def strangeness(codes: Floats, sources: npt.ArrayLike | None = None) -> Floats:
    """Return how far the codes of beats are from the same person's usual code.

    Parameters
    ----------
    codes : ndarray of float32, shape (n_beats, n_code)
        What a network makes of each beat, each number of about the same size.
    sources : array_like, shape (n_beats,), optional
        As in `normalise`.

    Returns
    -------
    ndarray of float32, shape (n_beats,)
        Mean absolute difference from the median code.

    Examples
    --------
    >>> strangeness(np.array([[1, 1], [1, 1], [1, 5]], np.float32)).tolist()
    [0.0, 0.0, 2.0]
    """
    result = np.zeros(len(codes), np.float32)
    for rows in _blocks(_sources(len(codes), sources)):
        result[rows] = np.abs(codes[rows] - np.median(codes[rows], axis=0)).mean(axis=1)
    return result


def _own(waveforms: Floats, sources: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    offset = np.zeros_like(waveforms)
    scale = np.ones((*waveforms.shape[:2], 1), np.float32)
    for rows in _blocks(_sources(len(waveforms), sources)):
        for lead in range(waveforms.shape[1]):
            offset[rows, lead], scale[rows, lead] = own_beat(waveforms[rows, lead])
    return offset, scale


def _sources(n: int, sources: npt.ArrayLike | None) -> npt.NDArray[np.generic]:
    names = np.zeros(n, np.int64) if sources is None else np.asarray(sources)
    if len(names) != n:
        raise ParameterError(f"sources has {len(names)} entries for {n} beats; give one a beat")
    return names


def _blocks(sources: npt.NDArray[np.generic]) -> Iterator[npt.NDArray[np.intp]]:
    """Give the rows of every source, in blocks of about `OWN_BEATS`."""
    names, owners = np.unique(sources, return_inverse=True)
    for name in range(len(names)):
        rows = np.flatnonzero(owners == name)
        yield from np.array_split(rows, max(1, round(len(rows) / OWN_BEATS)))
