"""All figures of heart rate variability of a stretch of beats."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.errors import ParameterError
from ectopy.rhythm.hrv.frequency_domain import band_powers
from ectopy.rhythm.hrv.nonlinear import dfa_alpha1, sample_entropy
from ectopy.rhythm.hrv.responses import deceleration_capacity, turbulence
from ectopy.rhythm.hrv.time_domain import time_domain
from ectopy.rhythm.hrv.windows import Floats, full_windows

HOUR: Final = 3600.0


@dataclass(frozen=True)
class Variability:
    """Heart rate variability of a stretch; None where it cannot be told.

    Parameters
    ----------
    n_nn : int
        NN intervals.
    nn_share : float
        Share of the stretch that they fill, between 0 and 1.
    mean_nn, sdnn, sdann, sdnn_index, rmssd, sd1, sd2 : float or None
        ms. SDANN and SDNN index are over windows of five minutes.
    pnn50 : float or None
        Share of successive differences above 50 ms, between 0 and 1.
    triangular_index : float or None
        Intervals over the height of their histogram.
    n_windows : int
        Windows of five minutes that NN intervals fill to four fifths: what the spectrum and the nonlinear
        figures are the means of.
    vlf, lf, hf : float or None
        Power in ms².
    lf_hf : float or None
        Their ratio.
    dfa_alpha1, sample_entropy : float or None
        Scaling exponent of 4 to 16 beats; regularity of pairs, in nats.
    deceleration_capacity : float or None
        ms.
    turbulence_onset, turbulence_slope : float or None
        Percent, and ms per interval.
    """

    n_nn: int
    nn_share: float
    mean_nn: float | None
    sdnn: float | None
    sdann: float | None
    sdnn_index: float | None
    rmssd: float | None
    pnn50: float | None
    triangular_index: float | None
    sd1: float | None
    sd2: float | None
    n_windows: int
    vlf: float | None
    lf: float | None
    hf: float | None
    lf_hf: float | None
    dfa_alpha1: float | None
    sample_entropy: float | None
    deceleration_capacity: float | None
    turbulence_onset: float | None
    turbulence_slope: float | None


def heart_rate_variability(
    times: npt.ArrayLike,
    nn: npt.ArrayLike,
    duration: float,
    *,
    rr: npt.ArrayLike | None = None,
    classes: npt.ArrayLike | None = None,
) -> Variability:
    """Return the heart rate variability of a stretch of beats.

    Parameters
    ----------
    times : array_like of float, shape (n_beats,)
        Seconds from the beginning of the stretch, one a beat, rising.
    nn : array_like of float, shape (n_beats,)
        Seconds since the beat before where both are normal, judged and outside atrial fibrillation; NaN
        elsewhere.
    duration : float
        Seconds of the stretch.
    rr, classes : array_like, shape (n_beats,), optional
        All RR intervals in seconds, and the AAMI class of each beat: what turbulence is measured on.

    Returns
    -------
    Variability

    Raises
    ------
    ParameterError
        If the arrays differ in length, times do not rise, an interval is not above 0, or ``duration`` is
        not.

    Examples
    --------
    >>> times = np.arange(1, 601) * 0.8
    >>> nn = np.where(np.arange(600) % 2, 0.79, 0.81)
    >>> figures = heart_rate_variability(times, nn, duration=480)
    >>> round(figures.sdnn, 2), round(figures.rmssd, 2), figures.pnn50
    (10.01, 20.0, 0.0)
    """
    at, intervals = _checked(times, nn, duration)
    known = np.isfinite(intervals)
    ms, when = intervals[known], at[known]
    full = full_windows(when, ms)
    powers = band_powers(full)
    answer = None
    if rr is not None and classes is not None:
        answer = turbulence(1000 * np.asarray(rr, np.float64), np.asarray(classes, np.str_))
    return Variability(
        **asdict(time_domain(at, intervals)),
        nn_share=min(1.0, float(ms.sum() / 1000 / duration)),
        n_windows=len(full),
        vlf=powers.vlf if powers else None,
        lf=powers.lf if powers else None,
        hf=powers.hf if powers else None,
        lf_hf=powers.lf / powers.hf if powers and powers.hf > 0 else None,
        dfa_alpha1=_mean([dfa_alpha1(inside) for _, inside in full]),
        sample_entropy=_mean([sample_entropy(inside) for _, inside in full]),
        deceleration_capacity=deceleration_capacity(intervals),
        turbulence_onset=answer.onset if answer else None,
        turbulence_slope=answer.slope if answer else None,
    )


def hourly_variability(times: npt.ArrayLike, nn: npt.ArrayLike, duration: float) -> tuple[Variability, ...]:
    """Return the heart rate variability of each hour of a recording, the last one as long as it is.

    Parameters
    ----------
    times, nn, duration
        As for `heart_rate_variability`.
    """
    at, intervals = _checked(times, nn, duration)
    hours = np.arange(0, duration, HOUR)
    cuts = np.searchsorted(at, np.append(hours, np.inf))
    return tuple(
        heart_rate_variability(at[a:b] - start, intervals[a:b] / 1000, min(HOUR, duration - start))
        for start, a, b in zip(hours, cuts[:-1], cuts[1:], strict=True)
    )


def _checked(times: npt.ArrayLike, nn: npt.ArrayLike, duration: float) -> tuple[Floats, Floats]:
    """Return times in seconds and intervals in milliseconds, both known to make sense."""
    at, intervals = np.asarray(times, np.float64), np.asarray(nn, np.float64)
    if at.ndim != 1 or at.shape != intervals.shape:
        raise ParameterError(f"times has shape {at.shape} and nn {intervals.shape}; give one of each a beat")
    if not np.isfinite(at).all() or (np.diff(at) <= 0).any():
        raise ParameterError("times do not rise; give the seconds of the beats in order, each once")
    if (intervals <= 0).any() or np.isinf(intervals).any():
        raise ParameterError("nn holds an interval that is not above 0 s; give NaN where there is none")
    if not duration > 0:
        raise ParameterError(f"duration={duration!r} is not above 0; give the seconds of the stretch")
    return at, 1000 * intervals


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
