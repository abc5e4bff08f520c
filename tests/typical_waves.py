"""Waves of a steady rhythm, for tests of what is made of them."""

from __future__ import annotations

import numpy as np

from ectopy.beats.waves import Waves

OFFSETS = np.array([-200, -150, -100, -40, 0, 60, 200, 300, 360], dtype=float)
"""Marks in ms from the R peak: PR 160, QRS 100, QT 400."""


def waves(n: int = 5, rr: int = 400, fs: float = 500.0, leads: tuple[str, ...] = ("I", "aVF")) -> Waves:
    r_peaks = 500 + rr * np.arange(n)
    marks = r_peaks[:, None] + OFFSETS * fs / 1000
    return Waves(
        r_peaks=r_peaks,
        fs=fs,
        leads=leads,
        marks=marks,
        confidences=np.full((n, 3), 0.9),
        n_p=np.ones(n, np.int64),
        lead_marks=np.repeat(marks[:, None], len(leads), axis=1),
        lead_confidences=np.full((n, len(leads), 3), 0.9),
        amplitudes=np.tile([[0.1, 1.0, 0.3], [0.1, 0.5, -0.3]], (n, 1, 1))[:, : len(leads)],
        qrs_net=np.tile([1.0, 0.5], (n, 1))[:, : len(leads)],
        st=np.zeros((n, len(leads), 2)),
        lone_p=tuple(np.empty((0, 3)) for _ in leads),
    )
