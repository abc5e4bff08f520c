"""Fusion beats made of a normal and a ventricular beat of the same person.

Both activate part of the ventricles at the same time, so the QRS and T wave of a fusion beat lie between
those of the two; the P wave is there, and the beat comes when it was due. Recorded ones are rare: nearly all
of MIT-BIH DS1 are from one person.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

FUSION_SHARE: Final = (0.002, 0.04)
"""Range of the share of normal beats that become fusion beats."""

FUSION_RANGE: Final = (0.2, 0.75)
"""Range of the share that the ventricular beat has in a fusion beat."""

FUSION_SHAPES: Final = 20
"""Ventricular beats of a part, at the most, that fuse with normal ones: a focus has few shapes."""

FUSION_JITTER: Final = 0.012
"""Standard deviation in seconds of when a ventricular wave meets the normal one."""

FUSED: Final = (0.12, 0.42)
FUSION_FADE: Final = 0.06
"""Seconds before and after the R peak that are mixed in a fusion beat, and over which mixing fades in."""

MIN_VENTRICULAR: Final = 5
"""Fewer ventricular beats of a part make no fusion beats."""


def with_fusion_beats(
    signal: npt.NDArray[np.float32],
    peaks: npt.NDArray[np.int64],
    classes: npt.NDArray[np.str_],
    fs: float,
    rng: np.random.Generator,
    share_range: tuple[float, float] = FUSION_SHARE,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.str_]]:
    """Turn some normal beats into fusion beats.

    Parameters
    ----------
    signal : ndarray of float32, shape (n_samples, n_leads)
        Band-passed signal.
    peaks : ndarray of int64, shape (n_beats,)
        R peaks in it.
    classes : ndarray of str, shape (n_beats,)
        AAMI class of each beat.
    fs : float
        Rate in Hz.
    rng : numpy.random.Generator
        Of all random numbers.
    share_range : tuple of float
        Range of the share of normal beats that become fusion beats.

    Returns
    -------
    tuple of ndarray
        Signal and classes, as they were where there are too few ventricular beats.
    """
    offsets = np.arange(-round(FUSED[0] * fs), round(FUSED[1] * fs))
    inside = (peaks >= len(offsets)) & (peaks < len(signal) - len(offsets))
    normal, ventricular = (np.flatnonzero(inside & (classes == name)) for name in "NV")
    n = int(len(normal) * rng.uniform(*share_range))
    if len(ventricular) < MIN_VENTRICULAR or not n:
        return signal, classes
    few = rng.choice(ventricular, min(len(ventricular), FUSION_SHAPES))
    fused, other = rng.choice(normal, n, replace=False), rng.choice(few, n)
    jitter = np.rint(rng.normal(0, FUSION_JITTER * fs, n)).astype(np.int64)
    target = peaks[fused, np.newaxis] + offsets
    source = np.clip((peaks[other] + jitter)[:, np.newaxis] + offsets, 0, len(signal) - 1)
    edge = np.minimum(offsets - offsets[0], offsets[-1] - offsets) / (FUSION_FADE * fs)
    share = rng.uniform(*FUSION_RANGE, n)[:, np.newaxis] * np.minimum(1, edge)
    share = share.astype(np.float32)[..., np.newaxis]
    mixed, named = signal.copy(), classes.copy()
    mixed[target] = (1 - share) * signal[target] + share * signal[source]
    named[fused] = "F"
    return mixed, named
