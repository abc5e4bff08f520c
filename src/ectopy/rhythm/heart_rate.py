"""Heart rates over several beats."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def heart_rates(rr: npt.NDArray[np.float32], n: int = 8) -> npt.NDArray[np.float64]:
    """Return heart rates over every ``n`` consecutive intervals, in beats per minute.

    Parameters
    ----------
    rr : ndarray of float32, shape (n_beats,)
        RR intervals in seconds; NaN where unknown, which leaves out the stretches that hold it.
    n : int
        Intervals averaged, so that a single early beat is not a heart rate.
    """
    if len(rr) < n:
        return np.zeros(0)
    means = np.lib.stride_tricks.sliding_window_view(rr.astype(np.float64), n).mean(axis=1)
    means = means[np.isfinite(means)]
    return np.divide(60, means, out=means)


def heart_rate(rr: npt.NDArray[np.float32]) -> float:
    """Return the mean heart rate in beats per minute; NaN where no interval is known.

    Parameters
    ----------
    rr : ndarray of float32, shape (n_beats,)
        RR intervals in seconds; NaN where unknown.
    """
    known = rr[np.isfinite(rr)].astype(np.float64)
    return float(60 / known.mean()) if len(known) else float("nan")
