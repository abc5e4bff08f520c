"""The spine: from a recording to its abnormal beats."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ectopy.beats.windows import Beats
from ectopy.records.record import Annotations, Record
from ectopy.signal.quality import Span

DISCLAIMER = "For research use only: ectopy is not a medical device and not for diagnosis."


@dataclass(frozen=True)
class Summary:
    """What a recording holds, in numbers that fit on a card.

    Rates are in beats per minute, times in seconds, shares between 0 and 1; None where undefined.
    """

    record: str
    duration: float
    fs: float
    leads: tuple[str, ...]
    n_beats: int
    n_abnormal: int
    abnormal_share: float | None
    abnormal_per_hour: float | None
    mean_heart_rate: float | None
    min_heart_rate: float | None
    max_heart_rate: float | None
    longest_rr: float | None
    longest_rr_at: float | None
    usable_share: float
    model: str
    threshold: float
    warnings: tuple[str, ...]
    disclaimer: str = DISCLAIMER


@dataclass(frozen=True, eq=False)
class Analysis:
    """Everything that was found in a recording, and the evidence.

    Parameters
    ----------
    record : Record
        The recording as it was given.
    beats : Beats
        One window a beat, (n_beats, 1, n_times) in mV at the model's rate, band-passed, cut from the lead in
        ``beat_leads``; ``samples`` count at the record's own rate.
    beat_leads : ndarray of str, shape (n_beats,)
        The lead each beat was judged on.
    quality : ndarray of str, shape (n_beats,)
        ``good``, or what is wrong with the signal around the beat: ``noisy``, ``clipped``, ``flat``, ``missing``.
    scores : ndarray of float32, shape (n_beats,)
        Anomaly score, higher = more abnormal; NaN for a beat that could not be judged.
    threshold : float
        A score above it is called abnormal.
    reconstructions : ndarray of float32, shape (n_beats, n_times)
        The autoencoder's picture of each beat, in mV like the windows.
    families : ndarray of int64, shape (n_beats,)
        Beats of the same shape carry the same number; 0 is the largest family; −1 where not judged.
    spans : tuple of Span
        Where the signal is missing, flat, clipped or noisy.
    model : str
        Name of the model that judged the beats.
    warnings : tuple of str
        What the reader must know before trusting the figures.
    """

    record: Record
    beats: Beats
    beat_leads: npt.NDArray[np.str_]
    quality: npt.NDArray[np.str_]
    scores: npt.NDArray[np.float32]
    threshold: float
    reconstructions: npt.NDArray[np.float32]
    families: npt.NDArray[np.int64]
    spans: tuple[Span, ...]
    model: str
    warnings: tuple[str, ...] = ()
