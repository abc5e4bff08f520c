"""What samples without a unit are likely to be: millivolts, volts, microvolts, or counts of a converter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ectopy.io.recording import Samples
from ectopy.io.signal_kind import qrs_heights

_MILLIVOLTS: Final = (0.01, 20.0)
"""Heights from 8 to 25 Hz that QRS complexes in mV have; those of 3,000 leads of public databases are 0.06 to
4.4."""

_MOST_MICROVOLTS: Final = 20_000.0
_LEAST_VOLTS: Final = 1e-5

_FEW_VALUES: Final = 8
_COMMON_MIDDLES: Final = tuple(2.0**bits for bits in range(7, 24))
"""Where converters have their zero; a tenth beside it is near."""


@dataclass(frozen=True)
class LikelyScale:
    """How many millivolts one unit of the samples is likely to be, and what to tell about it.

    ``factor`` is None where nobody can tell; ``remark`` is empty where samples look like the mV that they are
    taken for.
    """

    factor: float | None
    remark: str = ""


def likely_scale(excerpts: Sequence[Samples], fs: float) -> LikelyScale:
    """Tell from the height of its QRS complexes what the samples of an ECG lead are.

    Parameters
    ----------
    excerpts : sequence of ndarray of float, each of shape (n,)
        Samples, NaN where missing.
    fs : float
        Sampling frequency in Hz.

    Returns
    -------
    LikelyScale

    Examples
    --------
    >>> beat = np.exp(-(((np.arange(500) % 250) - 125) / 5.0) ** 2)
    >>> likely_scale([beat / 1000], 250).factor, likely_scale([beat * 1000 + 0.5], 250).factor
    (1000.0, 0.001)
    """
    present = np.concatenate([np.zeros(0, np.float32), *(part[np.isfinite(part)] for part in excerpts)])
    height = float(qrs_heights([part[:, np.newaxis] for part in excerpts], fs)[0])
    if not len(present) or not height > 0:
        return _by_spread(present)
    if _are_counts(present, height):
        return LikelyScale(None, _counts(present))
    if height < _LEAST_VOLTS or height > _MOST_MICROVOLTS:
        return LikelyScale(
            None, f"its samples have no unit, and QRS complexes of {height:.3g} fit none; name it (--unit)"
        )
    if height < _MILLIVOLTS[0]:
        return _guess("V", 1e3, height)
    return _guess("uV", 1e-3, height) if height > _MILLIVOLTS[1] else LikelyScale(1.0)


def _by_spread(present: Samples) -> LikelyScale:
    """Judge what is too short or too slow to show a height: whole numbers far apart are no millivolts."""
    spread = float(np.ptp(np.percentile(present, [1, 99]))) if len(present) else 0.0
    if spread <= _MOST_SPREAD:
        return LikelyScale(1.0)
    return LikelyScale(
        None, f"its samples have no unit and spread over {spread:.4g}, too far for mV; name it (--unit)"
    )


_MOST_SPREAD: Final = 50.0
"""Spread from 1st to 99th percentile beyond which samples are no mV."""


def _guess(unit: str, factor: float, height: float) -> LikelyScale:
    return LikelyScale(
        factor,
        f"its samples have no unit and were taken for {unit} by the height of its QRS complexes,"
        f" {height:.3g}",
    )


def _are_counts(present: Samples, height: float) -> bool:
    """Tell counts of a converter: whole numbers, not around zero, or too small to be microvolts."""
    if np.any(present != np.rint(present)) or len(np.unique(present)) <= _FEW_VALUES:
        return False
    middle = abs(float(np.median(present)))
    near = any(abs(middle - common) <= 0.1 * common for common in _COMMON_MIDDLES)
    return height <= _MILLIVOLTS[1] or float(present.min()) >= 0 or (near and middle > height)


def _counts(present: Samples) -> str:
    return (
        f"its samples are whole numbers around {float(np.median(present)):.0f} without a unit, likely the"
        " counts of a converter; give gain and baseline (--gain, --baseline), or the unit (--unit)"
    )
