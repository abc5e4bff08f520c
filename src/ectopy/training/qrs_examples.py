"""Training examples of the QRS network: segments of conditioned leads, and where the beats in them are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np
import numpy.typing as npt

from ectopy.labels import is_beat
from ectopy.record import Record
from ectopy.signal.cleaning import clean
from ectopy.signal.qrs_input import FRAME, Grid, condition

SEGMENT: Final = 2048
"""Grid samples of an example: 20 s, some twenty beats."""

_SPREAD: Final = 0.03
"""Standard deviation in seconds of the target around a beat: annotators differ by about as much."""

_UNCERTAIN: Final = 0.2
"""Seconds around ventricular flutter in which marks are not relied on."""

USUAL_NOISE: Final = (-24.0, 6.0)
LOUD_NOISE: Final = (-3.0, 14.0)
"""Level of added noise in dB above the signal, both as standard deviations; QRS complexes that are as large
as the noise have some 5 dB."""

_BURST: Final = 10.0
"""Seconds over which the added noise is of one kind and level."""


@dataclass(frozen=True, eq=False)
class QrsExamples:
    """Segments of recordings, one per row.

    Parameters
    ----------
    leads : ndarray of float32, shape (n, n_leads, 2048)
        Conditioned leads.
    targets : ndarray of float32, shape (n, 1024)
        One at a beat, falling to zero within 0.1 s.
    weights : ndarray of float32, shape (n, 1024)
        Zero where beats cannot be marked (ventricular flutter), one elsewhere.
    """

    leads: npt.NDArray[np.float32]
    targets: npt.NDArray[np.float32]
    weights: npt.NDArray[np.float32]

    @property
    def arrays(self) -> tuple[npt.NDArray[np.float32], ...]:
        """The three arrays in order, as the training loop takes them."""
        return self.leads, self.targets, self.weights

    @classmethod
    def concatenate(cls, parts: Sequence[Self]) -> Self:
        """Join examples with the same number of leads."""
        columns = zip(*(part.arrays for part in parts), strict=True)
        return cls(*(np.concatenate(column) for column in columns))

    def halves(self, rows: npt.NDArray[np.integer], rng: np.random.Generator) -> Self:
        """Return half of each of these rows, from anywhere in it."""
        half = self.leads.shape[2] // 2
        starts = 8 * rng.integers(0, half // 8 + 1, size=len(rows))  # the network's strides divide eight
        times = starts[:, None] + np.arange(half)
        frames = starts[:, None] // FRAME + np.arange(half // FRAME)
        each = rows[:, None]
        leads = self.leads[each[:, :, None], np.arange(self.leads.shape[1])[:, None], times[:, None]]
        return replace(
            self, leads=leads, targets=self.targets[each, frames], weights=self.weights[each, frames]
        )


def qrs_examples(
    record: Record,
    *,
    factor: float = 1.0,
    noise: npt.NDArray[np.float32] | None = None,
    unknown: npt.NDArray[np.float64] | None = None,
) -> QrsExamples:
    """Cut a recording with reference beats into examples.

    Parameters
    ----------
    record : Record
        With annotations.
    factor : float
        Speed relative to the recording.
    noise : ndarray of float32, shape (n_samples, n_leads), optional
        Added to the signal, in mV.
    unknown : ndarray of float64, shape (n, 2), optional
        Start and stop in seconds of stretches in which nobody can say whether there is a beat.

    Returns
    -------
    QrsExamples
    """
    grid = Grid.of(record.fs * factor)
    signal = record.signal if noise is None else record.signal + noise
    n_samples = len(signal) // grid.stride * grid.stride
    leads = condition(np.ascontiguousarray(clean(signal[:n_samples], record.fs).T), grid)
    targets, weights = _targets(record, grid, leads.shape[1])
    if unknown is not None:
        weights *= 1 - _inside(unknown, _frame_seconds(grid, len(weights)) * factor)
    n = leads.shape[1] // SEGMENT
    rows = leads[:, : n * SEGMENT].reshape(len(leads), n, SEGMENT).swapaxes(0, 1)
    frames = SEGMENT // FRAME
    cut = [each[: n * frames].reshape(n, frames) for each in (targets, weights)]
    return QrsExamples(np.ascontiguousarray(rows), *cut)


def noise_bursts(
    record: Record,
    noises: Sequence[npt.NDArray[np.float32]],
    rng: np.random.Generator,
    *,
    level: tuple[float, float] = USUAL_NOISE,
) -> npt.NDArray[np.float32]:
    """Return noise that comes and goes.

    Parameters
    ----------
    record : Record
        The recording that it will be added to.
    noises : sequence of ndarray of float32, each of shape (n_samples, n_leads)
        Recorded noise at the same rate, with at least as many leads as are needed or cycled.
    rng : Generator
        Chooses the noise, the place in it and its level, for every ten seconds.
    level : tuple of float
        Lowest and highest level in dB above the signal.

    Returns
    -------
    ndarray of float32, shape (n_samples, n_leads)
        In mV.
    """
    n_samples, n_leads = record.signal.shape
    burst = round(_BURST * record.fs)
    size = np.nanstd(record.signal, axis=0)
    out = np.zeros_like(record.signal)
    for first in range(0, n_samples, burst):
        noise = noises[int(rng.integers(len(noises)))]
        offset = int(rng.integers(len(noise) - burst))
        piece = noise[offset : offset + min(burst, n_samples - first)]
        piece = piece[:, rng.permutation(n_leads) % piece.shape[1]]
        gain = 10 ** (rng.uniform(*level) / 20) * size / np.maximum(piece.std(axis=0), 1e-6)
        out[first : first + burst] = (piece - piece.mean(axis=0)) * gain
    return out


def _targets(
    record: Record, grid: Grid, n_times: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    if record.annotations is None:
        return np.zeros(n_times // FRAME, np.float32), np.ones(n_times // FRAME, np.float32)
    marks = record.annotations
    seconds = _frame_seconds(grid, n_times // FRAME)
    scale = grid.up / grid.down / grid.rate
    beats = marks.samples[is_beat(marks.symbols)] * scale
    edges = np.concatenate([[-np.inf], beats, [np.inf]])
    after = np.searchsorted(beats, seconds)
    nearest = np.minimum(seconds - edges[after], edges[after + 1] - seconds)
    targets = np.exp(-0.5 * (nearest / _SPREAD) ** 2).astype(np.float32)
    return targets, 1 - _in_flutter(marks.samples * scale, marks.symbols, seconds)


def _frame_seconds(grid: Grid, n_frames: int) -> npt.NDArray[np.float64]:
    return np.asarray((np.arange(n_frames) * FRAME + 0.5 * (FRAME - 1)) / grid.rate)


def _in_flutter(
    times: npt.NDArray[np.floating], symbols: npt.NDArray[np.str_], seconds: npt.NDArray[np.floating]
) -> npt.NDArray[np.float32]:
    """Return one between the marks ``[`` and ``]``, and shortly around them."""
    starts, stops = times[symbols == "["], times[symbols == "]"]
    stops = np.append(stops, np.inf)[: len(starts)]
    return _inside(np.stack([starts - _UNCERTAIN, stops + _UNCERTAIN], axis=1), seconds)


def _inside(spans: npt.NDArray[np.floating], seconds: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Return one within the spans, zero elsewhere."""
    inside = np.zeros(len(seconds), dtype=np.float32)
    for start, stop in spans:
        inside[np.searchsorted(seconds, start) : np.searchsorted(seconds, stop)] = 1
    return inside


def idle_examples(
    noises: Sequence[npt.NDArray[np.float32]], fs: float, rng: np.random.Generator
) -> QrsExamples:
    """Return examples without beats: an idle amplifier, and electrodes that record only noise.

    Parameters
    ----------
    noises : sequence of ndarray of float32, each of shape (n_samples, n_leads)
        Recorded noise in mV.
    fs : float
        Its rate in Hz.
    rng : Generator
        Chooses the level of each part.

    Returns
    -------
    QrsExamples
        As many leads as the noise has.
    """
    burst = round(_BURST * fs)
    signals = list(noises)
    for noise in noises:
        loudness = 10 ** rng.uniform(-3.5, -1, (-(-len(noise) // burst), noise.shape[1]))
        hiss = rng.normal(0, 1, noise.shape) * np.repeat(loudness, burst, axis=0)[: len(noise)]
        signals.append(hiss.astype(np.float32))
    names = [tuple(str(lead) for lead in range(signal.shape[1])) for signal in signals]
    return QrsExamples.concatenate(
        [qrs_examples(Record(signal, fs, leads)) for signal, leads in zip(signals, names, strict=True)]
    )
