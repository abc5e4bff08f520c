"""QRS detection: where the heartbeats are.

A small network takes every lead at about 100 Hz (`ectopy.signal.qrs_input`) and gives, 50 times a second, the
probability of a beat; of several leads it weighs each by how reliable it looks. Peaks of the probability are
beats where `ectopy.models.qrs_waves` does not take them for P waves, and each is moved to the top of the
largest deflection nearby, between the samples. No step depends on samples further away than `QRS_REACH`, so
long recordings are processed in pieces, in bounded memory and linear time.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ArtifactError, ParameterError
from ectopy.models import artifact
from ectopy.models.artifact import Artifact
from ectopy.models.qrs_waves import beats_among
from ectopy.signal.cleaning import clean
from ectopy.signal.qrs_input import BLOCK, FRAME, Grid, scaled, signal_and_amplitudes
from ectopy.signal.sliding import maximum_filter1d

QRS_REACH: Final = 26.0
"""Seconds on each side beyond which no sample affects whether and where a beat is detected."""

LOWEST_FS: Final = 50.0
"""Hz; below it a QRS of 80 ms has fewer than four samples."""

HIGHEST_FS: Final = 10_000.0
"""Hz; a hundred times the rate of the network, above any recorder of surface ECGs."""

KIND: Final = "qrs-detector"

_PIECE: Final = 28_800
"""Grid samples processed at a time, about five minutes, so that memory is bounded."""

_MARGIN: Final = 2140
"""Grid samples added on each side of a piece: 21.4 s, the reach of everything below (amplitudes 9.3 s,
network 3.1 s, regular intervals and similar beats 7.7 s)."""

_CONTEXT: Final = 1120
"""Grid samples of each margin that the network is shown: its reach of 300, the frames in which a peak is
compared with others, and `ectopy.models.qrs_waves.GAP_REACH`, within which similar beats are looked for too;
whole strides of 16."""

_REFRACTORY: Final = 8
"""Frames on each side in which no second beat is detected: 0.16 s.

At 300/min beats are 0.2 s apart, of which rounding to frames and an uneven rhythm take a little."""

_FINE: Final = 6
"""Grid samples on each side in which the largest deflection is looked for: 60 ms, half a wide QRS."""

_PLATEAU: Final = 4
"""Frames on each side of a peak, 80 ms, that may be about as likely: of a P wave that runs into a wide QRS
complex, as behind a pacemaker, the network says that there is a beat, and less surely where."""

_AS_HIGH: Final = 0.5
"""Share of the probability of a peak from which a frame is about as likely: the middle of those is the place
of the beat. Beside a narrow QRS complex no more than two are."""

_TOP: Final = 0.015
"""Seconds on each side of the largest deflection at 100 Hz in which the recording's own samples have their
top."""

_BEND: Final = 0.008
"""Seconds on each side of the top through which a parabola is laid: less than half of a narrow R wave."""

_EDGE: Final = 0.05
"""Seconds at each end of a recording in which a peak may lie beyond the end, so that none is reported."""


def detect_qrs(
    signal: npt.ArrayLike,
    fs: float,
    *,
    threshold: float | None = None,
    start: int = 0,
    model: Artifact | None = None,
) -> npt.NDArray[np.int64]:
    """Find the R peaks of a recording.

    Parameters
    ----------
    signal : array_like of float, shape (n_samples,) or (n_samples, n_leads)
        Samples in millivolts; NaN where missing. Leads may be upside down.
    fs : float
        Sampling frequency in Hz, from 50 to 10000.
    threshold : float, optional
        Probability above which a peak is a beat, between 0 and 1: lower misses fewer beats, higher detects
        fewer that are none. By default the one in the manifest of the model.
    start : int
        Index of the first sample of `signal` in its recording, where it is a piece of a longer one. A piece
        that reaches `QRS_REACH` seconds beyond a part gives the same beats in that part as the whole.
    model : Artifact, optional
        Of kind ``qrs-detector``; the shipped one by default.

    Returns
    -------
    ndarray of int64, shape (n_beats,)
        Index of each R peak in `signal`, increasing.

    Raises
    ------
    ParameterError
        If the signal has another shape, or an argument is out of range.
    ArtifactError
        If the model is damaged.

    Examples
    --------
    >>> import numpy as np
    >>> seconds = np.arange(0, 10, 1 / 250)
    >>> spikes = np.exp(-(((seconds % 1) - 0.5) ** 2) / (2 * 0.012**2))
    >>> detect_qrs(spikes, 250)[:4].tolist()
    [125, 375, 625, 875]
    """
    peaks = locate_r_peaks(signal, fs, threshold=threshold, start=start, model=model)
    return np.floor(peaks + 0.5).astype(np.int64)  # halves go up, wherever the piece begins


def locate_r_peaks(
    signal: npt.ArrayLike,
    fs: float,
    *,
    threshold: float | None = None,
    start: int = 0,
    model: Artifact | None = None,
) -> npt.NDArray[np.float64]:
    """Find the R peaks of a recording between its samples.

    Parameters
    ----------
    signal, fs, threshold, start, model
        As for `detect_qrs`.

    Returns
    -------
    ndarray of float64, shape (n_beats,)
        Where the top of each R wave lies, in samples from the first of `signal`, increasing: the top of a
        parabola through the samples within 8 ms of the largest, with several leads of the sum of them as each
        shows the beat.

    Raises
    ------
    ParameterError
        If the signal is no such array, or an argument is out of its range.
    ArtifactError
        If the model is damaged.

    Examples
    --------
    >>> import numpy as np
    >>> seconds = np.arange(0, 10, 1 / 250)
    >>> spikes = np.exp(-(((seconds % 1) - 0.5013) ** 2) / (2 * 0.012**2))
    >>> (locate_r_peaks(spikes, 250) / 250)[:3].round(3).tolist()
    [0.501, 1.501, 2.501]
    """
    model = model or default_model()
    threshold = float(model.manifest.parameters["threshold"]) if threshold is None else threshold
    leads = _checked(signal, fs, threshold, start)
    grid = Grid.of(fs)
    skip = -start % grid.stride
    found = [
        first * grid.down / grid.up + _detect_piece(piece, grid, model, threshold)
        for first, piece in _pieces(leads[:, skip:], grid, start + skip)
    ]
    peaks = np.concatenate([np.empty(0), *found]) + skip
    edge = _EDGE * fs
    return np.asarray(peaks[(peaks >= edge) & (peaks < leads.shape[1] - edge)])


@cache
def default_model() -> Artifact:
    """Return the detector that is shipped with ectopy."""
    return load(Path(str(files("ectopy"))) / "pretrained" / "qrs")


def load(folder: Path | str) -> Artifact:
    """Read a QRS detector; torch is not needed.

    Raises
    ------
    ArtifactError
        If the artifact is damaged, of another version of the format, or no QRS detector.
    """
    loaded = artifact.load(Path(folder), KIND)
    threshold = loaded.manifest.parameters.get("threshold")
    if not isinstance(threshold, int | float) or not 0 < threshold < 1:
        raise ArtifactError(f"model {folder}: threshold {threshold!r} is no probability; install it again")
    return loaded


def block_span(fs: float) -> tuple[int, int]:
    """Return the size of the blocks that are worked on at a time, and their reach, in samples."""
    grid = Grid.of(fs)
    periods, margin = max(1, _PIECE // grid.period), -(-_MARGIN // grid.period)
    return periods * grid.stride, margin * grid.stride


def detect_block(
    part: npt.NDArray[np.float32], fs: float, before: int, after: int, model: Artifact
) -> npt.NDArray[np.float64]:
    """Find the R peaks of one block of the grid of `block_span`.

    Parameters
    ----------
    part : ndarray of float32, shape (n_samples, n_leads)
        The block with samples of its neighbours, in mV, NaN where missing, cleaned (`ectopy.signal.clean`).
    fs : float
        Sampling frequency in Hz.
    before, after : int
        Samples of the neighbours at the two ends: the reach, or as many as there are.
    model : Artifact
        Of kind ``qrs-detector``.

    Returns
    -------
    ndarray of float64, shape (n_beats,)
        In samples from the start of the block.
    """
    grid = Grid.of(fs)
    reach = block_span(fs)[1]
    n_periods = -(-(len(part) - before - after) // grid.stride)
    length, piece = n_periods * grid.stride + 2 * reach, part.T
    if len(part) < length:
        piece = np.full((part.shape[1], length), np.nan, np.float32)
        piece[:, reach - before : reach - before + len(part)] = part.T
    found = _detect_piece(piece, grid, model, float(model.manifest.parameters["threshold"]))
    return found - reach


def beat_probability(leads: npt.NDArray[np.float32], model: Artifact) -> npt.NDArray[np.float32]:
    """Return the probability of a beat in every frame.

    Parameters
    ----------
    leads : ndarray of float32, shape (n_leads, n_times)
        From `ectopy.signal.qrs_input.condition`.
    model : Artifact
        Of kind ``qrs-detector``.

    Returns
    -------
    ndarray of float32, shape (n_times // 2,)
    """
    log_odds = model.run(leads[None])[0]
    with np.errstate(over="ignore"):  # of an infinite number the probability is zero
        return 1 / (1 + np.exp(-log_odds[0]))


def _checked(signal: npt.ArrayLike, fs: float, threshold: float, start: int) -> npt.NDArray[np.float32]:
    samples = np.asarray(signal, dtype=np.float32)
    if samples.ndim == 1:
        samples = samples[:, None]
    if samples.ndim != 2 or samples.shape[1] == 0:
        raise ParameterError(
            f"signal has shape {np.shape(signal)}; give (n_samples,) or (n_samples, n_leads)"
        )
    if not LOWEST_FS <= fs <= HIGHEST_FS:
        raise ParameterError(f"fs={fs!r} Hz is out of range; give {LOWEST_FS:g} to {HIGHEST_FS:g} Hz")
    if not 0 < threshold < 1:
        raise ParameterError(
            f"threshold={threshold!r} is not possible; give a probability above 0 and below 1"
        )
    if start < 0:
        raise ParameterError(f"start={start!r} is before the recording; give 0 or more")
    return samples.T


def _pieces(
    leads: npt.NDArray[np.float32], grid: Grid, start: int
) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
    """Cut leads into clean pieces with a margin on each side; yield each with the grid index of its start."""
    n_leads, n_samples = leads.shape
    margin = -(-_MARGIN // grid.period)
    longest = max(1, _PIECE // grid.period)
    n_periods = -(-n_samples // grid.stride)
    for first in range(0, n_periods, longest):
        last = min(first + longest, n_periods)
        begin, end = (first - margin) * grid.stride, (last + margin) * grid.stride
        piece = np.full((n_leads, end - begin), np.nan, dtype=np.float32)
        inside = clean(leads[:, max(begin, 0) : end].T, grid.fs, start=start + max(begin, 0))
        offset = max(begin, 0) - begin
        piece[:, offset : offset + len(inside)] = inside.T
        yield (first - margin) * grid.period, piece


def _detect_piece(
    piece: npt.NDArray[np.float32], grid: Grid, model: Artifact, threshold: float
) -> npt.NDArray[np.float64]:
    """Return the R peaks of a piece outside its margins, in samples of the recording."""
    raw, amplitudes = signal_and_amplitudes(piece, grid)
    skipped = -(-_MARGIN // grid.period) * grid.period - _CONTEXT
    raw = raw[:, skipped:-skipped]
    conditioned = scaled(raw, amplitudes[:, skipped // BLOCK : -skipped // BLOCK])
    probability = beat_probability(conditioned, model)
    frames = _peaks(probability, threshold)
    peaks = beats_among(_centres(probability, frames), raw, probability[frames], grid.rate)
    inside = peaks[(peaks >= _CONTEXT) & (peaks < conditioned.shape[1] - _CONTEXT)]
    largest = _largest(conditioned, inside)
    shares = conditioned[:, np.rint(largest).astype(np.int64)]
    return _tops(piece, (largest + skipped) * grid.down / grid.up, shares, grid.fs)


def _peaks(probability: npt.NDArray[np.float32], threshold: float) -> npt.NDArray[np.int64]:
    """Return the frames that are likely enough, and the likeliest within the refractory time."""
    highest = maximum_filter1d(probability, 2 * _REFRACTORY + 1, mode="constant")
    peaks = np.flatnonzero((probability == highest) & (probability > threshold))
    return peaks[np.diff(peaks, prepend=-len(probability)) > _REFRACTORY]  # of equals the first


def _centres(probability: npt.NDArray[np.float32], frames: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the middle of the frames around each that are about as likely, in grid samples."""
    offsets = np.arange(-_PLATEAU, _PLATEAU + 1)
    near = probability[np.clip(frames[:, None] + offsets, 0, len(probability) - 1)]
    as_high = near >= _AS_HIGH * near[:, _PLATEAU, None]
    shift = FRAME * (as_high @ offsets) / as_high.sum(axis=1)
    return FRAME * frames + np.rint(shift).astype(np.int64)


def _largest(conditioned: npt.NDArray[np.float32], peaks: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Move each peak to the largest deflection near it, between grid samples by a parabola."""
    height = np.abs(conditioned).sum(axis=0)
    near = peaks[:, None] + np.arange(-_FINE, _FINE + 1)
    best = near[np.arange(len(peaks)), height[near].argmax(axis=1)]
    before, at, after = height[best - 1], height[best], height[best + 1]
    bend = np.maximum(2 * at - before - after, np.float32(1e-6))
    return best + np.clip(0.5 * (after - before) / bend, -0.5, 0.5)


def _tops(
    piece: npt.NDArray[np.float32],
    places: npt.NDArray[np.float64],
    shares: npt.NDArray[np.float32],
    fs: float,
) -> npt.NDArray[np.float64]:
    """Return the top near each place: that of the leads' sum, each as large and the way up as it is there.

    Parameters
    ----------
    piece : ndarray of float32, shape (n_leads, n_samples)
        In mV.
    places : ndarray of float64, shape (n_beats,)
        In samples.
    shares : ndarray of float32, shape (n_leads, n_beats)
        What each lead shows at each place, in sizes of its beats.
    fs : float
        Rate in Hz.
    """
    bend, reach = max(1, round(_BEND * fs)), max(1, round(_TOP * fs))
    nearest = np.rint(places).astype(np.int64)
    offsets = np.arange(-reach - bend, reach + bend + 1)
    index = np.clip(nearest[:, None] + offsets, 0, piece.shape[1] - 1)
    height = np.zeros(index.shape)
    weights = shares.astype(np.float64).round(2)  # the same whatever piece of the recording this is
    for lead, share in zip(piece, weights, strict=True):
        near = lead[index]
        height += np.where(np.isfinite(near), near, 0) * share[:, None]
    best = height[:, bend:-bend].argmax(axis=1)
    return nearest + offsets[bend + best] + _summits(height, bend + best, bend)


def _summits(
    height: npt.NDArray[np.float64], best: npt.NDArray[np.int64], reach: int
) -> npt.NDArray[np.float64]:
    """Return how far from `best` the parabola through the samples around it has its top, row by row."""
    offsets = np.arange(-reach, reach + 1)
    around = height[np.arange(len(best))[:, None], best[:, None] + offsets]
    square = offsets**2 - (offsets**2).mean()
    slope = around @ offsets / (offsets**2).sum()
    bend = around @ square / (square**2).sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        summit = np.where(bend < 0, -slope / (2 * bend), 0.0)
    return np.asarray(np.clip(summit, -reach / 2, reach / 2))
