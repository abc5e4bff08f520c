"""Runs of wide beats that came from the atria: bundle-branch block that comes and goes, and pre-excitation.

A ventricular run takes no notice of the P waves, and hides most of them. Where the usual P wave stands, at
the usual distance, before the beats of a run, each was conducted, however wide its QRS complex. Single wide
beats are none of this: a late ventricular beat, and a fusion beat, comes after the P wave too.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.signal.filters import runs

SHORTEST: Final = 3
"""Wide beats in a row whose P waves are looked at: a run by EC57."""

WITH_P: Final = 0.7
"""Share of the beats of a run that have the usual P wave. In DS1 no run of four ventricular beats or more has
it before more than a tenth of them; where a block was drawn with P waves, four in five have it and more."""

Flags = npt.NDArray[np.bool_]


def in_long_runs(wide: Flags) -> Flags:
    """Return which wide beats lie in a run of `SHORTEST` or more.

    Parameters
    ----------
    wide : ndarray of bool, shape (n_beats,)

    Returns
    -------
    ndarray of bool, shape (n_beats,)

    Examples
    --------
    >>> in_long_runs(np.array([1, 0, 1, 1, 1], bool)).tolist()
    [False, False, True, True, True]
    """
    long = np.zeros(len(wide), bool)
    for start, stop in zip(*runs(wide), strict=True):
        long[start:stop] = stop - start >= SHORTEST
    return long


def conducted_runs(wide: Flags, usual_p: Flags) -> Flags:
    """Return which wide beats lie in a run that came from the atria.

    Parameters
    ----------
    wide : ndarray of bool, shape (n_beats,)
        Which beats have another QRS complex than the normal ones.
    usual_p : ndarray of bool, shape (n_beats,)
        Which beats have the P wave of the normal ones (`ectopy.rhythm.usual_p_waves`).

    Returns
    -------
    ndarray of bool, shape (n_beats,)

    Examples
    --------
    >>> wide = np.array([1, 1, 1, 0, 1, 1, 1], bool)
    >>> conducted_runs(wide, np.array([0, 0, 0, 1, 1, 1, 1], bool)).tolist()
    [False, False, False, False, True, True, True]
    """
    conducted = in_long_runs(wide)
    for start, stop in zip(*runs(conducted), strict=True):
        conducted[start:stop] = usual_p[start:stop].mean() >= WITH_P
    return conducted
