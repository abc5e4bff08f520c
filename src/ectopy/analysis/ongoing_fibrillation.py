"""Ventricular fibrillation while it goes on: a stream must not wait for its end to tell it.

The signal classifier looks at the last 36 s again each second. Beyond the newest sample it is shown
the last ones mirrored, so an onset is known once it has lasted for some seconds
(``benchmarks/stream.py fibrillation``).
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.signal_marks import FRAME_SECONDS
from ectopy.analysis.stream_source import RecentSamples
from ectopy.beats.windows import condition
from ectopy.models.artifact import Artifact
from ectopy.models.signal_classifier import REACH, classify_block
from ectopy.signal.classifier_input import INPUT_FS
from ectopy.signal.cleaning import clean
from ectopy.signal.filters import runs

EVERY: Final = 1.0
"""Seconds of signal from one look to the next, on a grid that hangs on the first sample."""

_LOOK: Final = REACH * FRAME_SECONDS + 12.0
"""Seconds that are looked at: those that have a say in a decision, and twelve that are decided on."""

_OVER: Final = 8.0
"""Seconds without fibrillation that end it: twice what the classifier bridges, so that an alarm does not
flicker."""


class OngoingFibrillation:
    """Says while a signal comes in whether the ventricles fibrillate.

    Parameters
    ----------
    model : Artifact
        Of kind ``signal-classifier``.
    fs : float
        Sampling frequency in Hz.
    n_leads : int
        Columns of the signal.

    Attributes
    ----------
    since : float or None
        Seconds from the first sample at which the fibrillation began that goes on; None while there is none.
    """

    def __init__(self, model: Artifact, fs: float, n_leads: int) -> None:
        self.since: float | None = None
        self._model, self._fs = model, fs
        self._recent = RecentSamples(n_leads, round(_LOOK * fs))
        self._looked = 0

    def push(self, samples: npt.NDArray[np.float32]) -> None:
        """Take the next samples in mV, shape (n, n_leads), NaN where missing."""
        self._recent.append(samples)
        stop = self._recent.stop
        if stop - self._looked >= EVERY * self._fs:
            self._looked = stop
            self._look(max(0, stop - round(_LOOK * self._fs)), stop)

    def _look(self, start: int, stop: int) -> None:
        signal = clean(self._recent.read(start, stop), self._fs, start=start)
        level = condition(signal, self._fs, INPUT_FS)
        named = classify_block(level, INPUT_FS, 0, 0, self._model).fibrillation
        starts, stops = (start / self._fs + frames * FRAME_SECONDS for frames in runs(named))
        going_on = len(stops) > 0 and stop / self._fs - stops[-1] < _OVER
        if not going_on:
            self.since = None
        elif self.since is None:
            self.since = float(starts[-1])
