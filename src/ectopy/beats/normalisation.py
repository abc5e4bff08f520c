"""Normalisation: bring beats of different people and devices to one scale before a network sees them.

Three of the four kinds look at one window at a time. The fourth, ``template``, compares each beat with the
template of the same person, not with everybody's beats; this is what makes a detector hold on people whom it
has never seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.clusters import unit_rows
from ectopy.beats.template import TEMPLATE_BEATS, patient_template, quick_median, quick_quantile
from ectopy.errors import ParameterError, unknown_option

NORMALISATIONS: Final = ("template", "zscore", "minmax", "none")

MIN_CORRELATION: Final = 0.8
"""Correlation with the template above which a beat counts as usual; chosen on MIT-BIH DS1."""

USUAL_QUANTILE: Final = 0.9
"""Quantile of the scores of usual beats that scores are divided by; chosen on MIT-BIH DS1."""

MIN_USUAL_SCORE: Final = 0.5
"""Scores are divided by this at least: no beat differs below it, and people of MIT-BIH DS1 have 0.6."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Normalised:
    """Windows that were shifted and scaled, and how to undo it.

    Parameters
    ----------
    waveforms : ndarray of float32, shape (n_beats, n_leads, n_times)
        ``(x - offset) / scale``.
    offset : ndarray of float32, shape (n_beats, n_leads, 1 or n_times)
        What was subtracted.
    scale : ndarray of float32, shape (n_beats, n_leads, 1)
        What the difference was divided by.
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
    kind : {"template", "zscore", "minmax", "none"}
        ``zscore`` and ``minmax`` treat each window by itself: mean 0 and standard deviation 1, or minimum 0
        and maximum 1. ``template`` subtracts the template of the same source and divides by the spread of its
        usual beats, see `ectopy.beats.template.patient_template`: what is left says how a beat differs from
        the template, in units of the variation of that person. No label is needed.
    sources : array_like, shape (n_beats,), optional
        For ``template``: which recording and lead each beat comes from, in the order of recording; without it
        all beats are of one source.

    Returns
    -------
    Normalised

    Raises
    ------
    ParameterError
        If the kind is unknown, or there is not one source per beat.

    Examples
    --------
    >>> import numpy as np
    >>> normal = normalise(np.array([[[1.0, 3.0]]], np.float32), "minmax")
    >>> normal.waveforms.tolist(), normal.undo(normal.waveforms).tolist()
    ([[[0.0, 1.0]]], [[[1.0, 3.0]]])
    """
    if kind not in NORMALISATIONS:
        raise unknown_option("normalisation", kind, NORMALISATIONS)
    if kind == "template":
        offset, scale = _templates(waveforms, sources)
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


def template_correlation(waveforms: Floats, templates: Floats) -> Floats:
    """Return the correlation of beats with the template of the same person, the mean over the leads.

    Parameters
    ----------
    waveforms : ndarray of float32, shape (n_beats, n_leads, n_times)
        Windows.
    templates : ndarray of float32, shape (n_beats, n_leads, n_times)
        The template for each beat: the ``offset`` of the normalisation ``template``.

    Returns
    -------
    ndarray of float32, shape (n_beats,)
        From −1 to 1.
    """
    leads = range(waveforms.shape[1])
    products = [(unit_rows(waveforms[:, i]) * unit_rows(templates[:, i])).sum(axis=1) for i in leads]
    return np.mean(products, axis=0, dtype=np.float32)


def relative_scores(
    scores: Floats,
    correlation: npt.ArrayLike,
    sources: npt.ArrayLike | None = None,
    minimum: float = MIN_USUAL_SCORE,
) -> Floats:
    """Divide scores by the 90 % quantile of the scores of the same person's usual beats.

    The quantile is taken over the beats that resemble the template only: over all beats it would rise with
    every abnormal one, and most in the people who have the most of them.

    Parameters
    ----------
    scores : ndarray of float32, shape (n_beats,)
        Not negative.
    correlation : array_like of float, shape (n_beats,)
        Correlation of each beat with the template, see `template_correlation`. Beats of `MIN_CORRELATION` or
        more are usual, but never less than the half with the highest correlation.
    sources : array_like, shape (n_beats,), optional
        As in `normalise`.
    minimum : float
        Scores are divided by this at least.

    Returns
    -------
    ndarray of float32, shape (n_beats,)
        Mostly below 1 for usual beats.

    Examples
    --------
    >>> relative_scores(np.array([2, 2, 2, 2, 20], np.float32), [1, 1, 1, 1, 0]).tolist()
    [1.0, 1.0, 1.0, 1.0, 10.0]
    """
    result, correlations = np.array(scores, dtype=np.float32), np.asarray(correlation)
    for rows in source_blocks(len(scores), sources):
        usual = rows[correlations[rows] >= min(MIN_CORRELATION, quick_median(correlations[rows], axis=0))]
        divisor = max(quick_quantile(result[usual], USUAL_QUANTILE), minimum)
        result[rows] /= divisor if divisor > 0 else 1
    return result


def limit_reconstructions(reconstructed: Floats, waveforms: Floats) -> Floats:
    """Limit reconstructed beats to the largest difference from the template that the real beat has.

    A network may reconstruct a shape that it has never learned with spikes that the beat does not have.

    Parameters
    ----------
    reconstructed, waveforms : ndarray of float32, shape (n_beats, n_leads, n_times)
        The reconstructions and the beats, both as the normalisation ``template`` gives them.

    Returns
    -------
    ndarray of float32, shape (n_beats, n_leads, n_times)
    """
    largest = np.abs(waveforms).max(axis=(1, 2), keepdims=True, initial=0)
    return reconstructed.clip(-largest, largest)


def code_deviation(codes: Floats, sources: npt.ArrayLike | None = None) -> Floats:
    """Return how far the latent codes of beats are from the median code of the same person.

    Parameters
    ----------
    codes : ndarray of float32, shape (n_beats, n_code)
        Latent codes, each number scaled to about the same size.
    sources : array_like, shape (n_beats,), optional
        As in `normalise`.

    Returns
    -------
    ndarray of float32, shape (n_beats,)
        Mean absolute difference from the median code.

    Examples
    --------
    >>> code_deviation(np.array([[1, 1], [1, 1], [1, 5]], np.float32)).tolist()
    [0.0, 0.0, 2.0]
    """
    result = np.zeros(len(codes), np.float32)
    for rows in source_blocks(len(codes), sources):
        result[rows] = np.abs(codes[rows] - quick_median(codes[rows], axis=0)).mean(axis=1)
    return result


def _templates(waveforms: Floats, sources: npt.ArrayLike | None) -> tuple[Floats, Floats]:
    """Return the template for each beat, and the spread of the usual beats around it."""
    offset = np.zeros_like(waveforms)
    scale = np.ones((*waveforms.shape[:2], 1), np.float32)
    for rows in source_blocks(len(waveforms), sources):
        for lead in range(waveforms.shape[1]):
            offset[rows, lead], scale[rows, lead] = patient_template(waveforms[rows, lead])
    return offset, scale


def source_blocks(n: int, sources: npt.ArrayLike | None = None) -> Iterator[npt.NDArray[np.intp]]:
    """Yield the rows of every source, in blocks of about `TEMPLATE_BEATS`.

    Parameters
    ----------
    n : int
        Beats.
    sources : array_like, shape (n,), optional
        As in `normalise`, which says what is raised.
    """
    names = np.zeros(n, np.int64) if sources is None else np.asarray(sources)
    if len(names) != n:
        raise ParameterError(f"sources has {len(names)} entries for {n} beats; give one per beat")
    names, numbers = np.unique(names, return_inverse=True)
    for number in range(len(names)):
        rows = np.flatnonzero(numbers == number)
        yield from np.array_split(rows, max(1, round(len(rows) / TEMPLATE_BEATS)))
