"""What no heart can have drawn is taken out: single-sample spikes, and values no electrode delivers.

A pacemaker's pulse lasts half a millisecond and is drawn as a sample or two of many millivolts; a lost
packet, a marker or a converter at its stop leaves a value that stands for nothing. A QRS complex, seen
through the anti-aliasing filter of any recorder, cannot rise and fall within one sample without its
neighbours moving too.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.signal.filters import as_samples, is_complete, runs
from ectopy.signal.kernels import check_fs

SPIKE_SECONDS: Final = 0.0025
"""Longest spike that is taken out, but one sample at least: pacing pulses last 0.1 to 2 ms (IEC
60601-2-27)."""

GAP_SECONDS: Final = 0.01
"""Longest gap that is bridged, but one sample at least: a quarter of the QRS complex of an infant."""

SPIKE_FLOOR: Final = 0.2
"""Height in mV below which a spike does no harm: the size of a small R wave."""

SPIKE_RATIO: Final = 4.0
"""How many times higher than the signal changes around it; narrow R waves of infants reach 2 at 120 Hz."""

LOWEST_SPIKE_FS: Final = 120.0
"""Hz below which a sample lasts as long as an R wave, and nothing is taken for a spike."""

IMPLAUSIBLE: Final = 20.0
"""Distance in mV from the signal's level beyond which a value is missing; the largest QRS complexes span
10."""

ABSURD: Final = 1e9
"""Number of mV beyond which a value is missing whatever lies around it: no recorder has units so small, and
sums of squares of larger ones are no numbers any more."""

LEVEL_SECONDS: Final = 0.5
"""Length of the blocks whose medians the level is taken from; five of them outlast any QRS complex."""

_LEVEL_BLOCKS: Final = 2
_LEVEL_SAMPLES: Final = 32
_SLAB_BLOCKS: Final = 256


def clean_reach(fs: float) -> int:
    """Return how many samples to either side `clean` looks."""
    return (_LEVEL_BLOCKS + 1) * clean_block_length(fs) + 2 * (_longest_spike(fs) + _longest_gap(fs) + 2)


def clean(signal: npt.ArrayLike, fs: float, *, start: int = 0) -> npt.NDArray[np.float32]:
    """Take out what no heart can have drawn.

    Values further than 20 mV from the level around them (the median of the medians of five half seconds),
    and those beyond a million volts, infinite ones included, become missing. Spikes of one sample, or of
    2.5 ms, that stand out by more than 0.2 mV and by more than four times what the signal changes by on
    either side are bridged by a straight line, and so are values that are missing for 10 ms and less.

    Parameters
    ----------
    signal : array_like, shape (n_samples, n_leads) or (n_samples,)
        In mV; NaN where missing.
    fs : float
        Sampling frequency in Hz.
    start : int
        Index of the first sample in its recording, where `signal` is a piece of a longer one. What lies
        `clean_reach` samples from the ends of a piece is what the whole gives.

    Returns
    -------
    ndarray of float32
        Of the shape of `signal`; the array itself where nothing is to be taken out.

    Raises
    ------
    ParameterError
        If `signal` is no such array or `fs` is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> paced = np.zeros(500, dtype=np.float32)
    >>> paced[100] = 8
    >>> float(clean(paced, fs=250).max())
    0.0
    """
    samples = as_samples(signal)
    check_fs(fs)
    leads = samples.reshape(len(samples), -1)
    changed: npt.NDArray[np.float32] | None = None
    reach, slab = clean_reach(fs), _SLAB_BLOCKS * clean_block_length(fs)
    for first in range(-(start % slab), len(leads), slab):
        begin, stop = max(0, first), min(len(leads), first + slab)
        left = max(0, begin - reach)
        piece = leads[left : stop + reach]
        cleaned = clean_piece(piece, fs, start + left)
        if cleaned is not piece:
            changed = leads.copy() if changed is None else changed
            changed[begin:stop] = cleaned[begin - left : stop - left]
    return samples if changed is None else changed.reshape(samples.shape)


def clean_piece(leads: npt.NDArray[np.float32], fs: float, start: int) -> npt.NDArray[np.float32]:
    """Do what `clean` does in one go, for which a piece has to be short.

    Parameters
    ----------
    leads : ndarray of float32, shape (n_samples, n_leads)
        In mV; NaN where missing.
    fs, start
        As for `clean`.

    Returns
    -------
    ndarray of float32, shape (n_samples, n_leads)
        The array itself where nothing is to be taken out.
    """
    changed: npt.NDArray[np.float32] | None = None
    for column in range(leads.shape[1]):
        before = np.ascontiguousarray(leads[:, column])
        after = _bridged(_plausible(before, fs, start), fs)
        if after is not before:
            changed = leads.copy(order="K") if changed is None else changed
            changed[:, column] = after
    return leads if changed is None else changed


def clean_block_length(fs: float) -> int:
    """Return the length in samples of the blocks whose level `clean` takes, about half a second."""
    check_fs(fs)
    return max(1, round(LEVEL_SECONDS * fs))


def _plausible(x: npt.NDArray[np.float32], fs: float, start: int) -> npt.NDArray[np.float32]:
    highest, lowest = x.max(initial=0), x.min(initial=0)
    if highest <= IMPLAUSIBLE / 2 and lowest >= -IMPLAUSIBLE / 2:
        return x  # no two of these values are further apart
    usable = np.where(np.abs(x) <= ABSURD, x, np.float32(np.nan))
    before = start % clean_block_length(fs)
    level = np.repeat(_level(np.pad(usable, (before, 0), constant_values=np.nan), fs), clean_block_length(fs))
    with np.errstate(invalid="ignore", over="ignore"):
        far = np.abs(usable - level[before : before + len(x)]) > IMPLAUSIBLE
    wrong = far | (np.abs(x) > ABSURD)
    return np.where(wrong, np.float32(np.nan), x) if wrong.any() else x


def _level(x: npt.NDArray[np.float32], fs: float) -> npt.NDArray[np.float32]:
    """Return the median of some samples of every block, and of the blocks around; NaN counts as absent."""
    block = clean_block_length(fs)
    padded = np.pad(x, (0, -len(x) % block), constant_values=np.nan).reshape(-1, block)
    chosen = np.unique(np.linspace(0, block - 1, _LEVEL_SAMPLES).round().astype(int))
    medians = _median(padded[:, chosen])
    around = np.pad(medians, _LEVEL_BLOCKS, constant_values=np.nan)
    return _median(np.lib.stride_tricks.sliding_window_view(around, 2 * _LEVEL_BLOCKS + 1))


def _median(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return the lower median of each row's numbers; NaN where a row has none."""
    ordered = np.sort(rows, axis=1)
    count = np.isfinite(ordered).sum(axis=1)
    return np.asarray(ordered[np.arange(len(ordered)), np.maximum(count - 1, 0) // 2])


def _longest_spike(fs: float) -> int:
    return max(1, int(SPIKE_SECONDS * fs))


def _longest_gap(fs: float) -> int:
    return max(1, int(GAP_SECONDS * fs))


def _bridged(x: npt.NDArray[np.float32], fs: float) -> npt.NDArray[np.float32]:
    if fs < LOWEST_SPIKE_FS:
        return x
    x = _straightened(x, *_gaps(x, _longest_gap(fs)))
    for length in range(1, _longest_spike(fs) + 1):
        starts = _spikes(x, length)
        x = _straightened(x, starts, starts + length)
    return x


def _straightened(
    x: npt.NDArray[np.float32], starts: npt.NDArray[np.intp], stops: npt.NDArray[np.intp]
) -> npt.NDArray[np.float32]:
    """Draw a straight line through stretches between the samples beside them."""
    if not len(starts):
        return x
    lengths = stops - starts
    inside = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    share = (inside + 1).astype(np.float32) / np.repeat(lengths + 1, lengths).astype(np.float32)
    before, after = (np.repeat(x[places], lengths) for places in (starts - 1, stops))
    x = x.copy()
    x[np.repeat(starts, lengths) + inside] = before + (after - before) * share
    return x


def _gaps(x: npt.NDArray[np.float32], longest: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return start and stop of every gap of at most `longest` missing samples between others."""
    if is_complete(x):
        return np.zeros(0, dtype=np.intp), np.zeros(0, dtype=np.intp)
    starts, stops = runs(np.isnan(x))
    inside = (stops - starts <= longest) & (starts >= 1) & (stops < len(x))
    return starts[inside], stops[inside]


def _spikes(x: npt.NDArray[np.float32], length: int) -> npt.NDArray[np.intp]:
    """Return the first sample of every spike of `length` samples."""
    with np.errstate(invalid="ignore"):
        change = x[1:] - x[:-1]
        steep = np.abs(change) > SPIKE_FLOOR
    before = np.flatnonzero(steep[1 : -length - 1] & steep[length + 1 : -1]) + 1
    first = before[(change[before] > 0) != (change[before + length] > 0)] + 1
    if not len(first):
        return first
    inside = x[first[:, None] + np.arange(length)]
    before, after = x[first - 1], x[first + length]
    height = np.minimum(np.abs(inside - before[:, None]), np.abs(inside - after[:, None])).min(axis=1)
    around = np.maximum.reduce(
        [np.abs(before - x[first - 2]), np.abs(x[first + length + 1] - after), np.abs(after - before)]
    )
    return first[height > SPIKE_FLOOR + SPIKE_RATIO * around]
