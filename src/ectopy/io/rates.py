"""The sampling frequency of a recording, stated or given."""

from __future__ import annotations

import numpy as np

from ectopy.errors import RecordError


def agreed_fs(source: str, stated: float | None, given: float | None) -> float:
    """Return the sampling frequency that a file states, or the caller gives.

    Parameters
    ----------
    source : str
        What to call the file in an error.
    stated, given : float or None
        Sampling frequency in Hz, if known.

    Raises
    ------
    RecordError
        If neither is known, or they contradict each other.
    """
    if stated is None and given is None:
        raise RecordError(f"{source}: nothing there tells the sampling frequency; pass it as fs (--fs)")
    if stated is not None and given is not None and not np.isclose(stated, given):
        raise RecordError(f"{source}: states {stated:g} Hz and fs={given:g} was given; leave fs out")
    return float(given if stated is None else stated)  # type: ignore[arg-type]  # one of them is known
