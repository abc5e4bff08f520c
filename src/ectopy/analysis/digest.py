"""What tells a recording from others of its name: the SHA-256 of rate, lead names and samples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.leads import preferred_order
from ectopy.record import Source

_PORTION: Final = 1 << 20
"""Samples of each lead that are read at a time."""

_AT_ONCE: Final = 1 << 13
"""Samples of each lead that are taken in at a time, so that they stay in the processor's cache."""


class SignalDigest:
    """Digest of a signal that comes in portions.

    Parameters
    ----------
    fs : float
        Sampling frequency in Hz.
    leads : sequence of str
        Names of the columns, in the order in which leads are preferred.
    """

    def __init__(self, fs: float, leads: Sequence[str]) -> None:
        self._hash = sha256(json.dumps([fs, *leads]).encode())

    def update(self, samples: npt.NDArray[np.float32]) -> None:
        """Take in the next samples, shape (n, n_leads)."""
        for start in range(0, len(samples), _AT_ONCE):
            part = samples[start : start + _AT_ONCE]
            rows = np.empty(part.shape, "<f4")
            for lead, column in zip(part.T, rows.T, strict=True):  # faster than all leads at once
                column[:] = lead
            self._hash.update(rows.reshape(-1).data)

    def hexdigest(self) -> str:
        """Return the digest so far, in hexadecimal digits."""
        return self._hash.hexdigest()


def signal_digest(source: Source) -> str:
    """Return the digest of a whole source, as an analysis of it has it."""
    order = preferred_order(source.leads)
    digest = SignalDigest(source.fs, [source.leads[column] for column in order])
    for start in range(0, source.n_samples or 0, _PORTION):
        digest.update(source.read(start, start + _PORTION)[:, order])
    return digest.hexdigest()
