"""A heart that fibrillates for a while, between two stretches of sinus rhythm."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ectopy.simulation import Rhythm, simulate

FS = 250
ONSET, END = 40.0, 70.0
"""Seconds at which it begins and ends; the signal lasts until 110."""


def fibrillating() -> npt.NDArray[np.float32]:
    """Return one lead in mV, shape (n_samples,)."""
    sinus = simulate(ONSET, FS, ("II",), heart_rate=75, rhythm=Rhythm(), seed=3).signal[:, 0]
    times, rng = np.arange(round((END - ONSET) * FS)) / FS, np.random.default_rng(3)
    rate = 5 + 0.6 * np.convolve(rng.standard_normal(len(times)), np.ones(50) / 7, "same")
    waves = (0.5 + 0.2 * np.sin(2 * np.pi * 0.4 * times)) * np.sin(2 * np.pi * np.cumsum(rate) / FS)
    return np.concatenate([sinus, waves, sinus]).astype(np.float32)
