"""Beats of a stream at once: what can be said of a beat a second after it, from what came before it.

The same network detects, the same features and the same classifier judge; but the network sees `WAIT` to
`LATEST` seconds after a beat where it asks for twelve, and template and rhythm come from the last
`LOOK_BACK` beats instead of half an hour around. Which beats differ from the final ones, and how often, is
measured by ``benchmarks/stream.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from ectopy.analysis.extraction import EDGE, BeatExtractor, CutBeats
from ectopy.analysis.judging import early_among_judged, not_judged, two_lead_probabilities
from ectopy.analysis.located_beats import LocatedBeats, locate
from ectopy.analysis.stream_source import RecentSamples
from ectopy.models.qrs_detector import block_span, detect_block
from ectopy.parallel import one_blas_thread
from ectopy.signal.cleaning import clean
from ectopy.signal.qrs_input import Grid
from ectopy.signal.resampling import rational_ratio

if TYPE_CHECKING:
    from ectopy.analysis.pipeline import Pipeline

STEP: Final = 0.24
"""Seconds of signal from one look for new beats to the next, on a grid that hangs on the first sample."""

WAIT: Final = 0.9
"""Seconds after an R peak that must have been seen before the beat is told: its T wave, often the next QRS.

What the network does not recognise then it may recognise one `STEP` later."""

LATEST: Final = WAIT + 2 * STEP
"""Seconds after its R peak up to which a beat is told; one that is recognised later is only told as final.

With a packet of up to 0.04 s, and a beat that is moved to fit the template, that is 1.5 s."""

LOOK_BACK: Final = 150
"""Beats, about two minutes, that serve as template and rhythm.

On records 119, 209 and 223 of DS1, 300 and 600 gave the same classes. The beats after the ones that are told
serve too, though not yet certain: without them most supraventricular beats were called normal at first."""

_SEARCHED: Final = 3.0
"""Seconds at the end of the signal in which beats are looked for: more than `WAIT` and `STEP`."""

_CUT: Final = 12.0
"""Seconds before the newest sample that are filtered to cut a beat: the reach of the band-pass and more."""

_SAME: Final = 0.18
"""Seconds after a beat in which no other is told: the shortest interval that the QRS detector can find."""


@dataclass(frozen=True, eq=False)
class ToldBeats:
    """Beats that can be told.

    Parameters
    ----------
    located : LocatedBeats
        Where they are, and how they look.
    probabilities : ndarray of float32, shape (n_beats, n_classes)
        Of the classifier.
    not_judged : ndarray of bool, shape (n_beats,)
        Which of them cannot be read, or look ectopic and may be artefact.
    """

    located: LocatedBeats
    probabilities: npt.NDArray[np.float32]
    not_judged: npt.NDArray[np.bool_]


class ProvisionalBeats:
    """Detects and classifies the beats of a stream while it runs.

    Parameters
    ----------
    pipeline : Pipeline
        The models.
    fs : float
        Sampling frequency in Hz.
    n_leads : int
        Columns of the signal, in the order in which leads are preferred.

    Attributes
    ----------
    step : int
        Samples that `push` takes at a time.
    """

    def __init__(self, pipeline: Pipeline, fs: float, n_leads: int) -> None:
        self.step = max(1, round(STEP * fs))
        self._pipeline, self._fs, self._n_leads = pipeline, fs, n_leads
        self._window = pipeline.classifier.window
        self._reach = block_span(fs)[1]
        searched = round(_SEARCHED * fs) + Grid.of(fs).stride
        self._recent = RecentSamples(n_leads, max(self._reach + searched, round(_CUT * fs) + searched))
        self._past: CutBeats | None = None
        self._blind = np.empty((0, 2), np.int64)
        self._last = -1

    def push(self, samples: npt.NDArray[np.float32]) -> ToldBeats | None:
        """Take `step` samples; return the beats that can be told now."""
        with one_blas_thread:
            return self._push(samples)

    def _push(self, samples: npt.NDArray[np.float32]) -> ToldBeats | None:
        self._recent.append(samples)
        peaks = self._detect()
        late, told = np.searchsorted(
            peaks, self._recent.stop - np.rint(np.array([LATEST, WAIT]) * self._fs) + [0, 1]
        ).tolist()
        if not told:
            return None
        cut = self._cut(peaks)
        known = cut if self._past is None else CutBeats.concatenate([self._past, cut])
        n_past = len(known) - len(cut)
        self._past = known[max(0, n_past + told - LOOK_BACK) : n_past + told]
        self._last = int(cut.samples[told - 1])
        self._blind = self._blind[self._blind[:, 1] >= known.samples[0]]
        located = locate(known, self._fs, self._window, self._blind)
        classifier = self._pipeline.classifier
        probabilities = two_lead_probabilities(located, classifier)
        doubted = not_judged(located, self._window.before, classifier, probabilities, self._pipeline.evidence)
        probabilities = early_among_judged(probabilities, classifier, located, doubted)
        new = slice(n_past + late, n_past + told)
        return ToldBeats(located[new], probabilities[new], doubted[new])

    def _detect(self) -> npt.NDArray[np.int64]:
        """Return the R peaks since the last beat that was told, the newest of them not yet certain."""
        stop, stride = self._recent.stop, Grid.of(self._fs).stride
        start = max(0, stop - round(_SEARCHED * self._fs)) // stride * stride
        before = min(self._reach, start)
        part = clean(self._recent.read(start - before, stop), self._fs, start=start - before)
        found = np.floor(detect_block(part, self._fs, before, 0, self._pipeline.qrs) + start + 0.5)
        peaks = found.astype(np.int64)
        first = self._last + round(_SAME * self._fs) if self._last >= 0 else round(EDGE * self._fs)
        return peaks[(peaks >= first) & (peaks < stop - EDGE * self._fs)]

    def _cut(self, peaks: npt.NDArray[np.int64]) -> CutBeats:
        """Cut beats from the end of the signal as if it were a recording of its own."""
        down = rational_ratio(self._fs, self._window.fs).down
        start = max(0, self._recent.stop - round((_CUT + _SEARCHED) * self._fs)) // down * down
        pipeline = self._pipeline
        extractor = BeatExtractor(
            self._fs, self._n_leads, self._window, pipeline.qrs, pipeline.signal, r_peaks=peaks - start
        )
        extractor.push(self._recent.read(start, self._recent.stop))
        cut = extractor.flush()
        blind = np.concatenate([self._blind, extractor.quality.blind() + start])
        self._blind = np.unique(blind, axis=0)
        return replace(cut, samples=cut.samples + start, r_peaks=cut.r_peaks + start)
