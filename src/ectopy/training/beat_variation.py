"""Varied copies of beats: how a beat lies in its window is an accident of cutting."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.normalisation import normalise

Floats = npt.NDArray[np.float32]

SHIFT: Final = 2.0 / 140
WARP: Final = 0.02
GAIN: Final = 0.1
SLOPE: Final = 0.2
"""How far beats are moved (share of the window), stretched (share), scaled (share) and tilted (standard
deviation over half a window, in standard deviations of the beat); chosen in the training part of ECG5000."""

ENOUGH: Final = 2000
"""Beats that are enough to learn from without copies."""

MOST_COPIES: Final = 4


def copies_for(n_beats: int) -> int:
    """Return how many copies of each of so few beats make them enough.

    Examples
    --------
    >>> copies_for(200), copies_for(1500), copies_for(9000)
    (4, 1, 0)
    """
    return min(MOST_COPIES, ENOUGH // max(1, n_beats))


def varied(waveforms: Floats, copies: int, kind: str, rng: np.random.Generator) -> Floats:
    """Return beats and copies of them, each a little moved, stretched, scaled and tilted.

    Parameters
    ----------
    waveforms : ndarray of float32, shape (n_beats, n_leads, n_times)
        Normalised beats.
    copies : int
        Of each beat.
    kind : str
        How the beats were normalised; the copies are again, see `ectopy.beats.normalisation.normalise`.
    rng : numpy.random.Generator
        Draws the changes; the leads of a beat are changed alike.

    Returns
    -------
    ndarray of float32, shape ((1 + copies) · n_beats, n_leads, n_times)
        The beats as they are, then the copies.

    Examples
    --------
    >>> beats = np.sin(np.linspace(0, 6, 50, dtype=np.float32)) * np.ones((3, 1, 1), np.float32)
    >>> varied(beats, 2, "zscore", np.random.default_rng(0)).shape
    (9, 1, 50)
    """
    n_beats, _, n_times = waveforms.shape
    centred = np.arange(n_times) - n_times / 2
    spread = waveforms.std(axis=-1, keepdims=True)
    parts = [waveforms]
    for _ in range(copies):
        n = (n_beats, 1)
        shift = rng.uniform(-SHIFT, SHIFT, n) * n_times
        places = centred * (1 + rng.uniform(-WARP, WARP, n)) + shift
        moved = _at(waveforms, places + n_times / 2)
        gain = 1 + rng.normal(0, GAIN, n)
        tilt = rng.normal(0, SLOPE, n) * np.linspace(-1, 1, n_times)
        changed = moved * gain[:, np.newaxis] + tilt[:, np.newaxis] * spread
        parts.append(normalise(changed.astype(np.float32), kind).waveforms)
    return np.concatenate(parts)


def _at(waveforms: Floats, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return beats at places between their samples, (n_beats, n_times) places; the ends are held."""
    last = waveforms.shape[-1] - 1
    inside = places.clip(0, last)
    left = inside.astype(np.int64)[:, np.newaxis]
    right = np.minimum(left + 1, last)
    share = inside[:, np.newaxis] - left
    before = np.take_along_axis(waveforms, np.broadcast_to(left, waveforms.shape), axis=2)
    after = np.take_along_axis(waveforms, np.broadcast_to(right, waveforms.shape), axis=2)
    return before * (1 - share) + after * share
