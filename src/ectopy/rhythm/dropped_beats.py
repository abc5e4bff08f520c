"""Blocked beats: where the intervals tell that the atria went on while the ventricles left a beat out."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.beats.template import quick_median, quick_quantile

SHORT: Final = 0.25
"""Quantile of the last intervals that a beat with the usual P wave must be early against: in a block, where
every second to fifth interval is a pause, the others are short, and none is early."""

WHOLE: Final = 0.07
"""Share of a cycle by which a pause may differ from a whole number of cycles where a block drops beats: the
sinus sends on, and its cycle changes by a few percent. A sick sinus stands still for any time."""

DROPPED: Final = 3
"""Beats in a row that are dropped at the most."""

PAUSES: Final = 2
"""Pauses among so many intervals on each side that tell it: one may be a whole number by chance."""

SELDOM: Final = 3
"""Other intervals for each pause, at the least: where every third beat is dropped the P waves decide, as a
bigeminy has the same intervals."""

MOSTLY: Final = 0.75
"""Share of the pauses that are whole numbers."""

BLOCK: Final = 12
"""Intervals on each side of a beat among which these pauses are."""


def are_dropped(rr: npt.NDArray[np.floating], beat: int) -> bool:
    """Whether a block drops beats around a beat: its pauses are whole numbers of the other intervals.

    Parameters
    ----------
    rr : ndarray of float, shape (n_beats,)
        Seconds since the beat before; NaN where unknown.
    beat : int
        Which beat is asked for.

    Examples
    --------
    >>> rr = np.tile([0.8, 0.8, 0.8, 0.8, 0.8, 1.6], 5)
    >>> are_dropped(rr, 15), are_dropped(np.where(rr > 1, 1.25, rr), 15)
    (True, False)
    """
    around = rr[max(0, beat - BLOCK) : beat + BLOCK + 1]
    around = around[np.isfinite(around)]
    if len(around) <= PAUSES:
        return False
    cycles = np.rint(around / quick_quantile(around, SHORT))
    single = cycles <= 1
    cycle = quick_median(around[single], axis=0)
    whole = (np.abs(around - cycles * cycle) <= WHOLE * cycle) & (cycles <= DROPPED + 1)
    n_pauses = len(around) - single.sum()
    return bool(PAUSES <= n_pauses <= single.sum() / SELDOM and whole[~single].mean() >= MOSTLY)
