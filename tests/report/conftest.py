"""An analysis with known contents, made without a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from ectopy.analysis.result import Analysis
from ectopy.beats.windows import Beats, WindowSpec
from ectopy.models.manifest import Manifest
from ectopy.record import Annotations, Record
from ectopy.signal.quality import Quality, Span

WINDOW_FS, N_TIMES = 120.0, 96


@dataclass(frozen=True)
class Odd:
    """One beat that is unlike the others."""

    beat: int
    score: float
    cluster: int = 1
    quality: str = "good"
    predicted: str = "N"


CLASSES = ("N", "S", "V", "F")

MakeAnalysis = Callable[..., Analysis]

WINDOW = WindowSpec(fs=WINDOW_FS, before=36, after=N_TIMES - 36)
MANIFEST = Manifest(name="made-up", kind="anomaly-detector")


@pytest.fixture(scope="session")
def odd_beat() -> type[Odd]:
    return Odd


@pytest.fixture(scope="session")
def make_analysis() -> MakeAnalysis:
    return make


def make(
    duration: float = 60.0,
    leads: Sequence[str] = ("MLII", "V1"),
    name: str = "made",
    odd: Sequence[Odd] = (Odd(10, 5.0), Odd(20, 4.0), Odd(30, 3.0, cluster=2)),
    n_beats: int | None = None,
    unjudged: bool = False,
    fs: float = 250.0,
    spans: tuple[Span, ...] = (Span(5.0, 8.0, "V1", Quality.NOISY),),
    **changes: object,
) -> Analysis:
    """One beat a second; beat ``odd.beat`` scores ``odd.score``, all others 0.5; the threshold is 1.

    The classifier predicts ``odd.predicted`` for ``odd.beat`` with 0.91, and N for all others.
    """
    n = int(duration) if n_beats is None else n_beats
    times = np.arange(n) + 0.5
    peak = np.exp(-(((np.arange(N_TIMES) - 36) / 3.0) ** 2)).astype(np.float32)
    scores, clusters = np.full(n, 0.5, np.float32), np.zeros(n, np.int64)
    quality = np.full(n, "good", dtype="U8")
    probabilities = np.tile(np.float32([0.91, 0.03, 0.03, 0.03]), (n, 1))
    for one in odd if n else ():
        probabilities[one.beat] = np.where(np.array(CLASSES) == one.predicted, 0.91, 0.03)
        scores[one.beat], clusters[one.beat], quality[one.beat] = one.score, one.cluster, one.quality
    samples = (times * fs).astype(np.int64)
    rr = np.where(np.arange(n) == 0, np.nan, 1.0)
    analysis = {
        "record": Record(
            _signal(duration, fs, len(leads)),
            fs,
            tuple(leads),
            name,
            annotations=Annotations(samples, np.full(n, "N")),
        ),
        "beats": Beats.of(np.tile(peak, (n, 1, 1)), fs=WINDOW_FS, samples=samples, rr=rr),
        "beat_leads": np.full(n, leads[0]),
        "quality": quality,
        "scores": np.full(n, np.nan, np.float32) if unjudged else scores,
        "threshold": 1.0,
        "class_names": CLASSES,
        "probabilities": probabilities,
        "clusters": np.full(n, -1) if unjudged else clusters,
        "spans": spans,
        "detector": MadeUpDetector(MANIFEST, WINDOW),
        "classifier": Manifest(name="made-up classifier", kind="beat-classifier"),
        "usable_share": 0.95,
        "digest": f"{duration} s of {leads} at {fs} Hz",
    }
    if "manifest" in changes:
        changes["detector"] = MadeUpDetector(changes.pop("manifest"), WINDOW)
    return Analysis(**(analysis | changes))


@dataclass(frozen=True)
class MadeUpDetector:
    """What an analysis asks of its anomaly detector."""

    manifest: Manifest
    window: WindowSpec
    EXPECTATION: ClassVar[str] = "reconstruction"

    def expected(self, beats: Beats, sources: object) -> np.ndarray:
        return np.asarray(0.8 * beats.waveforms)


def _signal(duration: float, fs: float, n_leads: int) -> np.ndarray:
    seconds = np.arange(round(duration * fs)) / fs
    nearest = np.abs(seconds % 1 - 0.5)
    return np.tile(np.exp(-((nearest / 0.02) ** 2))[:, np.newaxis], (1, n_leads)).astype(np.float32)
